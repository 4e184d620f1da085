package storetest

import (
	"errors"
	"testing"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// testMailTold: whoever sends messages is told of those that are durable, and
// of nothing else.
func testMailTold(t *testing.T, d Database) {
	told := 0
	s := d.Open(t, func(o *store.Options) { o.MailQueued = func() { told++ } })
	want := func(n int, after string) {
		t.Helper()
		if told != n {
			t.Errorf("after %s: told %d times, want %d", after, told, n)
		}
	}
	alice := Add(t, s, Somebody("alice"))
	want(0, "an act without a message")
	act := operator.Amendment{
		Person: alice.Person.ID, Version: alice.Standing.Version, Log: Entry("user.unlock", "alice"),
		Mail: []notify.Message{{ID: NextID(), Kind: notify.FactorAdded, Person: alice.Person.ID}},
	}
	must(t, s.Amend(t.Context(), act))
	want(1, "an act with one")
	act.Mail[0].ID = NextID()
	if err := s.Amend(t.Context(), act); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("the same act again: %v", err)
	}
	want(1, "an act that was refused")
}
