package selfservice_test

import (
	"testing"

	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/store/storetest"
)

// TestTheLanguageOfAVisitIsKept, once, and not in place of one that is set.
func TestTheLanguageOfAVisitIsKept(t *testing.T) {
	s := storetest.New(t)
	service := selfservice.New(selfservice.Config{Store: s})
	for name, tc := range map[string]struct{ set, want string }{"alice": {"", "de"}, "bob": {"en", "en"}} {
		p := storetest.Somebody(name)
		p.Person.Language = tc.set
		person := storetest.Add(t, s, p).Person.ID
		for _, visit := range []string{"de", "en"} {
			if err := service.KeepLanguage(t.Context(), person, visit); err != nil {
				t.Fatal(err)
			}
		}
		if got := storetest.Find(t, s, name).Person.Language; got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestTheTimeZoneOfAVisitIsKept, as the language is.
func TestTheTimeZoneOfAVisitIsKept(t *testing.T) {
	s := storetest.New(t)
	service := selfservice.New(selfservice.Config{Store: s})
	for name, tc := range map[string]struct{ set, want string }{"alice": {"", "America/New_York"}, "bob": {"Europe/Berlin", "Europe/Berlin"}} {
		p := storetest.Somebody(name)
		p.Person.TimeZone = tc.set
		person := storetest.Add(t, s, p).Person.ID
		for _, visit := range []string{"America/New_York", "Asia/Tokyo"} {
			if err := service.KeepTimeZone(t.Context(), person, visit); err != nil {
				t.Fatal(err)
			}
		}
		if got := storetest.Find(t, s, name).Person.TimeZone; got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
