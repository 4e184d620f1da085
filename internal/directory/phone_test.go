package directory_test

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/directory"
)

func TestParsePhone(t *testing.T) {
	for _, tc := range []struct{ typed, region, want string }{
		{"", "DE", ""},
		{"+49 171 5550123", "", "+491715550123"},
		{"+49 (0)171 / 555-0123", "", "+491715550123"},
		{"+490171 5550123", "", "+491715550123"},
		{"0171 5550123", "DE", "+491715550123"},
		{"0049 171 5550123", "DE", "+491715550123"},
		{"011 49 171 5550123", "US", "+491715550123"},
		{"(212) 555-0123", "US", "+12125550123"},
		{"+1 212 555 0123", "DE", "+12125550123"},
		{"+358 40 5550123", "", "+358405550123"},
		{"+39 06 698 55501", "", "+390669855501"}, // Italy keeps its zero
		{"\u00a0+49\u2011171\u20115550123 ", "", "+491715550123"},
	} {
		got, err := directory.ParsePhone(tc.typed, tc.region)
		if err != nil || got != tc.want {
			t.Errorf("%q in %q is %q, %v; want %q", tc.typed, tc.region, got, err, tc.want)
		}
	}
	for _, typed := range []string{
		"0171 5550123", "extension 5", "+49", "+49 171 5550123 ext. 5", "+", "++49", "call me", "+49 171",
		"+4917155501231234567", "\x00+49", "+49171555" + string(make([]byte, 80)),
	} {
		if got, err := directory.ParsePhone(typed, ""); err == nil {
			t.Errorf("%q is %q", typed, got)
		}
	}
}

// TestParsePhoneIsStable: what comes out is E.164, and comes out again.
func TestParsePhoneIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`\+?[0-9 ()/.-]{0,20}`).Draw(t, "typed")
		number, err := directory.ParsePhone(typed, "DE")
		if err != nil || number == "" {
			return
		}
		if len(number) > 16 || number[0] != '+' {
			t.Fatalf("%q became %q", typed, number)
		}
		again, err := directory.ParsePhone(number, "US")
		if err != nil || again != number {
			t.Fatalf("%q became %q, and that %q (%v)", typed, number, again, err)
		}
	})
}
