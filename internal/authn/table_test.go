package authn

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// situations is how many drawn situations the tables of the documentation are
// compared with. They are the same at each run.
const situations = 60_000

// row is one line of docs/decision-table.md.
type row struct {
	line   int
	when   map[string][]string // column → the values that fit; none: any
	then   map[string][]string
	fitted int
}

var results = []string{"verdict", "reason", "shown", "written"}

// readTables returns the tables under headings "## N. …", by N.
func readTables(t *testing.T, path string) map[string][]*row {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]*row{}
	section, columns := "", []string(nil)
	for i, line := range strings.Split(string(raw), "\n") {
		heading, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case isHeading:
			section, _, _ = strings.Cut(heading, ".")
			columns = nil
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || len(section) > 2:
		case columns == nil:
			columns = cells(line)
		default:
			tables[section] = append(tables[section], newRow(i+1, columns, cells(line)))
		}
	}
	return tables
}

func cells(line string) []string {
	parts := strings.Split(strings.Trim(line, "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func newRow(line int, columns, values []string) *row {
	r := &row{line: line, when: map[string][]string{}, then: map[string][]string{}}
	for i, column := range columns {
		switch {
		case slices.Contains(results, column):
			r.then[column] = strings.Split(values[i], " / ")
		case values[i] != "any":
			r.when[column] = strings.Split(values[i], " / ")
		}
	}
	return r
}

func (r *row) fits(s map[string]string) bool {
	for column, values := range r.when {
		if !slices.Contains(values, s[column]) {
			return false
		}
	}
	return true
}

// reason is the reason of the row; where there are several they follow the
// values of the column code, against or passkey.
func (r *row) reason(s map[string]string) string {
	reasons := r.then["reason"]
	if len(reasons) == 1 {
		return reasons[0]
	}
	for _, column := range []string{"code", "against", "passkey"} {
		if len(r.when[column]) == len(reasons) {
			return reasons[slices.Index(r.when[column], s[column])]
		}
	}
	return ""
}

// end is how a situation ends, by the tables.
type end struct {
	verdict, reason, shown string
	written                map[string]bool
	lines                  []int
}

// follow walks the tables as their page says.
func follow(t *testing.T, tables map[string][]*row, s map[string]string) end {
	t.Helper()
	e := end{written: map[string]bool{}}
	take := func(table string) {
		for _, r := range tables[table] {
			if !r.fits(s) {
				continue
			}
			r.fitted++
			e.lines = append(e.lines, r.line)
			e.verdict = r.then["verdict"][0]
			if reason := r.reason(s); reason != "" {
				e.reason = reason
			}
			if shown := r.then["shown"][0]; shown != "" {
				e.shown = shown
			}
			for w := range strings.SplitSeq(r.then["written"][0], ", ") {
				e.written[w] = true
			}
			return
		}
		t.Fatalf("table %s has no row for %v", table, s)
	}
	for _, table := range []string{"1", "2", "3", "4", "5", "6"} {
		if take(table); e.verdict != "go on" {
			break
		}
	}
	if s["verdict so far"] = e.verdict; e.verdict == "must enroll" || e.verdict == "may enroll" {
		take("7")
	}
	s["kind"] = e.verdict
	if e.verdict == "turn away" {
		if take("9"); e.verdict == "ask" {
			s["kind"] = "decoy"
		}
	}
	if asked := e.verdict; asked == "ask" || asked == "enroll" {
		switch take("8"); e.verdict {
		case "ask":
			e.verdict = asked
		case "turn away":
			if take("9"); e.verdict == "ask" {
				s["kind"] = "decoy"
				take("8")
			}
		}
	}
	if e.verdict == "allow" {
		if take("10"); e.verdict == "no decision" {
			e.written = map[string]bool{"question kept": e.written["question kept"]}
		}
	}
	maps.DeleteFunc(e.written, func(w string, is bool) bool { return w == "" || !is })
	return e
}

// situation says facts in the words of the tables.
func situation(f Facts, now time.Time) map[string]string {
	s := map[string]string{
		"question": questionWord(f, now), "person": personWord(f), "password": passwordWord(f, now), "code": codeWord(f.Evidence.Code),
		"invitation": "none", "factor": "none", "lock": "open", "open attempts": "fewer than five", "round": "before the tenth",
		"prompt": yesNo(f.Client.Code != policy.CodeAppend), "tries left": yesNo(!f.Answering || f.Challenge == nil || f.Challenge.Wrong < 2),
		"mode": string(f.Client.Unenrolled), "comes": "no", "own pages": yesNo(f.Client.Browser), "directory": "", "against": "nothing", "passkey": passkeyWord(f),
	}
	if f.Client.FirstFactor == policy.FirstNone {
		s["mode"] = string(policy.UnenrolledReject)
	}
	if f.Answering && f.Challenge != nil && f.Challenge.Round >= 10 {
		s["round"] = "tenth"
	}
	if f.Record == nil {
		return s
	}
	s["directory"], s["against"] = directoryWord(f), againstWord(f, now)
	me := f.Record.Person.ID
	if i := f.Evidence.Invitation; i != nil && i.Person == me && i.Open(now) {
		s["invitation"] = "good"
	} else if i != nil || f.Evidence.BadInvite {
		s["invitation"] = "bad"
	}
	if f.Client.Unenrolled == policy.UnenrolledRequired && (f.Record.Person.Role != "" || f.Record.Person.GroupRole != "") {
		s["mode"] = "enroll"
	}
	s["comes"] = yesNo(f.Client.Browser && !f.Answering && (f.SignedIn == me || s["invitation"] == "good"))
	for _, x := range f.Record.Factors {
		switch usable := x.Kind != factor.Recovery && !x.Suspended; {
		case usable && (x.Kind != factor.Passkey || f.Client.Browser):
			s["factor"] = "usable"
		case usable && s["factor"] != "usable":
			s["factor"] = "elsewhere"
		case x.Suspended && s["factor"] == "none":
			s["factor"] = "suspended"
		}
	}
	codes := f.Record.Standing.Codes
	switch {
	case codes.Streak >= 100:
		s["lock"] = "until reset"
	case now.Before(codes.LockedUntil):
		s["lock"] = "locked"
	}
	s["this one locks"] = yesNo(codes.Fail(now).Locked(now))
	owes := policy.Standing(f.Client, f.Record.Requirements, f.Record.Factors, now)
	s["requirement"] = string(owes.Stand)
	if owes.Stand == policy.StandExpired && f.OnlyAdministrator && f.Client.Browser && f.Record.Person.EffectiveRole() == directory.Administrator {
		s["requirement"] = "required now"
	}
	pages := f
	pages.Client = policy.PortalClient(DoorPortal)
	there, _ := owesAt(pages, now)
	s["set-up closed"] = yesNo(there == policy.StandExpired)
	s["postpone"] = yesNo(owes.PostponeLeft != 0)
	s["bypass"] = yesNo(policy.BypassAt(f.Client, f.Record.Requirements, now) != nil)
	s["password enrolls"] = yesNo(enrollment.MayEnroll(f.Record.Person, f.Record.Factors, f.Record.Requirements, f.Evidence.Invitation, now) == enrollment.May)
	s["open attempts"] = openWord(f, now)
	return s
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func questionWord(f Facts, now time.Time) string {
	c := f.Challenge
	switch {
	case !f.Answering:
		return "none"
	case c == nil:
		return "unknown"
	case c.Door != f.Door || c.Client != f.Client.Name || c.Username != f.Username,
		c.Purpose != challenge.Decoy && (f.Record == nil || f.Record.Person.ID != c.Person):
		return "of another"
	case !now.Before(c.ExpiresAt):
		return "expired"
	}
	return string(c.Purpose)
}

// checkedHere: the attempt begins with a password that is for us to check.
func checkedHere(f Facts) bool {
	return f.Client.FirstFactor == policy.FirstDirectory && !f.Answering && !f.Nameless && f.SignedIn == 0
}

func personWord(f Facts) string {
	switch {
	case f.Record == nil && checkedHere(f) && f.Evidence.Password == PasswordUnchecked:
		return "not known now"
	case f.Record == nil:
		return map[Reason]string{
			ReasonMalformedName: "malformed name", ReasonForeignDomain: "foreign domain", ReasonAmbiguousName: "ambiguous name",
			ReasonPasswordWrong: "unrecorded, wrong password", ReasonPasswordLocked: "unrecorded, locked",
			ReasonNotAdmitted: "unrecorded for good", ReasonDirectoryDisabled: "unrecorded, disabled", "": "nobody",
			ReasonPasskeyUnknown: "nobody's passkey", ReasonOutOfScope: "unrecorded, out of scope",
			ReasonDirectoryLocked: "unrecorded, locked there", ReasonPasswordChange: "unrecorded, must change",
			ReasonPasswordExpired: "unrecorded, password expired",
		}[f.NameBad]
	case f.Record.Person.Disabled:
		return "disabled"
	case !checkedHere(f) && againstWord(f, testNow) != "nothing":
		return "barred"
	}
	return "known"
}

// saidOf: the directory has said something about this very person.
func saidOf(f Facts) bool {
	o, d := f.Record.Person.Origin, f.Evidence.Directory
	return o.Directory == d.Directory && o.Object == d.Object
}

func directoryWord(f Facts) string {
	switch d := f.Evidence.Directory; {
	case f.Record.Person.Origin.Directory == 0:
		return "local"
	case d.Answer == DirectoryClear && saidOf(f):
		return "clear"
	case d.Answer == DirectorySilent:
		return "silent"
	}
	return "not asked"
}

// againstWord says what the directory has against the person: what it has just
// said, else what was read of it last, if no password is to be checked.
func againstWord(f Facts, now time.Time) string {
	o := f.Record.Person.Origin
	switch d := f.Evidence.Directory; {
	case o.Directory == 0, saidOf(f) && d.Answer == DirectoryClear:
		return "nothing"
	case saidOf(f) && d.Answer == DirectoryRefuses:
		return map[Reason]string{
			ReasonDirectoryDisabled: "disabled", ReasonDirectoryExpired: "expired", ReasonDirectoryLocked: "locked",
			ReasonDirectoryGone: "gone", ReasonDirectoryHours: "hours", ReasonDirectoryPlace: "computer",
			ReasonPasswordExpired: "password expired", ReasonPasswordChange: "must change", ReasonOutOfScope: "out of scope",
		}[d.Why]
	case checkedHere(f):
		return "nothing"
	case o.Barred == directory.BarredGone:
		return "gone"
	case o.Barred == directory.BarredDisabled:
		return "disabled"
	case o.Barred == directory.BarredExpired, !o.ExpiresAt.IsZero() && !now.Before(o.ExpiresAt):
		return "expired"
	}
	return "nothing"
}

func passwordWord(f Facts, now time.Time) string {
	switch {
	case f.Nameless && f.Client.Browser && f.SignedIn == 0 && f.Evidence.Passkey.Finding == PasskeyRight &&
		f.Record != nil && slices.ContainsFunc(f.Record.Factors, factor.Factor.Usable):
		return "by passkey"
	case f.Nameless:
		return "no passkey"
	case f.Client.FirstFactor == policy.FirstNone:
		return "by client"
	case f.Answering && (f.Challenge == nil || !f.Challenge.Password):
		return "not proven"
	case f.Answering:
		return "before"
	case f.Record == nil:
		return ""
	case f.SignedIn != 0 && f.SignedIn == f.Record.Person.ID && f.Client.Browser:
		return "before"
	case f.SignedIn != 0:
		return "another's session"
	case f.Record.Standing.Passwords.Refused(f.Source.String(), now):
		return "source locked"
	case f.Evidence.Password == PasswordUnchecked,
		f.Record.Person.Origin.Directory != 0 && !saidOf(f) && f.Evidence.Password != PasswordAbsent:
		return "unchecked"
	}
	return [...]string{PasswordAbsent: "empty", PasswordWrong: "wrong", PasswordRight: "right"}[f.Evidence.Password]
}

func passkeyWord(f Facts) string {
	if !f.Client.Browser && !f.Nameless {
		return "none"
	}
	return [...]string{
		PasskeyAbsent: "none", PasskeyRefused: "refused", PasskeyReused: "reused", PasskeyCopied: "copied",
		PasskeyAlone: "not verified", PasskeyRight: "right",
	}[f.Evidence.Passkey.Finding]
}

func codeWord(c CodeEvidence) string {
	if c.Finding == CodeRight && c.Kind == factor.Recovery {
		return "recovery"
	}
	return [...]string{
		CodeAbsent: "none", CodeWrong: "wrong", CodeReused: "reused", CodeWrongStep: "another time", CodeRight: "right",
	}[c.Finding]
}

func openWord(f Facts, now time.Time) string {
	open, here := 0, false
	proven := f.Client.FirstFactor == policy.FirstDirectory // whoever gets as far as being asked
	for _, c := range f.Record.Open {
		if now.Before(c.ExpiresAt) && c.Password == proven {
			open++
			here = here || c.Door == f.Door && c.Client == f.Client.Name && c.Source == f.Source.String()
		}
	}
	switch {
	case open < 5:
		return "fewer than five"
	case open == 5 && here:
		return "five, one from here"
	}
	return "too many"
}

// written says the effects of a judgement in the words of the tables.
func written(f Facts, j judgement) map[string]bool {
	eff := j.effects
	w := map[string]bool{
		"source remembered": eff.passwordRight, "wrong password counted": eff.passwordFailed,
		"code spent": eff.burn != nil && eff.burn.Kind != factor.Passkey && eff.codeRight, "wrong code counted": eff.codeFailed,
		"passkey used": eff.burn != nil && eff.burn.Kind == factor.Passkey && eff.codeRight,
		"link mailed":  eff.mailLink, "hint mailed": eff.mailHint,
		"postponing used": len(eff.postponed) > 0, "bypass used": eff.bypassed != 0,
	}
	for _, c := range eff.spend {
		if f.Challenge == nil || c != *f.Challenge {
			w["older question over"] = true
		}
	}
	if f.Challenge != nil && !slices.ContainsFunc(eff.spend, func(c challenge.Challenge) bool { return c == *f.Challenge }) {
		w["question kept"] = true
	}
	maps.DeleteFunc(w, func(_ string, is bool) bool { return !is })
	return w
}

// mailedLately: the tables speak of a link that is due.
func mailedLately(f Facts, now time.Time) bool {
	return f.Record != nil && !now.Before(f.Record.Person.LinkMailedAt) && now.Sub(f.Record.Person.LinkMailedAt) < time.Hour
}

// drawnSituations returns the facts that documentation is compared with. Every
// other one is steered past the first rules, so that the last are reached too.
func drawnSituations(yield func(Facts) bool) {
	drawn := rapid.Custom(drawFacts)
	for seed := range situations {
		f := drawn.Example(seed)
		if f.NameBad == ReasonForeignDomain && seed%3 == 0 {
			f.NameBad = ReasonMalformedName
		}
		if f.NameBad == ReasonNotAdmitted && seed%3 == 0 {
			f.NameBad = ReasonOutOfScope
		}
		if d := &f.Evidence.Directory; d.Why == ReasonPasswordChange && seed%3 == 0 {
			d.Why = ReasonOutOfScope
		}
		if f.Record != nil && seed%5 == 0 {
			f.Record.Person.Email = ""
		}
		if seed%2 == 0 {
			steer(&f, seed%4 == 0)
			if f.Record != nil && seed%8 == 0 {
				f.Client.Unenrolled = policy.UnenrolledEnroll
				f.Record.Requirements = append(f.Record.Requirements, overElsewhere)
				if seed%16 == 0 {
					f.Record.Requirements = []policy.Requirement{runningHere, overElsewhere}
				}
			}
		}
		if !yield(f) {
			return
		}
	}
}

// runningHere is a period at the client, overElsewhere one that is over at
// another, and so on our own pages.
var (
	runningHere   = policy.Requirement{Period: 68, Duty: policy.InPeriod, Factor: policy.WantTOTP, Place: "vpn", Due: testNow.Add(time.Hour), PostponeLeft: -1}
	overElsewhere = policy.Requirement{Period: 69, Duty: policy.InPeriod, Factor: policy.WantTOTP, Place: "another client", Due: testNow}
)

// steer makes the question an open one of this person; one who is not enrolled
// has passkeys at most.
func steer(f *Facts, unenrolled bool) {
	if r := f.Record; r != nil {
		r.Person.Disabled = false
		r.Person.Origin.Barred, r.Person.Origin.ExpiresAt = "", time.Time{}
		if unenrolled {
			r.Factors = slices.DeleteFunc(r.Factors, func(x factor.Factor) bool { return x.Kind != factor.Passkey })
			for i := range r.Requirements {
				r.Requirements[i].Due = testNow.Add(time.Hour)
			}
		}
	}
	if c := f.Challenge; c != nil {
		c.Door, c.Client, c.Username, c.Password, c.ExpiresAt = f.Door, f.Client.Name, f.Username, true, testNow.Add(time.Minute)
		if f.Record != nil && c.Purpose != challenge.Decoy {
			c.Person = f.Record.Person.ID
		}
	}
}

// withoutAddress is what is shown to whoever no mail reaches, below the table of
// enrolling.
var withoutAddress = map[string]string{
	string(MessageNeedsLink): string(MessageNeedsHelp),
	string(MessageGoOn):      string(MessageGoOnHelp),
}

func TestDecideIsItsTable(t *testing.T) {
	tables := readTables(t, "../../docs/decision-table.md")
	if len(tables) != 10 {
		t.Fatalf("%d tables", len(tables))
	}
	for f := range drawnSituations {
		s := situation(f, testNow)
		want := follow(t, tables, s)
		if mailedLately(f, testNow) {
			delete(want.written, "link mailed")
			delete(want.written, "hint mailed")
		}
		if help, mailed := withoutAddress[want.shown]; mailed && f.Record != nil && f.Record.Person.Email == "" {
			want.shown = help
		}
		got := decide(f, testNow)
		ofDirectory := want.shown == string(MessageChangePassword) || want.shown == string(MessageNotIncluded)
		told := ofDirectory && checkedHere(f) && f.Evidence.Password == PasswordRight && f.Client.CanPrompt() ||
			slices.Contains([]string{string(MessageExpired), string(MessageNeedsLink), string(MessageNeedsHelp)}, want.shown) && f.Client.CanPrompt() && f.Client.FirstFactor == policy.FirstDirectory
		if got.Outcome == Deny && (!f.Client.Browser || ofDirectory) && !told {
			want.shown = string(MessageRefused)
		}
		verdict := got.Outcome.String()
		if got.effects.undecided {
			verdict = "no decision"
		}
		if got.Outcome == Allow {
			want.shown = ""
		}
		if verdict != want.verdict || string(got.Reason) != want.reason || string(got.Message) != want.shown ||
			!maps.Equal(written(f, got), want.written) {
			t.Fatalf("decided %v, %s, shown %q, written %v\nby lines %v: %v, %s, shown %q, written %v\nof %v",
				verdict, got.Reason, got.Message, written(f, got), want.lines, want.verdict, want.reason, want.shown, want.written, s)
		}
	}
	for name, rows := range tables {
		for _, r := range rows {
			if r.fitted == 0 {
				t.Errorf("table %s, line %d: no situation fits", name, r.line)
			}
		}
	}
}
