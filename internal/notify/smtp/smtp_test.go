package smtp_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/smtp"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

var start = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func envelope(n int, to string) notify.Envelope {
	return notify.Envelope{
		ID: id.At(start) + id.ID(n), Kind: notify.Configured, To: notify.Address{Name: "Zoë Müller", Mail: to}, Language: "de", At: start,
		Subject: "Ihr Konto — größer", Text: secret.New("Guten Tag\n.\nmit Punkt\n"), HTML: secret.New("<p>Guten Tag</p>"),
	}
}

// fixture is a server with its own authority, and a sender that trusts it.
type fixture struct {
	*testkit.MailServer

	options smtp.Options
}

func startTLS(t *testing.T) *fixture {
	pki := testkit.NewPKI(t, t.TempDir(), "127.0.0.1", "mail.example.com")
	s := testkit.StartMailServer(t, pki, false)
	s.Username, s.Password = "muster", "s3cret"
	return &fixture{s, smtp.Options{
		Host: s.Host, Port: s.Port, Security: smtp.StartTLS, Username: "muster", Password: secret.New("s3cret"),
		From: notify.Address{Name: "Example Ltd", Mail: "mfa@example.com"}, Hello: "mfa.example.com", Roots: pki.Roots,
	}}
}

func (f *fixture) sender(t *testing.T) *smtp.Server {
	t.Helper()
	s, err := smtp.New(f.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAMailArrivesAsItShould(t *testing.T) {
	f := startTLS(t)
	if err := f.sender(t).Send(t.Context(), envelope(1, "zoe@example.com")); err != nil {
		t.Fatal(err)
	}
	mails := f.Mails()
	if len(mails) != 1 || mails[0].From != "mfa@example.com" || mails[0].To != "zoe@example.com" {
		t.Fatalf("%+v", mails)
	}
	for name, want := range map[string]string{
		"Message-ID":       "<" + envelope(1, "").ID.String() + "@example.com>",
		"Auto-Submitted":   "auto-generated",
		"Date":             "Tue, 01 Dec 2026 12:00:00 +0000",
		"Content-Language": "de",
		"From":             `"Example Ltd" <mfa@example.com>`,
	} {
		if got := mails[0].Header(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if body := string(mails[0].Raw); !strings.Contains(body, "multipart/alternative") || !strings.Contains(body, "text/html") || !strings.Contains(body, "text/plain") {
		t.Error(body)
	}
}

// TestOneConnectionIsReused: also by several at once, and 50 mails a second
// are no trouble.
func TestOneConnectionIsReused(t *testing.T) {
	f := startTLS(t)
	s := f.sender(t)
	began := time.Now()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for n := range 50 {
				if err := s.Send(t.Context(), envelope(worker*100+n, "alice@example.com")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(f.Mails()); n != 200 || f.Connections() != 1 {
		t.Errorf("%d mails over %d connections", n, f.Connections())
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("200 mails took %v", took)
	}
}

func TestWhatTheServersAnswersMean(t *testing.T) {
	busy := &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
	never := &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	for name, tc := range map[string]struct {
		set                func(*fixture)
		permanent, bounced bool
		says               string
	}{
		"busy at the sender":    {func(f *fixture) { f.OnMail = func() error { return busy } }, false, false, "refuses the sender: 451 4.7.1 come back later"},
		"busy at the address":   {func(f *fixture) { f.OnRecipient = func(string) error { return busy } }, false, false, "refuses the address: 451"},
		"busy at the mail":      {func(f *fixture) { f.OnContent = func(testkit.ReceivedMail) error { return busy } }, false, false, "refuses the mail: 451"},
		"never this sender":     {func(f *fixture) { f.OnMail = func() error { return never } }, true, false, "refuses the sender: 550"},
		"never this address":    {func(f *fixture) { f.OnRecipient = func(string) error { return never } }, true, true, "refuses the address: 550 5.1.1 no such mailbox"},
		"never this mail":       {func(f *fixture) { f.OnContent = func(testkit.ReceivedMail) error { return never } }, true, false, "refuses the mail: 550"},
		"no TLS":                {func(f *fixture) { plain := testkit.StartMailServer(t, nil, false); f.options.Port = plain.Port }, false, false, "no STARTTLS"},
		"a wrong password":      {func(f *fixture) { f.options.Password = secret.New("wrong") }, false, false, "does not accept the user name and the password: 535"},
		"no way to sign in":     {func(f *fixture) { f.Username = "" }, false, false, "no way to sign in"},
		"an unknown authority":  {func(f *fixture) { f.options.Roots = x509.NewCertPool() }, false, false, "certificate is not trusted"},
		"another name":          {func(f *fixture) { f.options.Host = "localhost" }, false, false, "not trusted for localhost"},
		"nobody there":          {func(f *fixture) { f.options.Port = closedPort(t) }, false, false, "cannot be reached: connect: connection refused"},
		"a name that is nobody": {func(f *fixture) { f.options.Host = "mail..invalid" }, false, false, "mail..invalid cannot be found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := startTLS(t)
			tc.set(f)
			s := f.sender(t)
			for range 2 { // the second over the same connection, where there is one
				err := s.Send(t.Context(), envelope(1, "alice@example.com"))
				if err == nil || notify.IsPermanent(err) != tc.permanent || notify.IsBadAddress(err) != tc.bounced || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("permanent %v, bounced %v: %v", notify.IsPermanent(err), notify.IsBadAddress(err), err)
				}
				if text := fmt.Sprint(err); strings.ContainsAny(text, "\r\n") || strings.Contains(text, "s3cret") {
					t.Errorf("%q", text)
				}
			}
		})
	}
}

func closedPort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// TestAfterARefusalTheConnectionGoesOn: one bad address holds up nobody.
func TestAfterARefusalTheConnectionGoesOn(t *testing.T) {
	f := startTLS(t)
	f.OnRecipient = func(to string) error {
		if to == "gone@example.com" {
			return &gosmtp.SMTPError{Code: 550, Message: "gone"}
		}
		return nil
	}
	s := f.sender(t)
	for n, to := range []string{"gone@example.com", "alice@example.com", "gone@example.com", "bob@example.com"} {
		if err := s.Send(t.Context(), envelope(n, to)); (err != nil) != (to == "gone@example.com") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if len(f.Mails()) != 2 || f.Connections() != 1 {
		t.Errorf("%d mails over %d connections", len(f.Mails()), f.Connections())
	}
}

// TestTheAnswerIsLost: the server takes the mail and dies. It is not permanent,
// and the next attempt carries the same Message-ID.
func TestTheAnswerIsLost(t *testing.T) {
	f := startTLS(t)
	var deaths atomic.Int32
	f.Dies = func(testkit.ReceivedMail) bool { return deaths.Add(1) == 1 }
	s := f.sender(t)
	err := s.Send(t.Context(), envelope(7, "alice@example.com"))
	if !notify.IsUnsure(err) || notify.IsPermanent(err) || len(f.Mails()) != 1 {
		t.Fatalf("%d mails, %v", len(f.Mails()), err)
	}
	if err := s.Send(t.Context(), envelope(7, "alice@example.com")); err != nil {
		t.Fatal(err)
	}
	mails := f.Mails()
	if len(mails) != 2 || mails[0].Header("Message-ID") != mails[1].Header("Message-ID") || mails[0].Header("Message-ID") == "" {
		t.Errorf("%d mails, not the same Message-ID", len(mails))
	}
}

// TestAServerThatHungUpIsAskedAgain: it was idle for too long, or restarted.
func TestAServerThatHungUpIsAskedAgain(t *testing.T) {
	f := startTLS(t)
	ended := false
	f.OnMail = func() error {
		if len(f.Mails()) == 1 && !ended {
			ended = true
			return &gosmtp.SMTPError{Code: 421, EnhancedCode: gosmtp.EnhancedCode{4, 4, 2}, Message: "too long idle"}
		}
		return nil
	}
	s := f.sender(t)
	for n := range 3 {
		if err := s.Send(t.Context(), envelope(n, "alice@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.Mails()) != 3 || f.Connections() != 2 {
		t.Errorf("%d mails over %d connections", len(f.Mails()), f.Connections())
	}
}

func TestNothingIsWrittenIntoHeaders(t *testing.T) {
	f := startTLS(t)
	s := f.sender(t)
	for _, to := range []string{
		"alice@example.com\r\nBcc: eve@example.com", "alice@example.com\nRCPT TO:<eve@example.com>", "a@example.com,b@example.com",
		"alice@example.com> SIZE=1", "\"a b\"@example.com", "", "alice",
	} {
		if err := s.Send(t.Context(), envelope(1, to)); !notify.IsBadAddress(err) {
			t.Errorf("%q: %v", to, err)
		}
	}
	e := envelope(1, "alice@example.com")
	e.Subject = "hello\r\nBcc: eve@example.com"
	if err := s.Send(t.Context(), e); !notify.IsPermanent(err) {
		t.Error(err)
	}
	if len(f.Mails()) != 0 || f.Connections() != 0 {
		t.Error("something went out")
	}
}

// TestTheContextEndsIt: a server that does not answer holds nobody up for
// longer than the context says.
func TestTheContextEndsIt(t *testing.T) {
	f := startTLS(t)
	release := make(chan struct{})
	defer close(release)
	f.OnContent = func(testkit.ReceivedMail) error { <-release; return nil }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := f.sender(t).Send(ctx, envelope(1, "alice@example.com"))
	if err == nil || notify.IsPermanent(err) || time.Since(began) > 3*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestTLSFromTheFirstOctet(t *testing.T) {
	pki := testkit.NewPKI(t, t.TempDir(), "127.0.0.1")
	server := testkit.StartMailServer(t, pki, true)
	f := &fixture{server, smtp.Options{
		Host: server.Host, Port: server.Port, Security: smtp.TLS, From: notify.Address{Mail: "mfa@example.com"}, Hello: "x", Roots: pki.Roots,
	}}
	if err := f.sender(t).Send(t.Context(), envelope(1, "alice@example.com")); err != nil {
		t.Error(err)
	}
	f.options.Roots = x509.NewCertPool()
	if err := f.sender(t).Send(t.Context(), envelope(1, "alice@example.com")); err == nil {
		t.Error("an unknown authority is trusted")
	}
}

func TestStepsAreTold(t *testing.T) {
	f := startTLS(t)
	steps := f.sender(t).Test(t.Context(), envelope(1, "alice@example.com"))
	var names []string
	for _, s := range steps {
		names = append(names, s.Name)
		if !s.OK {
			t.Errorf("%+v", s)
		}
	}
	if got := strings.Join(names, " "); got != "name connection greeting TLS AUTH mail" {
		t.Error(got)
	}
	for _, part := range []string{"TLS 1.3", "127.0.0.1", "mail.example.com", "Example test authority", "from 20", "to 20"} {
		if !strings.Contains(steps[3].Finding, part) {
			t.Errorf("no %q in %q", part, steps[3].Finding)
		}
	}
	f.options.Roots = x509.NewCertPool()
	steps = f.sender(t).Probe(t.Context())
	last := steps[len(steps)-1]
	if last.OK || last.Name != "TLS" || !strings.Contains(last.Finding, "mail.example.com") || !strings.Contains(last.Hint, "ca_file") {
		t.Errorf("%+v", last)
	}
}

// TestOtherLettersInAnAddress: a server that takes none is not told of them; a
// domain it knows by its A-labels.
func TestOtherLettersInAnAddress(t *testing.T) {
	f := startTLS(t)
	s := f.sender(t)
	if err := s.Send(t.Context(), envelope(1, "zoe@bücher.example")); err != nil {
		t.Error(err)
	}
	err := s.Send(t.Context(), envelope(2, "zoë@bücher.example"))
	if !notify.IsBadAddress(err) || !strings.Contains(err.Error(), "SMTPUTF8") {
		t.Errorf("%v", err)
	}
	if err := s.Send(t.Context(), envelope(3, "bob@example.com")); err != nil {
		t.Error(err)
	}
	mails := f.Mails()
	if len(mails) != 2 || mails[0].To != "zoe@xn--bcher-kva.example" || f.Connections() != 1 {
		t.Errorf("%d mails over %d connections", len(mails), f.Connections())
	}
}

// TestARefusedPasswordIsNotTriedForEachMail: that would lock the account. Each
// mail hears why all the same.
func TestARefusedPasswordIsNotTriedForEachMail(t *testing.T) {
	f := startTLS(t)
	f.options.Password = secret.New("guess")
	s := f.sender(t)
	for n := range 20 {
		err := s.Send(t.Context(), envelope(n, "alice@example.com"))
		if err == nil || !strings.Contains(err.Error(), "does not accept the user name and the password") || notify.IsPermanent(err) {
			t.Fatalf("mail %d: %v", n, err)
		}
	}
	if n := f.Connections(); n != 1 {
		t.Errorf("the password was tried %d times", n)
	}
}
