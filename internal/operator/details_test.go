package operator

import (
	"strings"
	"testing"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestCheckPhone(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"  ":                    "",
		"+49 171 5550123":       "+491715550123",
		"+49 (0)171 5550123":    "+491715550123",
		"+1 (212) 555-0100":     "+12125550100",
		"+44.20.7946.0000":      "+442079460000",
		"+49\u00a0171\u2011555": "+49171555",
	} {
		got, err := checkPhone(in)
		if err != nil || got != want {
			t.Errorf("checkPhone(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"0171 5550123", "0049 171 5550123", "+", "+123456", "+1234567890123456",
		"+0123456789", "+49 171 x", "+49 171 ٣٤٥", "alice", "+49 171 555\x00", "++49171555012",
	} {
		if got, err := checkPhone(in); err == nil {
			t.Errorf("checkPhone(%q) = %q, want an error", in, got)
		}
	}
}

func TestCheckEmail(t *testing.T) {
	for _, in := range []string{"", "alice@example.com", " alice@example.com ", "a.b+c@mail.example.com", "älice@example.com"} {
		if got, err := checkEmail(in); err != nil || got != strings.TrimSpace(in) {
			t.Errorf("checkEmail(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"alice", "alice@", "@example.com", "Alice <alice@example.com>", "alice@example.com, bob@example.com",
		"alice@example.com\nBcc: bob@example.com", strings.Repeat("a", 250) + "@example.com", "a b@example.com",
	} {
		if _, err := checkEmail(in); problem.KindOf(err) != problem.Invalid {
			t.Errorf("checkEmail(%q): %v, want a refusal", in, err)
		}
	}
}

func TestDetailsCheck(t *testing.T) {
	got, err := Details{DisplayName: " Alice ", Language: "de-at", TimeZone: " Europe/Berlin ", Groups: []string{"vpn", "", " vpn ", "staff"}}.check()
	if err != nil || got.DisplayName != "Alice" || got.Language != "de-AT" || got.TimeZone != "Europe/Berlin" || strings.Join(got.Groups, ",") != "vpn,staff" {
		t.Errorf("check() = %+v, %v", got, err)
	}
	for name, d := range map[string]Details{
		"display name with a line break": {DisplayName: "Alice\nBob"},
		"display name that is no text":   {DisplayName: "Al\xff"},
		"long display name":              {DisplayName: strings.Repeat("x", 257)},
		"language":                       {Language: "klingon language"},
		"time zone on a path":            {TimeZone: "../Europe/Berlin"},
		"time zone of this machine":      {TimeZone: "Local"},
		"long time zone":                 {TimeZone: strings.Repeat("A", 300)},
		"group with a semicolon":         {Groups: []string{"a;b"}},
		"long group":                     {Groups: []string{strings.Repeat("g", 129)}},
		"many groups":                    {Groups: strings.Fields(numbers(501))},
	} {
		if _, err := d.check(); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(count(i) + " ")
	}
	return b.String()
}

func TestCheckPassword(t *testing.T) {
	for _, ok := range []string{"correct horse", "12345678", "åäöåäöåä", strings.Repeat("ab", 512), "alice and bob"} {
		if err := CheckPassword(secret.New(ok), "alice"); err != nil {
			t.Errorf("a password of %d octets was refused: %v", len(ok), err)
		}
	}
	for name, bad := range map[string]string{
		"empty": "", "short": "1234567", "short in characters": "äöü", "the name": "alice-smith", "the name in capitals": "ALICE-SMITH",
		"one character": "aaaaaaaa", "one long character": "ßßßßßßßß", "too long": strings.Repeat("ab", 512) + "c",
		"NUL": "pass\x00word", "no text": "passw\xffrd12",
	} {
		err := CheckPassword(secret.New(bad), "alice-smith")
		if problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
		if err != nil && bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the refusal repeats the password", name)
		}
	}
}

func TestParseClientAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.0/24": "192.0.2.0/24", " 2001:db8::/48 ": "2001:db8::/48",
		"2001:db8::1": "2001:db8::1/128", "::ffff:192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.0/120": "192.0.2.0/24",
		"0.0.0.0/0": "0.0.0.0/0",
	} {
		got, err := ParseClientAddress(in)
		if err != nil || got.String() != want {
			t.Errorf("ParseClientAddress(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "vpn.example.com", "192.0.2", "192.0.2.0/33", "192.0.2.7/24", "fe80::1%eth0", "fe80::%eth0/64", "192.0.2.0/-1", "192.0.2.0/24/8",
	} {
		if got, err := ParseClientAddress(in); problem.KindOf(err) != problem.Invalid {
			t.Errorf("ParseClientAddress(%q) = %v, %v; want a refusal", in, got, err)
		}
	}
	_, err := ParseClientAddress("192.0.2.7/24")
	if _, hint := problem.Public(err); !strings.Contains(hint, "192.0.2.0/24") || !strings.Contains(hint, "192.0.2.7") {
		t.Errorf("the hint %q names neither of the two that could be meant", hint)
	}
}

func TestUnguard(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "'": "'", "alice": "alice", "'=1+1": "=1+1", "'+49171": "+49171", "'-1": "-1", "'@a": "@a", "'\t=1": "\t=1",
		"'quoted": "'quoted", "''=1": "''=1",
	} {
		if got := unguard(in); got != want {
			t.Errorf("unguard(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	if got, err := checkReason("  lost her phone ", true); err != nil || got != "lost her phone" {
		t.Errorf("checkReason = %q, %v", got, err)
	}
	if _, err := checkReason("", false); err != nil {
		t.Errorf("no reason was needed: %v", err)
	}
	for _, bad := range []string{"", "   ", "two\nlines", "\x1b[31m", strings.Repeat("x", 501), "no text \xff"} {
		if _, err := checkReason(bad, true); problem.KindOf(err) != problem.Invalid {
			t.Errorf("checkReason(%.20q) = %v, want a refusal", bad, err)
		}
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"alice": "alice", "": "an empty name", "a\nb": "a\uFFFDb", "a\x1b[2J": "a\uFFFD[2J", strings.Repeat("é", 70): strings.Repeat("é", 64) + "…",
	} {
		if got := shown(in); got != want {
			t.Errorf("shown(%q) = %q, want %q", in, got, want)
		}
	}
}
