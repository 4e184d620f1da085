package directory_test

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
)

func TestRevisionTellsSettingsApart(t *testing.T) {
	plain := directory.Source{ID: 1, Name: "corp", Servers: []string{"ldaps://a", "ldaps://b"}, Password: []byte{1}}
	again := directory.Source{ID: 1, Name: "corp", Servers: []string{"ldaps://a", "ldaps://b"}, Password: []byte{1}}
	if plain.Revision() != again.Revision() {
		t.Error("the same settings have two revisions")
	}
	seen := map[string]bool{plain.Revision(): true}
	for what, change := range map[string]func(*directory.Source){
		"servers":    func(s *directory.Source) { s.Servers = []string{"ldaps://a ldaps://b"} },
		"password":   func(s *directory.Source) { s.Password = []byte{2} },
		"CA":         func(s *directory.Source) { s.CA = "other" },
		"attributes": func(s *directory.Source) { s.Attributes.Mobile = "pager" },
		"created":    func(s *directory.Source) { s.CreatedAt = time.Unix(1, 0).UTC() },
	} {
		other := plain
		change(&other)
		if seen[other.Revision()] {
			t.Errorf("another %s, the same revision", what)
		}
		seen[other.Revision()] = true
	}
	learned := plain
	if learned.Learned = []string{"lab"}; learned.Revision() != plain.Revision() {
		t.Error("what is learned is a setting")
	}
	one, two := directory.Item{ID: 1, Interval: time.Hour}, directory.Item{ID: 1, Interval: time.Minute}
	if one.Revision() == two.Revision() {
		t.Error("two items have one revision")
	}
}
