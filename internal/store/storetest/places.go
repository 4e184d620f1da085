package storetest

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testPlaces: what is required at a client, a bypass for it, and what an undo
// brings back, are for the client and not for its name of the day.
func testPlaces(t *testing.T, d Database) {
	s := d.Open(t)
	client := Filled[policy.Client](t)
	client.Browser, client.Name = false, `v"pn`
	must(t, s.AddRADIUSClient(t.Context(), client, Entry("radius-client.add", client.Name)))
	alice, bob := Add(t, s, Somebody("alice")), Add(t, s, Somebody("bob"))
	p := starting("")
	p.Place = client.Name
	must(t, s.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	_, err := s.AddToPeriod(t.Context(), []operator.NewDuty{{Person: alice.Person.ID, Requirement: p.For(Start)}})
	must(t, err)
	rename := func(name string) error {
		c := client
		c.Name = name
		return s.SetRADIUSClient(t.Context(), c, Entry("radius-client.set", client.Name))
	}
	if err := rename("vpn-2"); !errors.Is(err, operator.ErrStarting) {
		t.Fatalf("renamed while a period begins there: %v", err)
	}
	must(t, s.RunPeriod(t.Context(), p.ID, Start, Entry("period.start", "")))
	grant := policy.Requirement{Period: NextID(), Own: true, Duty: policy.Bypass, Place: client.Name, Since: Start, Due: Start.Add(time.Hour)}
	must(t, s.Amend(t.Context(), operator.Amendment{
		Person: bob.Person.ID, Version: bob.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: grant}}, Log: Entry("bypass.grant", "bob"),
	}))
	act := placesAct(t, s, Find(t, s, "alice"))
	before := map[string]*authn.Record{"alice": Find(t, s, "alice"), "bob": Find(t, s, "bob")}
	must(t, rename("vpn-2"))
	for name, was := range before {
		for _, fresh := range []bool{false, true} {
			r, _, err := s.Person(t.Context(), name, fresh)
			must(t, err)
			if len(r.Requirements) != 1 || r.Requirements[0].Place != "vpn-2" {
				t.Errorf("of %s is required %+v", name, r.Requirements)
			}
		}
		if err := s.Commit(t.Context(), Allowed(was, 1)); !errors.Is(err, authn.ErrConflict) {
			t.Errorf("a decision about %s from before was written: %v", name, err)
		}
	}
	periods, err := s.Periods(t.Context())
	must(t, err)
	if periods[0].Place != "vpn-2" {
		t.Errorf("the period counts at %q", periods[0].Place)
	}
	members, err := s.BulkMembers(t.Context(), operator.BulkQuery{Bulk: act, Outcome: operator.OutcomeDone, Limit: 10})
	must(t, err)
	for _, list := range [][]policy.Requirement{members[0].Before, members[0].After} {
		if len(list) != 1 || list[0].Place != "vpn-2" {
			t.Errorf("an undo goes by %+v", list)
		}
	}
	client.Name = "vpn-2"
	remove := func() error {
		return s.RemoveRADIUSClient(t.Context(), client, Entry("radius-client.remove", client.Name))
	}
	if err := remove(); !errors.Is(err, operator.ErrStillRequired) {
		t.Fatalf("removed although something counts there: %v", err)
	}
	must(t, ending(t, s, operator.Bulk{Action: operator.ActEnd, Rules: []operator.BulkRule{{Period: p.ID, Ends: true}}}))
	must(t, remove())
	for name := range before {
		for _, fresh := range []bool{false, true} {
			r, _, err := s.Person(t.Context(), name, fresh)
			must(t, err)
			for _, left := range r.Requirements {
				if left.At(Start) != policy.StandNone || left.Duty == policy.Bypass {
					t.Errorf("of %s is left %+v", name, left)
				}
			}
		}
	}
}

// placesAct writes down an act that changed what is required of somebody.
func placesAct(t *testing.T, s *store.Store, r *authn.Record) id.ID {
	t.Helper()
	b := operator.Bulk{ID: NextID(), Action: "extend", Chosen: "alice", State: operator.BulkChoosing, OrderedAt: Start}
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "here", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	must(t, s.ChooseBulk(t.Context(), b.Hold, []operator.BulkMember{{Person: r.Person.ID, Username: "alice"}}))
	must(t, s.RunBulk(t.Context(), b, Entry("extend", "alice")))
	later := r.Requirements[0]
	later.Due = later.Due.Add(time.Hour)
	outcomes, err := s.StepBulk(t.Context(), b.Hold, operator.BulkStep{Amendments: []operator.Amendment{{
		Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: later}},
	}}})
	must(t, err)
	must(t, outcomes[0])
	return b.ID
}
