package operator_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
)

// TestNotMeOutlivesTheFactor: whoever adds an authenticator in somebody's name,
// and removes it, has not disarmed the button in the mails about it.
func TestNotMeOutlivesTheFactor(t *testing.T) {
	o := newOffice(t)
	p := o.add("alice", "")
	strange := o.secondAuthenticator("alice")
	added := o.desk.FactorAdded(strange, audit.Actor{Source: "192.0.2.66"})
	if err := o.RemoveFactor(t.Context(), local, "alice", strange.ID, operator.Why{Reason: "why"}); err != nil {
		t.Fatal(err)
	}
	o.told(map[string]int{"factor-removed alice": 1})
	press := func(token string) bool {
		t.Helper()
		ok, err := o.desk.NotMe(t.Context(), secret.New(token), audit.Actor{Source: "192.0.2.7"})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	token := added.Data["token"]
	forged := o.record("alice").Person.ID.String() + strange.ID.String() + token[26:]
	for _, wrong := range []string{"", "short", token[:len(token)-1], token + "a", forged, token[13:26] + token[:13] + token[26:]} {
		if press(wrong) {
			t.Errorf("%q works", wrong)
		}
	}
	if o.record("alice").Factors[0].Suspended {
		t.Fatal("a guess stops everything")
	}
	o.now = o.now.Add(enrollment.NotMeFor - time.Hour)
	if !press(token) {
		t.Error("the button is dead with its factor")
	}
	for _, f := range o.record("alice").Factors {
		if !f.Suspended {
			t.Errorf("%s still signs in", f.Kind)
		}
	}
	o.now = o.now.Add(time.Minute)
	removed := o.desk.Disputable(notify.Message{ID: o.IDs.Next(o.now), Person: p.ID, Kind: notify.FactorRemoved, Data: map[string]string{}})
	if !press(removed.Data["token"]) {
		t.Error("the button of a removal does not work")
	}
	o.now = o.now.Add(2 * time.Hour)
	if press(token) {
		t.Error("the button works for longer than it says")
	}
}

// TestNotMeIsToldOnce: whoever keeps the mail, or sends its page again, neither
// floods the help desk nor undoes what it has made since.
func TestNotMeIsToldOnce(t *testing.T) {
	o := newOffice(t)
	o.add("boss", directory.Administrator)
	alice := o.add("alice", directory.NoRole)
	mailed := func() string {
		m := o.desk.Disputable(notify.Message{ID: o.IDs.Next(o.now), Person: alice.ID, Kind: notify.FactorAdded, Data: map[string]string{}})
		o.now = o.now.Add(time.Minute)
		return m.Data["token"]
	}
	press := func(token string, already bool) {
		t.Helper()
		changes, mails := o.lastChange(), o.mails()
		ok, err := o.desk.NotMe(t.Context(), secret.New(token), audit.Actor{Source: "192.0.2.7"})
		if ok == already || errors.Is(err, enrollment.ErrStoppedAlready) != already || err != nil && !already {
			t.Errorf("already is %t, said: %t, %v", already, ok, err)
		}
		if already && (o.lastChange() != changes || !maps.Equal(o.mails(), mails)) {
			t.Errorf("it is told again: %+v, %v", o.lastChange(), o.mails())
		}
		o.now = o.now.Add(time.Minute)
	}
	first, second := mailed(), mailed()
	press(first, false)
	o.told(map[string]int{"factors-paused boss": 1})
	press(first, true)
	press(second, true) // what it tells of was stopped together with the rest

	if err := o.RestoreFactors(t.Context(), local, "alice", "it was her"); err != nil {
		t.Fatal(err)
	}
	press(first, false) // it was not: the very authenticator signs in again
	o.told(map[string]int{"factors-paused boss": 2})

	if err := o.ResetUser(t.Context(), local, "alice", operator.Why{Reason: "spoke with her"}); err != nil {
		t.Fatal(err)
	}
	link, err := o.EnrollLink(t.Context(), local, "alice", operator.LinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		press(first, true)
	}
	if inv, _, err := o.desk.Look(t.Context(), link.Code); inv == nil || err != nil {
		t.Errorf("the link of the help desk is void: %v", err)
	}
	o.enrollsByLink("alice")
	third := mailed()
	press(second, true)
	if o.record("alice").Factors[0].Suspended {
		t.Error("an old mail stops the new authenticator")
	}
	press(third, false)
	press(third, true)
	o.told(map[string]int{"factors-paused boss": 3})
}

// secondAuthenticator gives somebody one more.
func (o *office) secondAuthenticator(name string) factor.Factor {
	o.t.Helper()
	r := o.record(name)
	f := r.Factors[0]
	f.ID, f.Label, f.CreatedAt = o.IDs.Next(o.now), "strange", o.now
	f.Sealed = o.keys.Seal(nil, factor.SecretPlace(f.ID), []byte("key"))
	err := o.store.Amend(o.t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, AddFactors: []factor.Factor{f}, Log: o.entry(),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return f
}
