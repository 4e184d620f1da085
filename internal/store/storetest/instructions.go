package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/operator"
)

// testInstructions: one for each language, written only over what the writer
// has seen, and only what is published is for everybody.
func testInstructions(t *testing.T, d Database) {
	s := d.Open(t)
	later := Start.Add(time.Minute)
	draft := instructions.Entry{Language: "en", Draft: "# Hello", ChangedAt: Start, ChangedBy: "alice"}
	must(t, s.SetInstructions(t.Context(), draft, time.Time{}, Entry("instructions.draft", "en")))
	public, err := s.PublishedInstructions(t.Context())
	must(t, err)
	if len(public) != 0 {
		t.Errorf("a draft is public: %+v", public)
	}

	published := instructions.Entry{
		Language: "en", Draft: "# Hello", Published: "# Hello", ChangedAt: later, ChangedBy: "bob", PublishedAt: later, PublishedBy: "bob",
	}
	for _, was := range []time.Time{{}, Start.Add(time.Second)} {
		if err := s.SetInstructions(t.Context(), published, was, Entry("instructions.publish", "en")); !errors.Is(err, operator.ErrChangedMeanwhile) {
			t.Errorf("over what was not seen: %v", err)
		}
	}
	must(t, s.SetInstructions(t.Context(), published, Start, Entry("instructions.publish", "en")))
	german := instructions.Entry{Language: "de", Draft: "Ünï <&", ChangedAt: Start, ChangedBy: "alice"}
	must(t, s.SetInstructions(t.Context(), german, time.Time{}, Entry("instructions.draft", "de")))

	list, err := s.Instructions(t.Context())
	must(t, err)
	same(t, "instructions", []instructions.Entry{german, published}, list)
	public, err = s.PublishedInstructions(t.Context())
	must(t, err)
	same(t, "published", []instructions.Text{{Language: "en", Source: "# Hello", PublishedAt: later}}, public)
	logged, err := s.FindChanges(t.Context(), operator.ChangeQuery{Action: "instructions.publish"})
	must(t, err)
	if len(logged) != 1 {
		t.Errorf("the log has %d of one that was published", len(logged))
	}

	back := draft
	back.ChangedAt = later.Add(time.Minute)
	must(t, s.SetInstructions(t.Context(), back, later, Entry("instructions.unpublish", "en")))
	if public, err = s.PublishedInstructions(t.Context()); err != nil || len(public) != 0 {
		t.Errorf("%+v, %v", public, err)
	}
}
