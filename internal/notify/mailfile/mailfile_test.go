package mailfile_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/mailfile"
	"example.com/muster/internal/secret"
)

var (
	at   = time.Date(2026, 12, 1, 16, 30, 5, 123e6, time.UTC)
	from = notify.Address{Name: `Smith & <Sons> "Ltd"`, Mail: "no-reply@mfa.example.com"}
)

func sample() notify.Envelope {
	return notify.Envelope{
		ID: id.At(at), Kind: notify.FactorAdded, At: at, Language: "de",
		To:      notify.Address{Name: "Zoë, <Ärger>", Mail: "zoe@example.com"},
		Subject: "Smith & <Sons>: Ihrem Konto wurde ein Authenticator hinzugefügt – „heute“",
		Text:    secret.New("Guten Tag,\n\n.\nEine Zeile.\nhttps://mfa.example.com/not-me#0abc=\n" + strings.Repeat("ä", 1500)),
		HTML:    secret.New("<p>Guten Tag, Smith &amp; &lt;Sons&gt;</p>"),
	}
}

func folder(t *testing.T) (string, *mailfile.Folder) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "made", "on demand")
	f, err := mailfile.New(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	return dir, f
}

// read parses a file with the standard library, not with what wrote it.
func read(t *testing.T, path string) (*mail.Message, map[string]string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if strings.ContainsAny(line, "\r\n") || len(line) > 998 {
			t.Fatalf("RFC 5322 section 2.1.1: %q", line)
		}
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s: %v", kind, err)
	}
	parts := map[string]string{}
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return msg, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("encoded as %v", p.Header)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		parts[p.Header.Get("Content-Type")] = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
}

func TestAMailSurvivesTheFile(t *testing.T) {
	dir, f := folder(t)
	e := sample()
	if err := f.Send(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	msg, parts := read(t, filepath.Join(dir, "20261201T163005.123Z-"+e.ID.String()+".eml"))

	decoder := mime.WordDecoder{}
	if got, err := decoder.DecodeHeader(msg.Header.Get("Subject")); err != nil || got != e.Subject {
		t.Errorf("subject %q: %v", got, err)
	}
	for header, want := range map[string]notify.Address{"From": from, "To": e.To} {
		got, err := msg.Header.AddressList(header)
		if err != nil || len(got) != 1 || got[0].Name != want.Name || got[0].Address != want.Mail {
			t.Errorf("%s %v: %v", header, got, err)
		}
	}
	if date, err := msg.Header.Date(); err != nil || !date.Equal(at.Truncate(time.Second)) {
		t.Errorf("date %v: %v", date, err)
	}
	for header, want := range map[string]string{
		"Message-Id": "<" + e.ID.String() + "@mfa.example.com>", "Auto-Submitted": "auto-generated",
		"Content-Language": "de", "Mime-Version": "1.0", "User-Agent": "", "X-Mailer": "",
	} {
		if got := msg.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got := parts["text/plain; charset=UTF-8"]; got != e.Text.Reveal() {
		t.Errorf("text:\n%q\nwant\n%q", got, e.Text.Reveal())
	}
	if got := parts["text/html; charset=UTF-8"]; got != e.HTML.Reveal() {
		t.Errorf("html: %q", got)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	dir, f := folder(t)
	if err := f.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, mailfile.Name(sample())): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// TestSentTwiceArrivesOnce: a process that dies between sending and noting it
// sends the message again.
func TestSentTwiceArrivesOnce(t *testing.T) {
	dir, f := folder(t)
	for range 2 {
		if err := f.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir) // names with a dot too
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestNamesSortByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) notify.Envelope {
			i := id.ID(rapid.Int64Range(1, 1<<62).Draw(t, label))
			return notify.Envelope{ID: i, At: i.Time()}
		}
		a, b := draw("a"), draw("b")
		if a.At.Year() > 9999 || b.At.Year() > 9999 {
			return
		}
		if (a.ID < b.ID) != (mailfile.Name(a) < mailfile.Name(b)) {
			t.Fatalf("%s and %s", mailfile.Name(a), mailfile.Name(b))
		}
	})
}

func TestRefusals(t *testing.T) {
	dir, f := folder(t)
	for name, change := range map[string]func(*notify.Envelope){
		"address": func(e *notify.Envelope) { e.To.Mail = "zoe@example.com\r\nBcc: bob@example.com" },
		"name":    func(e *notify.Envelope) { e.To.Name = "Zoe\r\nBcc: bob@example.com" },
		"subject": func(e *notify.Envelope) { e.Subject = "hello\r\n\r\nbody" },
	} {
		e := sample()
		change(&e)
		if err := f.Send(t.Context(), e); !notify.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := mailfile.New(t.TempDir(), notify.Address{Mail: "nobody"}); err == nil {
		t.Error("a sender without an address")
	}
}

// TestAFolderThatIsGone is a temporary trouble: it may come back.
func TestAFolderThatIsGone(t *testing.T) {
	dir, f := folder(t)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Send(t.Context(), sample()); err == nil || notify.IsPermanent(err) {
		t.Errorf("%v", err)
	}
}
