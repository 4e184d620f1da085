package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/muster/internal/notify"
)

type animal struct {
	Name string `json:"name"`
	Legs int    `json:"legs"`
}

var animalColumns = []column[animal]{
	{head: "name", cell: func(a animal) string { return a.Name }},
	{head: "legs", right: true, cell: func(a animal) string { return strings.Repeat("1", a.Legs) }},
}

func TestPrintList(t *testing.T) {
	testCases := []struct {
		name  string
		json  bool
		items []animal
		want  string
	}{
		{"table", false, []animal{{"Bär", 4}, {"", 10}}, "NAME        LEGS\nBär         1111\n-     1111111111\n"},
		{"nothing", false, nil, "no animals\n"},
		{"JSON", true, []animal{{"<Bär>", 4}}, "[\n  {\n    \"name\": \"<Bär>\",\n    \"legs\": 4\n  }\n]\n"},
		{"JSON of nothing", true, nil, "[]\n"},
		{"escape sequences", false, []animal{{"a\x1b[31m\nb", 1}}, "NAME      LEGS\na?[31m?b     1\n"},
	}
	for _, tc := range testCases {
		var b strings.Builder
		if err := printList(&b, tc.json, tc.items, "no animals", animalColumns); err != nil {
			t.Fatal(err)
		}
		if b.String() != tc.want {
			t.Errorf("%s:\n%q\nwant\n%q", tc.name, b.String(), tc.want)
		}
	}
}

// TestListsOfLongNames: a line about a mail has room on a screen of 80
// columns, whatever people are called; what is longer is cut.
func TestListsOfLongNames(t *testing.T) {
	env := &Env{Zone: time.UTC}
	long := strings.Repeat("name", 20)
	mails := []mailJSON{{
		ID: "00qs9k0m2x4t7", User: long, Address: long, State: string(notify.NoAddress), QueuedAt: time.Unix(0, 0),
		Kind: string(notify.AuthenticatorNeeded),
	}}
	var b strings.Builder
	if err := printList(&b, false, mails, "", (&mailList{}).columns(env)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.String(), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(b.String(), long[:17]+"…") {
		t.Errorf("the name is not cut: %s", b.String())
	}
}

func TestProgress(t *testing.T) {
	now := time.Unix(0, 0)
	clock := func() time.Time { return now }

	var log strings.Builder
	p := newProgress(&log, false, clock)
	for i := range int64(31) {
		p.update(i, 30)
		now = now.Add(time.Second)
	}
	p.end()
	if want := "10 of 30\n20 of 30\n30 of 30\n"; log.String() != want {
		t.Errorf("lines: %q, want %q", log.String(), want)
	}

	var screen strings.Builder
	p = newProgress(&screen, true, clock)
	now = now.Add(time.Second)
	p.update(10, 40)
	p.end()
	want := "\r\x1b[K" + strings.Repeat("█", 7) + strings.Repeat("░", 23) + "  25 %  10 of 40, 3s left\r\x1b[K"
	if screen.String() != want {
		t.Errorf("bar: %q, want %q", screen.String(), want)
	}

	screen.Reset()
	newProgress(&screen, true, clock).update(1, 2)
	if screen.Len() != 0 {
		t.Errorf("work that is done at once shows %q", screen.String())
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2025, 12, 31, 12, 0, 0, 0, time.UTC)
	zone := time.FixedZone("", 3600)
	for s, want := range map[string]time.Time{
		"":                     {},
		"90m":                  now.Add(-90 * time.Minute),
		"2d":                   now.Add(-48 * time.Hour),
		"2025-12-01":           time.Date(2025, 12, 1, 0, 0, 0, 0, zone),
		"2025-12-01T10:00:00Z": time.Date(2025, 12, 1, 10, 0, 0, 0, time.UTC),
	} {
		if got, err := moment(s).at(now, zone); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"-1h", "yesterday", "-2d", "2025-13-01"} {
		if got, err := moment(s).at(now, zone); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}
