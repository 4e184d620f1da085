package console

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
	"example.com/muster/test/testkit"
)

// story is one page in one state, with made-up data: the pages can be seen and
// judged without an operator or a database behind them.
type story struct {
	name string
	page func(v *visit) web.Page
}

var storyTime = time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)

var storyBrand = web.Brand{Name: "Example"}

func storyPerson(name string) *directory.Person {
	return &directory.Person{
		ID: 2, Username: name, Key: name, DisplayName: "Alice Example", Email: name + "@example.com", Phone: "+491715550123",
		Groups: []string{"staff", "vpn"}, CreatedAt: storyTime.AddDate(0, -3, 0), HasPassword: true,
	}
}

func storySignIn(ago time.Duration, user string, result audit.Result, reason authn.Reason) audit.SignIn {
	return audit.SignIn{
		ID: id.At(storyTime.Add(-ago)), Person: 2, Username: user, Door: authn.DoorRADIUS, Client: "Office VPN", Source: "203.0.113.7",
		Result: result, Reason: string(reason), Method: "pwd+otp",
		Trace: "person.known first-factor.right factors.some code.right",
	}
}

func storySignIns(v *visit) []signInRow {
	stranger := storySignIn(3*time.Hour, "mallory", audit.Denied, authn.ReasonUnknownUser)
	stranger.Person = 0
	var rows []signInRow
	for _, s := range []audit.SignIn{
		storySignIn(time.Minute, "alice", audit.Allowed, authn.ReasonCodeRight),
		storySignIn(time.Hour, "bob", audit.Denied, authn.ReasonCodeWrongStep),
		stranger,
	} {
		rows = append(rows, v.signInRow(s))
	}
	return rows
}

func storyUser() operator.User {
	u := operator.User{
		Person: storyPerson("alice"), Status: enrollment.Enrolled,
		Factors: []operator.FactorInfo{
			{ID: 3, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: storyTime.AddDate(0, -2, 0), LastUsed: storyTime.Add(-time.Hour)},
			{ID: 4, Kind: factor.Recovery, CreatedAt: storyTime.AddDate(0, -2, 0), CodesLeft: 7},
		},
		SignIns: []audit.SignIn{storySignIn(time.Hour, "alice", audit.Allowed, authn.ReasonCodeRight)},
	}
	return u
}

// expiredUser is somebody whose time to enroll is over.
func expiredUser() operator.User {
	required := []policy.Requirement{{
		Period: 9, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: storyTime.AddDate(0, 0, -15), Due: storyTime.AddDate(0, 0, -1), PostponeLeft: -1,
	}}
	u := operator.User{Person: storyPerson("bob"), Requirements: required, Status: enrollment.StatusOf(nil, required, storyTime)}
	u.Person.DisplayName = "Bob Example"
	for _, kind := range []policy.Wanted{"", policy.WantTOTP} {
		u.States = append(u.States, operator.StateOf{Kind: kind, State: enrollment.StateOf(kind, nil, required, storyTime)})
	}
	return u
}

func lockedUser() operator.User {
	u := storyUser()
	u.Codes = lockout.Codes{LockedUntil: storyTime.Add(10 * time.Minute), Streak: 5}
	u.Passwords = lockout.Passwords{Sources: []lockout.Source{{Name: "192.0.2.44", LockedUntil: storyTime.Add(5 * time.Minute)}}}
	u.Factors[0].Suspended = true
	u.Invitations = []enrollment.Invitation{{
		Origin: enrollment.FromAdmin, CreatedAt: storyTime.Add(-time.Hour), ExpiresAt: storyTime.Add(23 * time.Hour),
	}}
	u.Pending = &enrollment.Pending{StartedAt: storyTime.Add(-5 * time.Minute)}
	return u
}

func storyList(v *visit) usersView {
	filter := filterView{
		Status: v.options(wordsStatus, "", true, statusNames()...), Only: v.options(wordsOnly, "", true, onlyNames()...),
		Kind: v.options(wordsWanted, "totp", false, columnNames()...), Required: v.options("console.required.", "", true, "yes", "no"),
		Seen: v.options("console.seen.", "", true, seenNames()...),
	}
	u := usersView{
		Columns: v.columns(),
		Filter:  filter, Column: v.Text.T("console.users.column", "Kind", v.word(wordsWanted, "totp")), Acts: v.manyActs(),
		CSV: "/console/users.csv", May: v.may(nil), Paging: web.Paging{Next: "/console/users?after=dave"}, Count: 100_000,
	}
	states := []enrollment.State{
		{
			Status: enrollment.Enrolled, Since: storyTime.AddDate(0, -1, 0),
			Done: enrollment.Done{Factor: policy.WantTOTP, Since: storyTime.AddDate(0, -1, -7), Until: storyTime.AddDate(0, -1, 7)},
		},
		{Status: enrollment.InPeriod, Since: storyTime.AddDate(0, 0, -5), Until: storyTime.AddDate(0, 0, 9), Factor: policy.WantTOTP},
		{Status: enrollment.ExpiredDuty, Since: storyTime.AddDate(0, 0, -1), Factor: policy.WantTOTP},
		{Status: enrollment.NotRequired},
	}
	for i, name := range []string{"alice", "bob", "carol", "dave"} {
		row := operator.ListedUser{Row: operator.Row{Person: storyPerson(name)}, State: states[i]}
		if row.State.Status == enrollment.Enrolled {
			row.Factors, row.SignedIn = []factor.Factor{{Kind: factor.TOTP}}, storyTime.Add(-time.Hour)
		}
		row.Person.Disabled, row.Locked = name == "dave", name == "bob"
		u.Users = append(u.Users, v.userRow(row))
	}
	return u
}

var storyClient = policy.Client{
	ID: 9, Name: "Office VPN", Address: netip.MustParsePrefix("192.0.2.0/24"), FirstFactor: policy.FirstDirectory,
	Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll, MessageAuthenticator: policy.AcceptWithout,
	CreatedAt: storyTime.AddDate(0, -1, 0),
}

func storyHeard() map[id.ID]Traffic {
	return map[id.ID]Traffic{9: {
		LastPacket: storyTime.Add(-time.Minute), LastFrom: netip.MustParseAddr("192.0.2.7"), LastAnswered: storyTime.Add(-time.Hour),
		LastTrouble: "wrong-secret", LastTroubleAt: storyTime.Add(-time.Minute), Troubled: true,
	}}
}

func storyCounts() []operator.SignInCount {
	var list []operator.SignInCount
	for i := range hours {
		hour := storyTime.Truncate(time.Hour).Add(-time.Duration(i) * time.Hour)
		for j, client := range []string{"Office VPN", "portal", "Wi-Fi", "Lab", "Bastion"} {
			list = append(list,
				operator.SignInCount{Hour: hour, Client: client, Result: audit.Allowed, Count: (i*7 + j*13) % 40},
				operator.SignInCount{Hour: hour, Client: client, Result: audit.Denied, Count: (i + j) % 5})
		}
	}
	return list
}

func rejected(field string, key text.Key) *web.Form {
	form := &web.Form{}
	form.Keep("username", "bob")
	form.Reject(field, key, nil)
	return form
}

// storybook serves every story at /story/NAME.
func storybook(t *testing.T, public *url.URL) *web.Server {
	t.Helper()
	server, err := web.New(web.Config{
		PublicURL: public, Brand: storyBrand, Zone: time.UTC,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return storyTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := server.Pages(templates, "templates")
	if err != nil {
		t.Fatal(err)
	}
	admin := &directory.Person{ID: 1, Username: "admin", Role: directory.Administrator}
	for _, s := range stories() {
		server.Handle("GET /story/"+s.name, func(w http.ResponseWriter, r *web.Request) error {
			page := s.page(&visit{Request: r, person: admin})
			if page.Data != (closedView{closedNobody}) {
				page.Person = admin.Username
			}
			return pages.Show(w, r, page)
		})
	}
	return server
}

// TestEveryPageIsAsAgreed holds each page in each state and language against
// its golden file.
func TestEveryPageIsAsAgreed(t *testing.T) {
	public := &url.URL{Scheme: "https", Host: "mfa.example.com"}
	server := storybook(t, public)
	for _, s := range stories() {
		for _, lang := range text.Default().Languages() {
			r := httptest.NewRequest(http.MethodGet, "/story/"+s.name, nil)
			r.Host = public.Host
			r.Header.Set("Accept-Language", lang.Tag)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%s: status %d", s.name, w.Code)
			}
			page := w.Body.Bytes()
			if bytes.Contains(page, []byte("ZgotmplZ")) || bytes.Contains(page, []byte("[console.")) {
				t.Errorf("%s (%s): something could not be shown", s.name, lang.Tag)
			}
			testkit.Golden(t, fmt.Sprintf("pages/%s.%s.html", s.name, lang.Tag), settled(string(page)))
		}
	}
}

var (
	contentHash = regexp.MustCompile(`\.[a-z2-7]{8}\.(css|js|svg)`)
	blankLines  = regexp.MustCompile(`\n{2,}`)
)

// settled takes out of a page what changes without the page changing: the
// hashes in the names of its files, and empty lines.
func settled(page string) string {
	return blankLines.ReplaceAllString(contentHash.ReplaceAllString(page, ".$1"), "\n")
}

// storyNamesakes are people of two directories of whom one has another's name,
// and one who is gone had.
func (v *visit) storyNamesakes() []userRow {
	var rows []userRow
	for i, p := range []struct{ key, directory string }{
		{"alice@corp.example.com", "corp"},
		{"alice@lab.example.org", "lab"},
		{"bob", "corp"},
		{"bob@00000000-0000-4000-8000-000000000004", "lab"},
	} {
		person := storyPerson(strings.SplitN(p.key, "@", 2)[0])
		person.ID, person.Key = id.ID(i+2), p.key
		if person.Nameless() {
			person.Origin.GoneAt = storyTime.AddDate(0, 0, -3)
		}
		row := v.userRow(operator.ListedUser{Row: operator.Row{Person: person}, State: enrollment.State{Status: enrollment.NotRequired}})
		row.Directory = p.directory
		rows = append(rows, row)
	}
	return rows
}
