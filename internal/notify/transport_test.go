package notify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/notify"
)

func TestValidAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"alice@example.com":                  true,
		"alice.o'neil+vpn@mail.example.com":  true,
		"アリス@example.com":                    true, // RFC 6531
		"":                                   false,
		"alice":                              false,
		"alice@":                             false,
		"Alice <alice@example.com>":          false,
		"<alice@example.com>":                false,
		"alice@example.com, bob@example.com": false,
		"alice@example.com\r\nBcc: bob@example.co": false,
		"alice@example.com\n":                      false,
		"alice\x00@example.com":                    false,
		"alice @example.com":                       false,
		`"alice b"@example.com`:                    false,
		strings.Repeat("a", 250) + "@example.com":  false,
	} {
		if got := notify.ValidAddress(address); got != want {
			t.Errorf("ValidAddress(%q) = %v", address, got)
		}
	}
}

func TestCheckRefusesLineBreaks(t *testing.T) {
	good := notify.Envelope{Subject: "s", To: notify.Address{Name: "Alice", Mail: "alice@example.com"}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, breaker := range []string{"\r", "\n", "\r\n", "\x00", "\x0b", "\x85", "\u2028", "\u2029", "\xff"} {
		for name, change := range map[string]func(*notify.Envelope){
			"subject": func(e *notify.Envelope) { e.Subject += breaker + "Bcc: bob@example.com" },
			"name":    func(e *notify.Envelope) { e.To.Name += breaker + "Bcc: bob@example.com" },
			"address": func(e *notify.Envelope) { e.To.Mail += breaker + "Bcc: bob@example.com" },
		} {
			e := good
			change(&e)
			if err := e.Check(); !notify.IsPermanent(err) {
				t.Errorf("%s with %q: %v", name, breaker, err)
			}
		}
	}
}

// FuzzValidAddress: what is taken for an address is one line, and stands by
// itself.
func FuzzValidAddress(f *testing.F) {
	f.Add("alice@example.com")
	f.Add("Alice <alice@example.com>")
	f.Add("alice@example.com\r\nBcc: bob@example.com")
	f.Fuzz(func(t *testing.T, s string) {
		if notify.ValidAddress(s) && (strings.ContainsAny(s, "\r\n\x00<>,; ") || strings.Count(s, "@") == 0 || len(s) > 254) {
			t.Errorf("%q", s)
		}
	})
}

func TestPermanent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cause := errors.New(rapid.String().Draw(t, "text"))
		err := notify.Permanent(cause)
		for range rapid.IntRange(0, 3).Draw(t, "wrapped") {
			err = fmt.Errorf("further out: %w", err)
		}
		if !notify.IsPermanent(err) || !errors.Is(err, cause) || notify.IsPermanent(cause) {
			t.Fatal("a permanent error is not told from another")
		}
	})
	if notify.Permanent(nil) != nil || notify.IsPermanent(nil) {
		t.Error("no error is no permanent error")
	}
	if err := (notify.Off{}).Send(t.Context(), notify.Envelope{}); !notify.IsPermanent(err) {
		t.Errorf("without mail: %v", err)
	}
}
