package radius

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
)

// A VPN client puts the text into a form: whatever the company is called, and
// in every language, it is short, and it is not markup.
func TestTextsFitAVPNClientsForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brand := rapid.OneOf(rapid.String(), rapid.Just("Smith & <Sons>"), rapid.StringN(200, 300, -1)).Draw(t, "brand")
		now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
		said := newTexts(brand, "mfa.example-corp.com/e", "help desk, +49 30 1234567", func() time.Time { return now })
		left := time.Duration(rapid.Int64Range(0, int64(90*24*time.Hour)).Draw(t, "left"))
		invite := &authn.Invite{Code: secret.New("K7MPQ2XR"), Until: now.Add(10 * time.Minute), Due: now.Add(left)}
		invite.TimesLeft = rapid.IntRange(0, 99).Draw(t, "times")
		invite.MayPostpone = rapid.Bool().Draw(t, "may postpone")
		invite.UsedUp = !invite.MayPostpone
		language := rapid.SampledFrom([]string{"", "en", "de", "de-AT", "fr", "nonsense!"}).Draw(t, "language")
		for _, m := range []authn.Message{authn.MessageRefused, authn.MessageAskCode, authn.MessageWrongCode, authn.MessageEnroll, authn.MessagePostpone, authn.MessageGoOn, authn.MessageGoOnHelp, authn.MessageExpired, authn.MessageNeedsLink} {
			got := said.say(m, language, invite)
			if len(got) > text.PromptBytes || strings.ContainsAny(got, "&<>\"\n\x00") || strings.Contains(got, "[radius.") || !utf8.ValidString(got) || got == "" {
				t.Fatalf("%s in %q: %q", m, language, got)
			}
			if columns := utf8.RuneCountInString(got); columns > text.PromptColumns {
				t.Fatalf("%s in %q has %d columns: %q", m, language, columns, got)
			}
		}
		if got := said.say(authn.MessageNone, language, nil); got != "" {
			t.Fatalf("no message is said as %q", got)
		}
	})
}

// Whom to ask may be said at any length: the text stays one line.
func TestTheEndOfAPeriodNamesWhoHelps(t *testing.T) {
	long := strings.Repeat("Zimmer 12 & Telefon 34 öffentlich, ", 20)
	for _, tc := range []struct{ help, language, says string }{
		{"", "en", "Your time to set up is over. Ask your help desk."},
		{"call 4711", "en", "Your time to set up is over. Help: call 4711"},
		{"4711 anrufen", "de-AT", "Ihre Zeit zum Einrichten ist um. Hilfe: 4711 anrufen"},
		{long, "de", "Ihre Zeit zum Einrichten ist um. Hilfe: Zimmer 12 + Telefon 34 öffentlich, Zimm…"},
	} {
		said := newTexts("Example", "mfa.example.com/e", tc.help, time.Now)
		got := said.say(authn.MessageExpired, tc.language, nil)
		if got != tc.says || utf8.RuneCountInString(got) > text.PromptColumns || len(got) > text.PromptBytes {
			t.Errorf("%q in %q: %q", tc.help, tc.language, got)
		}
		if got := said.say(authn.MessageNeedsLink, tc.language, nil); utf8.RuneCountInString(got) > text.PromptColumns || strings.Contains(got, "{{") {
			t.Errorf("%q in %q: %q", tc.help, tc.language, got)
		}
	}
}
