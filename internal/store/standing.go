package store

import (
	"encoding/json"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
)

// standingColumns are in the order of standingRow.args and scanTargets.
const standingColumns = "s.version, s.sign_in, s.wrong, s.since, s.locked_until, s.locks, s.streak, s.passwords, s.spent, s.allowed"

// standingRow is a person's row of table standing.
type standingRow struct {
	version, signIn                          int64
	wrong, since, lockedUntil, locks, streak int64
	passwords                                string
	spent                                    []byte
	allowed                                  int64
}

func (r *standingRow) targets() []any {
	return []any{
		&r.version, &r.signIn, &r.wrong, &r.since, &r.lockedUntil, &r.locks, &r.streak,
		&r.passwords, &r.spent, &r.allowed,
	}
}

// raise returns the arguments of raiseStanding: the row with the old version.
func (r *standingRow) raise(person id.ID) []any {
	return []any{
		r.signIn, r.wrong, r.since, r.lockedUntil, r.locks, r.streak, r.passwords, r.spent, r.allowed, int64(person), r.version,
	}
}

func rowOfStanding(s authn.Standing) standingRow {
	return standingRow{
		version: s.Version, signIn: int64(s.SignIn),
		wrong: int64(s.Codes.Wrong), since: micros(s.Codes.Since), lockedUntil: micros(s.Codes.LockedUntil),
		locks: int64(s.Codes.Locks), streak: int64(s.Codes.Streak),
		passwords: packPasswords(s.Passwords), spent: packSpent(s.Spent), allowed: int64(s.Allowed),
	}
}

// steady reports whether two standings differ in nothing but their entries in
// the log and what is spent.
func steady(before, after authn.Standing) bool {
	clean := func(p lockout.Passwords) bool { return len(p.Sources) == 0 && p.Wrong == 0 }
	return before.Codes == after.Codes && clean(before.Passwords) && clean(after.Passwords)
}

func (r *standingRow) standing() (authn.Standing, error) {
	passwords, err := unpackPasswords(r.passwords)
	if err != nil {
		return authn.Standing{}, err
	}
	spent, err := unpackSpent(r.spent)
	if err != nil {
		return authn.Standing{}, err
	}
	return authn.Standing{
		Version: r.version, SignIn: id.ID(r.signIn), Allowed: id.ID(r.allowed),
		Codes: lockout.Codes{
			Wrong: int(r.wrong), Since: instant(r.since), LockedUntil: instant(r.lockedUntil),
			Locks: int(r.locks), Streak: int(r.streak),
		},
		Passwords: passwords, Spent: spent,
	}, nil
}

// passwordsRow is lockout.Passwords as column standing.passwords has it.
type passwordsRow struct {
	Sources []sourceRow `json:"sources,omitempty"`
	Wrong   int         `json:"wrong,omitempty"`
	Since   int64       `json:"since,omitempty"`
	Last    int64       `json:"last,omitempty"`
}

type sourceRow struct {
	Name        string `json:"name"`
	Wrong       int    `json:"wrong,omitempty"`
	Since       int64  `json:"since,omitempty"`
	LockedUntil int64  `json:"locked_until,omitempty"`
	Succeeded   int64  `json:"succeeded,omitempty"`
}

// packPasswords returns "" for a clean slate.
func packPasswords(p lockout.Passwords) string {
	if len(p.Sources) == 0 && p.Wrong == 0 {
		return ""
	}
	row := passwordsRow{Wrong: p.Wrong, Since: micros(p.Since), Last: micros(p.Last)}
	for _, s := range p.Sources {
		row.Sources = append(row.Sources, sourceRow{
			Name: s.Name, Wrong: s.Wrong, Since: micros(s.Since),
			LockedUntil: micros(s.LockedUntil), Succeeded: micros(s.Succeeded),
		})
	}
	text, err := json.Marshal(row)
	if err != nil { // strings and numbers always have a form
		panic("store: " + err.Error())
	}
	return string(text)
}

func unpackPasswords(text string) (lockout.Passwords, error) {
	if text == "" {
		return lockout.Passwords{}, nil
	}
	var row passwordsRow
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		return lockout.Passwords{}, err
	}
	p := lockout.Passwords{Wrong: row.Wrong, Since: instant(row.Since), Last: instant(row.Last)}
	for _, s := range row.Sources {
		p.Sources = append(p.Sources, lockout.Source{
			Name: s.Name, Wrong: s.Wrong, Since: instant(s.Since),
			LockedUntil: instant(s.LockedUntil), Succeeded: instant(s.Succeeded),
		})
	}
	return p, nil
}

// spentLayout is the first octet of column standing.spent.
const spentLayout = 1

func packSpent(spent []factor.Spent) []byte {
	p := packer{octets: make([]byte, 0, 2+24*len(spent))}
	p.octets = append(p.octets, spentLayout)
	p.number(int64(len(spent)))
	for _, s := range spent {
		p.number(int64(s.Factor))
		p.number(s.Step)
		p.instant(s.At)
	}
	return p.octets
}

func unpackSpent(octets []byte) ([]factor.Spent, error) {
	if len(octets) == 0 || octets[0] != spentLayout {
		return nil, errPacked
	}
	u := unpacker{rest: string(octets[1:])}
	var spent []factor.Spent
	for range u.count() {
		spent = append(spent, factor.Spent{Factor: id.ID(u.number()), Step: u.number(), At: u.instant()})
	}
	return spent, u.err
}
