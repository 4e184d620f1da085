package text

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestForChoosesTheBestLanguage(t *testing.T) {
	for _, c := range []struct {
		preferences []string
		want        string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"de"}, "de"},
		{[]string{"de-AT"}, "de"},
		{[]string{"de-CH-1996, en;q=0.5"}, "de"},
		{[]string{"fr, de;q=0.8, en;q=0.5"}, "de"},
		{[]string{"fr-CA"}, "en"},
		{[]string{"en", "de"}, "en"},
		{[]string{"", "de-DE,de;q=0.9,en;q=0.1"}, "de"},
		{[]string{"not a language tag!!", "de"}, "de"},
		{[]string{strings.Repeat("x-", 5000)}, "en"},
	} {
		if got := Default().For(c.preferences...).Lang(); got != c.want {
			t.Errorf("For(%.60q) = %s, want %s", c.preferences, got, c.want)
		}
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	for lang, want := range map[string][3]string{
		"en": {"0 days", "1 day", "12,000 days"},
		"de": {"0 Tage", "1 Tag", "12.000 Tage"},
	} {
		p := Default().For(lang)
		for i, n := range []int{0, 1, 12000} {
			if got := p.T("date.span_days", "Count", n); got != want[i] {
				t.Errorf("%s: %d days = %q, want %q", lang, n, got, want[i])
			}
		}
	}
}

func TestWhatCannotBeSaidShowsItsKey(t *testing.T) {
	p := Default().For("de")
	for name, said := range map[string]string{
		"unknown key":      p.T("no.such.key"),
		"missing argument": p.T("date.until"),
		"odd arguments":    p.T("date.until", "Moment"),
		"nameless":         p.T("date.until", 1, "x"),
	} {
		if !strings.HasPrefix(said, "[") || !strings.HasSuffix(said, "]") {
			t.Errorf("%s: %q", name, said)
		}
	}
	if p.Has("no.such.key") || !p.Has("date.until") {
		t.Error("Has is wrong about a known or an unknown key")
	}
}

func TestMomentsAreSaidAsPeopleDo(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 3, 9, 30, 0, 0, berlin)
	for _, c := range []struct {
		at     time.Time
		en, de string
	}{
		{
			time.Date(2026, 12, 11, 17, 0, 0, 0, berlin),
			"until Friday, 11 December, 17:00 CET", "bis Freitag, 11. Dezember, 17:00 Uhr MEZ",
		},
		{
			time.Date(2027, 1, 1, 8, 5, 0, 0, berlin),
			"until Friday, 1 January 2027, 08:05 CET", "bis Freitag, 1. Januar 2027, 08:05 Uhr MEZ",
		},
		{now.Add(time.Hour), "until today, 10:30 CET", "bis heute, 10:30 Uhr MEZ"},
		{now.Add(day), "until tomorrow, 09:30 CET", "bis morgen, 09:30 Uhr MEZ"},
		{now.Add(-day), "until yesterday, 09:30 CET", "bis gestern, 09:30 Uhr MEZ"},
		// 23:30 UTC is already tomorrow in Berlin.
		{time.Date(2026, 12, 3, 23, 30, 0, 0, time.UTC), "until tomorrow, 00:30 CET", "bis morgen, 00:30 Uhr MEZ"},
	} {
		if got := Default().For("en").Until(c.at, now.UTC(), berlin); got != c.en {
			t.Errorf("en: %q, want %q", got, c.en)
		}
		if got := Default().For("de").Until(c.at, now.UTC(), berlin); got != c.de {
			t.Errorf("de: %q, want %q", got, c.de)
		}
	}
}

func TestTheNightClocksChangeIsStillOneDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 24, 23, 30, 0, 0, berlin) // 25 hours follow
	for hour, want := range map[int]string{1: "tomorrow, 01:00", 23: "tomorrow, 23:00"} {
		if got := Default().For("en").Moment(time.Date(2026, 10, 25, hour, 0, 0, 0, berlin), now, berlin); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTimeLeftCountsBegunDays, as the console does; hours and minutes are whole
// ones.
func TestTimeLeftCountsBegunDays(t *testing.T) {
	now := time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		9*day + 23*time.Hour:       "10 days left",
		7*day - time.Second:        "7 days left",
		7 * day:                    "7 days left",
		2 * day:                    "2 days left",
		2*day - time.Second:        "47 hours left",
		2*time.Hour - time.Second:  "119 minutes left",
		time.Minute:                "1 minute left",
		time.Second:                "1 second left",
		-time.Hour:                 "0 seconds left",
		100*day + 30*time.Minute:   "101 days left",
		59*time.Second + 999999999: "59 seconds left",
	} {
		if got := Default().For("en").Left(now.Add(left), now); got != want {
			t.Errorf("%v: %q, want %q", left, got, want)
		}
	}
	if got := Default().For("de").Ago(now.Add(-3*day), now); got != "vor 3 Tagen" {
		t.Errorf("de: %q", got)
	}
	if got := Default().For("en").Ago(now.Add(time.Minute), now); got != "just now" {
		t.Errorf("a moment to come: %q", got)
	}
}

func TestListsAndNumbers(t *testing.T) {
	en, de := Default().For("en"), Default().For("de")
	for want, got := range map[string]string{
		"":           en.List(nil),
		"a":          en.List([]string{"a"}),
		"a and b":    en.List([]string{"a", "b"}),
		"a, b und c": de.List([]string{"a", "b", "c"}),
		"100,000":    en.Number(100000),
		"-1.234.567": de.Number(-1234567),
		"999":        de.Number(999),
		"87%":        en.Percent(0.871),
		"87 %":       de.Percent(0.871),
		"0%":         en.Percent(0),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPromptIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		`Smith & <Sons>`:                    "Smith + (Sons)",
		"two\r\nlines\tand\x00\x1b[31m nul": "two lines and [31m nul",
		`say "hello"`:                       "say 'hello'",
		"Grüße, Zoë":                        "Grüße, Zoë",
		"evil\u202etxt.exe\u200b\u2028":     "eviltxt.exe",
		"broken \xff utf-8":                 "broken \uFFFD utf-8",
	} {
		if got := Prompt(in); got != want {
			t.Errorf("Prompt(%q) = %q, want %q", in, got, want)
		}
	}
	if got := PromptName("Smith & <Sons> International Holding", 14); got != "Smith + (Sons…" {
		t.Errorf("PromptName: %q", got)
	}
}

func TestPromptHoldsItsPromiseForEveryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(
			rapid.String(),
			rapid.StringN(250, 400, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		).Draw(t, "text")
		checkHarmless(t, Prompt(in))
		n := rapid.IntRange(2, 60).Draw(t, "columns")
		name := PromptName(in, n)
		checkHarmless(t, name)
		if utf8.RuneCountInString(name) > n {
			t.Errorf("name of %d characters, limit %d", utf8.RuneCountInString(name), n)
		}
	})
}

func FuzzPrompt(f *testing.F) {
	f.Add(`Smith & <Sons>`)
	f.Add("\x00\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) { checkHarmless(t, Prompt(s)) })
}

func checkHarmless(t interface{ Errorf(string, ...any) }, got string) {
	if len(got) > PromptBytes {
		t.Errorf("%d bytes", len(got))
	}
	if !utf8.ValidString(got) {
		t.Errorf("not UTF-8: %q", got)
	}
	if strings.ContainsAny(got, `&<>"`) || strings.ContainsFunc(got, unicode.IsControl) {
		t.Errorf("harmful: %q", got)
	}
}

// longest stands for the longest value each argument of a RADIUS text may
// have if the text is to stay on one line of a VPN client's form.
var longest = Args{
	"Brand":   PromptName("Smith & <Sons> International Holding", 16),
	"Address": "mfa.example-corp.com/e",
	"Code":    "K7MP-Q2XR",
	"Left":    "119 minutes left",
}

func TestRadiusTextsFitOneLine(t *testing.T) {
	for _, lang := range spoken {
		p := Default().For(lang.Tag)
		for key := range messagesOf(t, lang.Tag) {
			if !strings.HasPrefix(string(key), "radius.") {
				continue
			}
			said := p.T(key, longest)
			if Prompt(said) != said {
				t.Errorf("%s: %s is changed by Prompt: %q", lang.Tag, key, said)
			}
			if n := utf8.RuneCountInString(said); n > PromptColumns {
				t.Errorf("%s: %s takes %d columns: %q", lang.Tag, key, n, said)
			}
		}
	}
}
