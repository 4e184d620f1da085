package store

import (
	"encoding/json"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
)

// personColumns are in the order of personRow.targets. They are of person p
// with fromDirectory.
const personColumns = `p.id, p.key, p.username, p.display_name, p.email, p.phone, p.language, p.time_zone, p.memberships, p.role,
	p.disabled, p.password IS NOT NULL, p.password_enrolls_until, p.link_mailed_at, p.created_at,
	coalesce((SELECT g.role FROM group_role g WHERE g.person_id = p.id), ''), ` + originColumns

// personRow is a row of table person.
type personRow struct {
	id                                                       int64
	key, username, displayName, email, phone, language, role string
	timeZone, memberships                                    string
	disabled, hasPassword                                    bool
	passwordEnrollsUntil, linkMailedAt                       int64
	createdAt                                                int64
	groupRole                                                string
	origin                                                   originRow
}

func (r *personRow) targets() []any {
	return append([]any{
		&r.id, &r.key, &r.username, &r.displayName, &r.email, &r.phone, &r.language, &r.timeZone, &r.memberships, &r.role,
		&r.disabled, &r.hasPassword, &r.passwordEnrollsUntil, &r.linkMailedAt, &r.createdAt, &r.groupRole,
	}, r.origin.targets()...)
}

func (r *personRow) person() (*directory.Person, error) {
	groups, err := unpackGroups(r.memberships)
	if err != nil {
		return nil, err
	}
	return &directory.Person{
		ID: id.ID(r.id), Key: r.key, Username: r.username, DisplayName: r.displayName,
		Email: r.email, Phone: r.phone, Language: r.language, TimeZone: r.timeZone, Groups: groups,
		Role: directory.Role(r.role), GroupRole: directory.Role(r.groupRole), Disabled: r.disabled,
		CreatedAt: instant(r.createdAt), PasswordEnrollsUntil: instant(r.passwordEnrollsUntil),
		LinkMailedAt: instant(r.linkMailedAt), HasPassword: r.hasPassword,
		Origin: r.origin.origin(),
	}, nil
}

// sought is what a search for people looks through: what is part of something
// else is found there.
func sought(p *directory.Person) string {
	var list []string
	for _, text := range []string{p.Email, p.DisplayName, p.Username, p.Key, p.Phone} {
		text = strings.ToLower(text)
		if text != "" && !slices.ContainsFunc(list, func(longer string) bool { return strings.Contains(longer, text) }) {
			list = append(list, text)
		}
	}
	return strings.Join(list, "\n")
}

// packGroups returns "" for none.
func packGroups(groups []string) string {
	if len(groups) == 0 {
		return ""
	}
	text, err := json.Marshal(groups)
	if err != nil { // strings always have a form
		panic("store: " + err.Error())
	}
	return string(text)
}

func unpackGroups(text string) (groups []string, err error) {
	if text == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &groups)
	return groups, err
}

const factorColumns = "f.id, f.person_id, f.kind, f.label, f.code_digits, f.secret, f.suspended, f.created_at"

// scanFactor reads factorColumns.
func scanFactor(row scanner) (factor.Factor, error) {
	var (
		f                            factor.Factor
		fid, person, digits, created int64
		kind                         string
	)
	err := row.Scan(&fid, &person, &kind, &f.Label, &digits, &f.Sealed, &f.Suspended, &created)
	f.ID, f.Person, f.Kind = id.ID(fid), id.ID(person), factor.Kind(kind)
	f.CodeDigits, f.CreatedAt = int(digits), instant(created)
	return f, err
}

const insertFactor = `INSERT INTO factor (id, person_id, kind, label, code_digits, secret, suspended, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func factorArgs(f factor.Factor) []any {
	return []any{
		int64(f.ID), int64(f.Person), string(f.Kind), f.Label, int64(f.CodeDigits), f.Sealed, f.Suspended,
		micros(f.CreatedAt),
	}
}
