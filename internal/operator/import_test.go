package operator_test

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

func (o *office) importing(csv string, opt operator.ImportOptions) operator.ImportReport {
	o.t.Helper()
	report, err := o.ImportUsers(o.t.Context(), local, strings.NewReader(csv), opt)
	if err != nil {
		o.t.Fatal(err)
	}
	return report
}

func ssha(password string) string {
	sum := sha1.Sum([]byte(password + "salt"))
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], "salt"...))
}

func TestImport(t *testing.T) {
	o := newOffice(t)
	bcrypted, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	kept := strings.Replace(string(bcrypted), "$2a$", "$2y$", 1)
	report := o.importing("\xef\xbb\xbf"+`groups,TOTP_Secret,username, email ,password,phone,display_name
'+vpn;'=staff,`+strings.ToLower(seed)+`,alice,alice@example.com,correct horse,+49 171 5550123,"Alice, first"
,,bob,,`+kept+`,,
`+"\n"+`,,EXAMPLE.COM\carol,,`+ssha("x")+`,'+491715550199,Carol
`, operator.ImportOptions{})
	if report.Rows != 3 || report.Added != 3 || len(report.Problems) != 0 || !report.Written {
		t.Fatalf("report %+v", report)
	}
	alice := o.user("alice")
	if alice.Status != enrollment.Enrolled || alice.Person.DisplayName != "Alice, first" ||
		strings.Join(alice.Person.Groups, " ") != "+vpn =staff" || alice.Person.Phone != "+491715550123" {
		t.Errorf("alice is %+v", alice.Person)
	}
	for name, want := range map[string]string{"alice": "hash of correct horse", "bob": kept, "carol": ssha("x")} {
		r := o.record(name)
		hash, err := o.keys.Open(nil, directory.PasswordPlace(r.Person.ID), r.Password)
		if err != nil || string(hash) != want {
			t.Errorf("%s: the password is kept as %q, %v", name, hash, err)
		}
	}
	if carol := o.user("carol"); carol.Person.Phone != "+491715550199" {
		t.Errorf("the guard of an export is taken for a part of the number: %q", carol.Person.Phone)
	}
	if c := o.lastChange(); c.Action != "user.import" || c.Detail != "lines 2 to 5" {
		t.Errorf("logged %+v", c)
	}
}

// TestImportBadRows has every kind of bad row. What is reported repeats
// nothing of the row; the good rows around it are in.
func TestImportBadRows(t *testing.T) {
	const marker = "PlUgH"
	rows := map[string]struct{ row, column, says string }{
		"no name":                 {`,marker@example.com,,,,,`, "username", "not a user name"},
		"a bad name":              {`PlUgH name,,,,,,`, "username", "not a user name"},
		"a foreign domain":        {`PlUgH@example.org,,,,,,`, "username", "not a user name"},
		"a control character":     {"PlUgH\x01,,,,,,", "username", "not a user name"},
		"a name twice":            {`GOOD,,,,,,`, "username", "line 2"},
		"a bad address":           {`x,PlUgH,,,,,`, "email", "mail address"},
		"a national number":       {`x,,0171 PlUgH,,,,`, "phone", "international"},
		"a short password":        {`x,,,PlUgH,,,`, "password", "shorter"},
		"the name as password":    {`PlUgHPlUgH,,,plughplugh,,,`, "password", "user name"},
		"one character":           {`x,,,aaaaaaaaaa,,,`, "password", "over and over"},
		"an unknown hash":         {`x,,,$1$PlUgH$abcdefghijklmnop,,,`, "password", "no known kind"},
		"an unknown scheme":       {`x,,,{SHA512}PlUgHPlUgH,,,`, "password", "no known kind"},
		"a damaged argon2id":      {`x,,,$argon2id$PlUgH,,,`, "password", "argon2id"},
		"a dear argon2id":         {`x,,,"$argon2id$v=19$m=65537,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",,,`, "password", "out of bounds"},
		"a slow argon2id":         {`x,,,"$argon2id$v=19$m=19456,t=11,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",,,`, "password", "out of bounds"},
		"a wide argon2id":         {`x,,,"$argon2id$v=19$m=19456,t=2,p=5$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",,,`, "password", "out of bounds"},
		"a dear bcrypt":           {`x,,,$2y$15$abcdefghijklmnopqrstuuPmJqJJ5O5Q7n1Z3y1n1n1n1n1n1n1n2,,,`, "password", "cost out of bounds"},
		"a damaged SSHA":          {`x,,,{SSHA}PlUgH!,,,`, "password", "{SSHA}"},
		"a TOTP secret of 72":     {`x,,,,GEZDGNBVGY3TQOI,,`, "totp_secret", "less than 80 bits"},
		"a TOTP secret no base32": {`x,,,,PlUgH01,,`, "totp_secret", "base32"},
		"a long display name":     {`x,,,,,,` + strings.Repeat("PlUgH", 60), "display_name", "longer"},
		"a long group":            {`x,,,,,` + strings.Repeat("PlUgH", 60) + `,`, "groups", "longer"},
		"too few cells":           {`x,PlUgH`, "", "2 cells, but the header has 7"},
		"too many cells":          {`x,,,,,,,PlUgH`, "", "8 cells, but the header has 7"},
		"a bare quote":            {`x,Se"CrEt,,,,,`, "", "quotation mark"},
		"text after a quote":      {`x,"Se"CrEt,,,,,`, "", "does not end"},
		"no text":                 {"x,\xff\xfePlUgH,,,,,", "email", "not UTF-8"},
		"a huge cell":             {`x,,,,,,` + strings.Repeat("PlUgH", 14000), "display_name", "too long"},
	}
	for name, c := range rows {
		o := newOffice(t)
		report := o.importing("username,email,phone,password,totp_secret,groups,display_name\ngood,,,,,,\n"+c.row+"\nlast,,,,,,\n", operator.ImportOptions{})
		if report.Added != 2 || len(report.Problems) != 1 || report.Rows != 3 {
			t.Errorf("%s: report %+v", name, report)
			continue
		}
		p := report.Problems[0]
		if p.Line != 3 || p.Column != c.column || !strings.Contains(p.Text, c.says) {
			t.Errorf("%s: reported as %+v", name, p)
		}
		if strings.Contains(strings.ToLower(p.Text+p.Hint), strings.ToLower(marker)) {
			t.Errorf("%s: the report repeats the row: %+v", name, p)
		}
	}
}

func TestImportRefusesFiles(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"empty":               {"", "empty"},
		"no header":           {"alice,alice@example.com\n", "the 1st"},
		"a misspelt column":   {"username,pasword\n", "the 2nd"},
		"no user names":       {"email,phone\n", "no column username"},
		"a column twice":      {"username,email,email\n", "twice"},
		"semicolons":          {"username;email\nalice;a@example.com\n", "not separated by commas"},
		"UTF-16":              {"u\x00s\x00e\x00r\x00", "not UTF-8"},
		"a quote in the head": {"user\"name,email\n", "not CSV"},
	} {
		o := newOffice(t)
		_, err := o.ImportUsers(t.Context(), local, strings.NewReader(c.file), operator.ImportOptions{})
		if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImportOfPeopleWhoAreThere(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.add("admin", directory.Administrator)
	startSession(o, o.record("alice").Person.ID)
	const file = "username,display_name,totp_secret,password\nalice,Alice,MFRGGZDFMZTWQ2LKNNWG23TPOA,correct horse\nbob,Bob,,\n"

	report := o.importing(file, operator.ImportOptions{})
	if report.Added != 1 || len(report.Unchanged) != 1 || report.Unchanged[0] != (operator.ImportedRow{Line: 2, Username: "alice"}) {
		t.Errorf("report %+v", report)
	}
	before := o.record("alice")
	if before.Person.DisplayName != "" || before.Person.HasPassword {
		t.Errorf("alice was changed: %+v", before.Person)
	}

	report = o.importing(file, operator.ImportOptions{Update: true})
	if report.Updated != 2 || report.Added != 0 {
		t.Errorf("report %+v", report)
	}
	after := o.record("alice")
	if after.Person.DisplayName != "Alice" || after.Person.Email != "alice@example.com" || !after.Person.HasPassword {
		t.Errorf("alice is %+v", after.Person)
	}
	if len(after.Factors) != 1 || after.Factors[0].ID != before.Factors[0].ID {
		t.Error("an update touched factors")
	}
	if after.Standing.Version <= before.Standing.Version {
		t.Error("an update did not raise the version")
	}
	if hasSession(o, after.Person.ID) {
		t.Error("sessions outlive a new password")
	}
	if hash, err := o.keys.Open(nil, directory.PasswordPlace(after.Person.ID), after.Password); err != nil || string(hash) != "hash of correct horse" {
		t.Errorf("the hash is not sealed for alice: %v", err)
	}
	if r := o.importing("username,display_name,password\nbob,,\n", operator.ImportOptions{Update: true}); r.Updated != 1 {
		t.Errorf("report %+v", r)
	}
	if bob := o.record("bob"); bob.Person.DisplayName != "" {
		t.Error("an empty cell did not empty the display name")
	}

	r, err := o.ImportUsers(t.Context(), o.as("admin"), strings.NewReader("username,display_name\nadmin,King\n"), operator.ImportOptions{Update: true})
	if err != nil || r.Updated != 0 || len(r.Problems) != 1 {
		t.Errorf("an administrator changed somebody with a role by an import: %+v, %v", r, err)
	}
}

func TestImportAllOrNothing(t *testing.T) {
	o := newOffice(t)
	opt := operator.ImportOptions{AllOrNothing: true}
	report := o.importing("username,email\nalice,\nbob,nonsense\ncarol,\n", opt)
	if report.Written || report.Added != 0 || len(report.Problems) != 1 || report.Rows != 3 {
		t.Errorf("report %+v", report)
	}
	if census, err := o.Census(t.Context(), local); err != nil || census.All != 0 {
		t.Errorf("%d people are in, %v", census.All, err)
	}
	if report := o.importing("username\nalice\nbob\n", opt); !report.Written || report.Added != 2 {
		t.Errorf("report %+v", report)
	}
}

func TestImportManyInBatches(t *testing.T) {
	o := newOffice(t)
	var file strings.Builder
	file.WriteString("username,totp_secret\n")
	const people = 1234
	for i := range people {
		fmt.Fprintf(&file, "user%d,%s\n", i, seed)
	}
	var last, total int64
	report := o.importing(file.String(), operator.ImportOptions{Progress: func(done, of int64) {
		if done < last {
			t.Errorf("progress went back from %d to %d", last, done)
		}
		last, total = done, of
	}})
	if report.Added != people || last != people || total != people {
		t.Errorf("added %d, progress %d of %d", report.Added, last, total)
	}
	changes, err := o.Changes(t.Context(), local, operator.ChangeQuery{Action: "user"})
	if err != nil || len(changes) != 3 {
		t.Errorf("%d batches, %v", len(changes), err)
	}
}

func TestImportIsForAdministrators(t *testing.T) {
	o := newOffice(t)
	o.add("desk", directory.HelpDesk)
	for _, by := range []audit.Actor{o.as("desk"), {Person: 1, Via: operator.ViaConsole}} {
		_, err := o.ImportUsers(t.Context(), by, strings.NewReader("username\nalice\n"), operator.ImportOptions{})
		if problem.KindOf(err) != problem.Forbidden {
			t.Errorf("import by %q: %v", by.Name, err)
		}
	}
}
