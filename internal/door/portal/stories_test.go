package portal

import (
	"bytes"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/session"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
	"example.com/muster/test/testkit"
)

// story is one page in one state, with made-up data: the pages can be seen and
// judged without an engine or a database behind them.
type story struct {
	name string
	page web.Page
}

var storyTime = time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)

func rejected(field string, key text.Key) *web.Form {
	form := &web.Form{}
	form.Keep("username", "alice")
	form.Reject(field, key, nil)
	return form
}

func storyQR() template.HTML {
	qr, err := web.QR("totp-qr", "QR code for your authenticator app",
		"otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example")
	if err != nil {
		panic(err)
	}
	return qr
}

func stories() []story {
	vpn := &waiting{Client: "Office VPN", Source: "203.0.113.7", Since: storyTime.Add(-2 * time.Minute)}
	due := time.Date(2026, 12, 12, 17, 0, 0, 0, time.UTC)
	codes := []string{
		"5hk2m-8qxw3", "t7rb2-vcp9f", "k4xeh-6ywq8", "n3pd7-tkrc5", "w9mfx-2jhe6",
		"b8gy4-nztk7", "r2vcm-5xdh9", "q6jt8-bwe3y", "z7hpk-3rmx4", "e5wnt-9gv2q",
	}
	scan := scanView{
		QR: storyQR(), URI: "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example",
		Key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", Account: "alice",
	}
	again := scan
	again.Superseded = true
	security := securityView{
		Authenticators: []authenticatorView{{
			ID: "1", Name: "Authenticator app", Added: storyTime.AddDate(0, -3, 0), LastUse: storyTime.Add(-time.Hour),
		}},
		SetUp:     "/enroll",
		CodesLeft: 2,
		SignIns: []signInView{
			{Where: "Sign-in settings", Source: "198.51.100.23", At: storyTime.Add(-time.Minute), Allowed: true},
			{Where: "Office VPN", Source: "203.0.113.7", At: storyTime.Add(-time.Hour), Allowed: true},
			{Where: "Office VPN", Source: "192.0.2.99", At: storyTime.Add(-26 * time.Hour)},
		},
		Browsers: []browserView{
			{Name: "Firefox on Linux", Source: "198.51.100.23", SeenAt: storyTime, This: true},
			{Name: "Safari on iPhone", Source: "203.0.113.7", SeenAt: storyTime.Add(-3 * time.Hour)},
		},
	}
	suspended := security
	suspended.Authenticators = []authenticatorView{{ID: "1", Name: "Authenticator app", Added: storyTime.AddDate(0, -3, 0), Suspended: true}}
	suspended.CodesLeft = 0
	both := security
	both.Due, both.SetUp = due, "/security/add"
	both.Authenticators = []authenticatorView{
		{ID: "1", Name: "Authenticator app", Added: storyTime.AddDate(0, -3, 0), LastUse: storyTime.Add(-time.Hour), Removable: true},
		{ID: "2", Name: "YubiKey 5 NFC", Added: storyTime.AddDate(0, -1, 0), Passkey: true, Removable: true},
		{ID: "3", Name: strings.Repeat("Vorstandszimmer", 4), Added: storyTime, LastUse: storyTime, Passkey: true, Removable: true},
	}
	owing := security
	owing.SetUp, owing.Owes = "/security/add", owesView{Kind: "totp", Due: due, SetUp: "/security/add"}
	owing.Authenticators = []authenticatorView{{ID: "2", Name: "YubiKey 5 NFC", Added: storyTime.AddDate(0, -1, 0), Passkey: true}}
	stopped := owing
	stopped.Owes.Stopped = true
	const options = `{"challenge":"AAAA","rpId":"mfa.example.com"}`
	const action = "/signin/code"

	return []story{
		{"signin", web.Page{Name: "signin", Data: signinView{Next: "/security"}}},
		{"signin-ended-period", web.Page{Name: "signin", Data: signinView{}, Notice: endedNotice(session.EndedPeriod)}},
		{"signin-ended-shut-out", web.Page{Name: "signin", Data: signinView{}, Notice: endedNotice(session.EndedShutOut)}},
		{"signin-ended-changed", web.Page{Name: "signin", Data: signinView{}, Notice: endedNotice(session.EndedChanged)}},
		{"signin-wrong", web.Page{Name: "signin", Data: signinView{}, Form: rejected("", "portal.signin.wrong")}},
		{"signin-missing", web.Page{Name: "signin", Data: signinView{}, Form: rejected("password", "portal.signin.password.missing")}},
		{"code", web.Page{Name: "code", Data: codeView{Action: action, Back: "/signin", Codes: true}}},
		{"code-wrong", web.Page{Name: "code", Data: codeView{Action: action, Back: "/signin", Codes: true}, Form: rejected("code", "portal.code.wrong")}},
		{"code-confirm", web.Page{Name: "code", Person: "alice", Data: codeView{Action: "/confirm", Back: "/security", Confirm: true, Codes: true}}},
		{"code-confirm-held", web.Page{Name: "code", Person: "alice", Data: codeView{
			Action: "/confirm", Back: "/console", Confirm: true, Codes: true, Office: true, Secret: true, Act: "Reset Alice Example",
			Held: []web.HeldField{{Name: "reason", Value: "\"new\" & <lost>"}, {Name: "user", Value: "bob"}, {Name: "user", Value: "carol"}, {Name: "held", Value: "SLIP"}},
		}}},
		{"signin-passkey", web.Page{Name: "signin", Data: signinView{Passkey: true}}},
		{"signin-passkey-wrong", web.Page{Name: "signin", Data: signinView{Passkey: true}, Form: rejected("", "portal.signin.passkey.wrong")}},
		{"code-passkey", web.Page{Name: "code", Data: codeView{Action: action, Back: "/signin", Passkey: options}}},
		{"code-passkey-wrong", web.Page{
			Name: "code", Data: codeView{Action: action, Back: "/signin", Passkey: options}, Form: rejected("code", "portal.code.wrong"),
		}},
		{"code-both", web.Page{Name: "code", Data: codeView{Action: action, Back: "/signin", Passkey: options, Codes: true}}},
		{"code-confirm-passkey", web.Page{Name: "code", Person: "alice", Data: codeView{
			Action: "/confirm", Back: "/security", Confirm: true, Passkey: options,
		}}},
		{"code-confirm-passkey-held", web.Page{Name: "code", Person: "alice", Data: codeView{
			Action: "/confirm", Back: "/console", Confirm: true, Passkey: options, Codes: true, Office: true,
			Held: []web.HeldField{{Name: "reason", Value: "new"}, {Name: "held", Value: "SLIP"}},
		}}},
		{"invite", web.Page{Name: "invite", Data: inviteView{}}},
		{"invite-wrong", web.Page{Name: "invite", Data: inviteView{}, Form: rejected("invite", "portal.invite.wrong")}},
		{"password", web.Page{Name: "password", Data: passwordView{}}},
		{"password-choose", web.Page{Name: "password", Data: passwordView{Choose: true, Username: "alice"}}},
		{"start", web.Page{Name: "start", Width: "wide", Data: startView{}}},
		{"start-waiting", web.Page{Name: "start", Width: "wide", Data: startView{Waiting: vpn}}},
		{"start-period", web.Page{Name: "start", Width: "wide", Data: startView{Due: due, MayPostpone: true}}},
		{"start-limited", web.Page{Name: "start", Width: "wide", Data: startView{Due: due, MayPostpone: true, TimesLeft: 2}}},
		{"start-used-up", web.Page{Name: "start", Width: "wide", Data: startView{Due: due}}},
		{"start-replacing", web.Page{Name: "start", Width: "wide", Person: "alice", Data: startView{Replacing: true}}},
		{"start-choice", web.Page{Name: "start", Width: "wide", Data: startView{Passkey: true}}},
		{"start-adding", web.Page{Name: "start", Width: "wide", Person: "alice", Data: startView{Adding: true, Passkey: true}}},
		{"start-owed", web.Page{Name: "start", Width: "wide", Data: startView{Passkey: true, Owed: "totp", Due: due, MayPostpone: true}}},
		{"start-adding-owed", web.Page{Name: "start", Width: "wide", Person: "alice", Data: startView{Adding: true, Passkey: true, Owed: "totp", Due: due}}},
		{"start-owed-passkey", web.Page{Name: "start", Width: "wide", Data: startView{Passkey: true, Owed: "passkey", Prefer: true, Due: due, MayPostpone: true}}},
		{"start-optional", web.Page{Name: "start", Width: "wide", Data: startView{Passkey: true, Optional: true}}},
		{"start-enough", web.Page{
			Name: "start", Width: "wide", Person: "alice", Data: startView{Adding: true, Passkey: true}, Form: rejected("method", "portal.passkey.enough"),
		}},
		{"start-passkey-only", web.Page{
			Name: "start", Width: "wide", Person: "alice", Data: startView{Adding: true, Passkey: true, OnlyPasskey: true, Prefer: true},
		}},
		{"due", web.Page{Name: "due", Person: "alice", Data: dueView{
			Wanted: "totp", HasOther: true, Due: due, MayPostpone: true, PostponeLeft: -1, SetUp: "/security/add",
		}}},
		{"due-stopped", web.Page{Name: "due", Person: "alice", Data: dueView{
			Wanted: "totp", HasOther: true, Due: due, Stopped: true, MayPostpone: true, PostponeLeft: -1, SetUp: "/security/add",
		}}},
		{"due-limited", web.Page{Name: "due", Person: "alice", Data: dueView{
			Wanted: "passkey", HasOther: true, Due: due, MayPostpone: true, PostponeLeft: 2, SetUp: "/security/add",
		}}},
		{"due-last", web.Page{Name: "due", Person: "alice", Data: dueView{
			Wanted: "totp", HasOther: true, Due: due, SetUp: "/security/add",
		}, Form: rejected("", "portal.due.no-later")}},
		{"due-now", web.Page{Name: "due", Person: "alice", Data: dueView{Wanted: "any", SetUp: "/enroll"}}},
		{"passkey", web.Page{Name: "passkey", Width: "wide", Data: passkeyView{Options: options}}},
		{"passkey-superseded", web.Page{Name: "passkey", Width: "wide", Data: passkeyView{Options: options, Superseded: true}}},
		{"passkey-taken", web.Page{Name: "passkey", Width: "wide", Data: passkeyView{Options: options}, Form: rejected("", "portal.passkey.taken")}},
		{"rename", web.Page{Name: "rename", Person: "alice", Data: factorView{ID: "2", Name: "YubiKey 5 NFC", Passkey: true}}},
		{"rename-wrong", web.Page{
			Name: "rename", Person: "alice", Data: factorView{ID: "2", Name: "YubiKey 5 NFC", Passkey: true}, Form: rejected("label", "portal.rename.wrong"),
		}},
		{"remove", web.Page{Name: "remove", Person: "alice", Data: factorView{ID: "2", Name: "YubiKey 5 NFC", Passkey: true}}},
		{"scan", web.Page{Name: "scan", Width: "wide", Data: scan}},
		{"scan-superseded", web.Page{Name: "scan", Width: "wide", Data: again}},
		{"check", web.Page{Name: "check", Width: "wide", Data: checkView{Account: "alice"}}},
		{"check-wrong", web.Page{Name: "check", Width: "wide", Data: checkView{Account: "alice"}, Form: rejected("code", "portal.check.wrong")}},
		{"codes", web.Page{Name: "codes", Width: "wide", Person: "alice", Data: codesView{
			Codes: codes, Account: "alice", At: storyTime, Enrolling: true, Next: "/enroll/done",
		}}},
		{"codes-passkey", web.Page{Name: "codes", Width: "wide", Person: "alice", Data: codesView{
			Codes: codes, Account: "alice", At: storyTime, Enrolling: true, Passkey: true, Next: "/enroll/done",
		}}},
		{"codes-new", web.Page{Name: "codes", Width: "wide", Person: "alice", Data: codesView{
			Codes: codes, Account: "alice", At: storyTime, Next: "/security",
		}}},
		{"done", web.Page{Name: "done", Person: "alice", Data: doneView{}}},
		{"done-passkey", web.Page{Name: "done", Person: "alice", Data: doneView{Passkey: true}}},
		{"done-owes", web.Page{Name: "done", Person: "alice", Data: doneView{Passkey: true, Owes: owesView{Kind: "totp", Due: due, SetUp: "/security/add"}}}},
		{"done-owes-now", web.Page{Name: "done", Person: "alice", Data: doneView{Owes: owesView{Kind: "passkey", SetUp: "/security/add"}}}},
		{"done-waiting", web.Page{Name: "done", Person: "alice", Data: doneView{Waiting: vpn}}},
		{"done-arrived", web.Page{Name: "done", Person: "alice", Data: doneView{Waiting: vpn, Arrived: true}}},
		{"security", web.Page{Name: "security", Width: "wide", Person: "alice", Data: security, Notice: &web.Notice{
			Tone: web.Good, Message: text.Message{Key: "notice.signed-out-others", Args: nil},
		}}},
		{"security-owes", web.Page{Name: "security", Width: "wide", Person: "alice", Data: owing}},
		{"security-owes-stopped", web.Page{Name: "security", Width: "wide", Person: "alice", Data: stopped}},
		{"security-none", web.Page{Name: "security", Width: "wide", Person: "alice", Data: securityView{Due: due, SetUp: "/enroll", Browsers: security.Browsers[:1]}}},
		{"security-free", web.Page{Name: "security", Width: "wide", Person: "alice", Data: securityView{Free: true, SetUp: "/enroll", Browsers: security.Browsers[:1]}}},
		{"security-exempt", web.Page{Name: "security", Width: "wide", Person: "alice", Data: securityView{Exempt: true, SetUp: "/enroll", Browsers: security.Browsers[:1]}}},
		{"security-both", web.Page{Name: "security", Width: "wide", Person: "alice", Data: both}},
		{"security-suspended", web.Page{Name: "security", Width: "wide", Person: "alice", Data: suspended}},
		{"help-identify", web.Page{Name: "help", Data: helpView{Identify: true}}},
		{"help", web.Page{Name: "help", Data: helpView{}}},
		{"help-asked", web.Page{Name: "help", Data: helpView{Asked: true, AskedAt: storyTime.Add(-time.Hour), Number: "4f7k-2m9q"}}},
		{"help-too-many", web.Page{Name: "help", Data: helpView{}, Form: rejected("", "portal.help.too-many")}},
		{"renew", web.Page{Name: "renew", Person: "alice"}},
		{"not-me-known", web.Page{Name: "not-me", Data: notMeView{}}},
		{"not-me", web.Page{Name: "not-me", Data: notMeView{Identify: true}}},
		{"not-me-before", web.Page{Name: "not-me", Data: notMeView{Done: true, Before: true}}},
		{"not-me-done", web.Page{Name: "not-me", Data: notMeView{Done: true}}},
		{"refused-expired", web.Page{Name: "refused", Data: refusal("expired")}},
		{"refused-suspended", web.Page{Name: "refused", Data: refusal("suspended")}},
		{"refused-passkey", web.Page{Name: "refused", Data: refusal("passkey")}},
		{"refused-locked-until", web.Page{Name: "refused", Data: refusal("locked-until")}},
		{"refused-needs-link", web.Page{Name: "refused", Data: refusal("needs-link")}},
		{"refused-needs-help", web.Page{Name: "refused", Data: refusal("needs-help")}},
		{"refused-change-password", web.Page{Name: "refused", Data: refusal("change-password")}},
		{"refused-not-included", web.Page{Name: "refused", Data: refusal("not-included")}},
		{"how", howStory("how", howView{At: 1, Next: "/how/app"})},
		{"how-any", howStory("how", howView{At: 1, Next: "/how/app", Passkey: true})},
		{"how-app", howStory("how-app", howView{At: 2, Back: "/how", Next: "/how/scan"})},
		{"how-scan", howStory("how-scan", howView{At: 3, Back: "/how/app", Next: "/how/code", QR: storyQR(), URI: scan.URI, Key: grouped(practiceKey)})},
		{"how-code", howStory("how-code", howView{At: 4, Back: "/how/scan", Next: "/how/recovery", Code: "123 456"})},
		{"how-code-before", rejecting(howStory("how-code", howView{At: 4, Back: "/how/scan", Next: "/how/recovery", Code: "123 456"}), "how.code.before")},
		{"how-right", howStory("how-right", howView{At: 4, Back: "/how/scan", Next: "/how/recovery"})},
		{"how-recovery", howStory("how-recovery", howView{At: 5, Back: "/how/code", Next: "/how/signin"})},
		{"how-passkey", howStory("how-passkey", howView{At: 6, Back: "/how/recovery", Next: "/how/signin", Passkey: true})},
		{"how-signin", howStory("how-signin", howView{At: 6, Back: "/how/recovery", Next: "/how/lost"})},
		{"how-lost", howStory("how-lost", howView{At: 7, Back: "/how/signin"})},
		{"signin-instructions", web.Page{Name: "signin", Data: signinView{}, Instructions: "/instructions"}},
		{"how-instructions", instructed(howStory("how", howView{At: 1, Next: "/how/app"}))},
		{"instructions", web.Page{Name: "instructions", Width: "wide", Data: instructionsView{HTML: instructions.HTML(storyInstructions), PublishedAt: storyTime}}},
		{"instructions-other", web.Page{Name: "instructions", Width: "wide", Data: instructionsView{
			HTML: instructions.HTML(storyInstructions), PublishedAt: storyTime, Language: "en",
		}}},
		{"instructions-none", web.Page{Name: "instructions", Width: "wide", Data: instructionsView{}}},
		{"refused-too-long", web.Page{Name: "refused", Data: refusal("too-long")}},
	}
}

// storybook serves every story at /story/NAME.
func storybook(t testing.TB, brand web.Brand, public *url.URL) *web.Server {
	t.Helper()
	server, err := web.New(web.Config{
		PublicURL: public, Brand: brand, Zone: time.UTC,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return storyTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := server.Pages(templates, "templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stories() {
		server.Handle("GET /story/"+s.name, func(w http.ResponseWriter, r *web.Request) error {
			return pages.Show(w, r, s.page)
		})
	}
	return server
}

var storyBrand = web.Brand{Name: "Example", Help: "help@example.com"}

// TestEveryPageIsAsAgreed holds each page in each state and language against
// its golden file.
func TestEveryPageIsAsAgreed(t *testing.T) {
	public := &url.URL{Scheme: "https", Host: "mfa.example.com"}
	server := storybook(t, storyBrand, public)
	for _, s := range stories() {
		for _, lang := range text.Default().Languages() {
			r := httptest.NewRequest(http.MethodGet, "/story/"+s.name, nil)
			r.Host = public.Host
			r.Header.Set("Accept-Language", lang.Tag)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Errorf("%s: status %d", s.name, w.Code)
			}
			page := w.Body.String()
			if bytes.Contains(w.Body.Bytes(), []byte("ZgotmplZ")) || bytes.Contains(w.Body.Bytes(), []byte("[portal.")) {
				t.Errorf("%s (%s): something could not be shown", s.name, lang.Tag)
			}
			testkit.Golden(t, fmt.Sprintf("pages/%s.%s.html", s.name, lang.Tag), settled(page))
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
