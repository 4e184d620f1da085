package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// testBulk: an act is done by whoever holds it, for each once.
func testBulk(t *testing.T, d Database) {
	s := d.Open(t)
	b := operator.Bulk{
		ID: NextID(), Action: "period.extend", Chosen: "a list", By: audit.Actor{Name: "root", Via: "console"}, Reason: "why",
		Factor: policy.WantTOTP, Length: time.Hour, OrderedAt: Start, State: operator.BulkChoosing,
	}
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	var members []operator.BulkMember
	var turns []operator.Amendment
	put := policy.Requirement{Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: Start, Due: Start.Add(time.Hour), PostponeLeft: -1}
	for i := range 5 {
		r := Add(t, s, Somebody(fmt.Sprintf("user%d", i)))
		members = append(members, operator.BulkMember{Person: r.Person.ID, Username: r.Person.Username})
		turns = append(turns, operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: put}}})
	}
	turns[3].Version--
	nobody := operator.BulkMember{Person: -1, Username: "ghost", Outcome: operator.OutcomeFailed, Refusal: operator.RefusedGone, Said: "no such user"}
	must(t, s.ChooseBulk(t.Context(), b.Hold, append(members, nobody)))
	if _, err := s.StepBulk(t.Context(), b.Hold, operator.BulkStep{Amendments: turns[:1]}); !errors.Is(err, operator.ErrTakenOver) {
		t.Errorf("a step before the beginning: %v", err)
	}
	entry := Entry("period.extend", "a list")
	entry.ID = b.ID
	must(t, s.RunBulk(t.Context(), b, entry))

	outcomes, err := s.StepBulk(t.Context(), b.Hold, operator.BulkStep{Amendments: turns[:4]})
	must(t, err)
	for i, err := range outcomes {
		if (i == 3) != errors.Is(err, operator.ErrChangedMeanwhile) {
			t.Errorf("%d: %v", i, err)
		}
	}
	before := Find(t, s, "user0")
	again := turns[0]
	again.Version = before.Standing.Version
	if _, err := s.StepBulk(t.Context(), b.Hold, operator.BulkStep{Amendments: []operator.Amendment{again}}); !errors.Is(err, operator.ErrTakenOver) {
		t.Errorf("somebody twice: %v", err)
	}
	if v := Find(t, s, "user0").Standing.Version; v != before.Standing.Version {
		t.Errorf("version %d after %d", v, before.Standing.Version)
	}
	testTakenBulk(t, s, b, members, turns)
}

func testTakenBulk(t *testing.T, s operator.Store, b operator.Bulk, members []operator.BulkMember, turns []operator.Amendment) {
	t.Helper()
	list, err := s.UnfinishedBulks(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].People != 6 || list[0].Done != 3 || list[0].Failed != 1 || list[0].Length != time.Hour || list[0].By != b.By {
		t.Fatalf("%+v", list)
	}
	stale := list[0].Hold
	stale.Beat--
	if _, err := s.TakeBulk(t.Context(), stale, "two"); !errors.Is(err, operator.ErrTakenOver) {
		t.Errorf("taken from somebody at work: %v", err)
	}
	taken, err := s.TakeBulk(t.Context(), list[0].Hold, "two")
	must(t, err)
	if _, err := s.StepBulk(t.Context(), b.Hold, operator.BulkStep{Amendments: turns[4:]}); !errors.Is(err, operator.ErrTakenOver) {
		t.Errorf("a step of whoever lost it: %v", err)
	}
	waiting, err := s.BulkMembers(t.Context(), operator.BulkQuery{Bulk: b.ID})
	must(t, err)
	if len(waiting) != 2 || waiting[0].Person != members[3].Person || waiting[0].Key == "" {
		t.Errorf("%+v", waiting)
	}
	waiting[0].Outcome, waiting[0].Said = operator.OutcomeSkipped, "nothing"
	_, err = s.StepBulk(t.Context(), taken, operator.BulkStep{Amendments: turns[4:], Left: waiting[:1]})
	must(t, err)
	must(t, s.EndBulk(t.Context(), taken, operator.BulkOver, Start, nil, Entry("bulk.end", "a list")))
	if other, err := s.LastBulk(t.Context(), []string{"require", "period.reset"}); other != nil || err != nil {
		t.Errorf("an act of another kind: %+v %v", other, err)
	}
	last, err := s.LastBulk(t.Context(), []string{"require", "period.extend"})
	must(t, err)
	if last.ID != b.ID || last.Done != 4 || last.Skipped != 1 || last.Failed != 1 || last.State != operator.BulkOver || !last.EndedAt.Equal(Start) {
		t.Errorf("%+v", last)
	}
	done, err := s.BulkMembers(t.Context(), operator.BulkQuery{Bulk: b.ID, Outcome: operator.OutcomeDone, People: []id.ID{members[0].Person}})
	must(t, err)
	if len(done) != 1 || len(done[0].Before) != 0 || len(done[0].After) != 1 || done[0].After[0] != turns[0].PutDuties[0].Requirement {
		t.Errorf("%+v", done)
	}
	for name, want := range map[string]int{"user0": 1, "user3": 0, "ghost": 0} {
		changes, err := s.FindChanges(t.Context(), operator.ChangeQuery{Subject: name, Action: "period"})
		must(t, err)
		if len(changes) != want || want == 1 && (changes[0].ID != b.ID || changes[0].Subject != name) {
			t.Errorf("log of %s: %+v", name, changes)
		}
	}
}

// testNotedBulk: a start says how far it has come, to whoever holds it only.
func testNotedBulk(t *testing.T, d Database) {
	s := d.Open(t)
	b := operator.Bulk{
		ID: NextID(), Action: "require", Chosen: "everybody", Period: NextID(), By: audit.Actor{Name: "root", Via: "console"},
		OrderedAt: Start, State: operator.BulkChoosing, People: 10,
	}
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	left := []operator.BulkMember{
		{Person: -1, Username: "ghost", Outcome: operator.OutcomeFailed, Refusal: operator.RefusedGone, Said: "no such user"},
		{Person: -2, Username: "alice", Outcome: operator.OutcomeSkipped, Said: "the same already"},
	}
	must(t, s.NoteBulk(t.Context(), b.Hold, 0, 5, left))
	must(t, s.NoteBulk(t.Context(), b.Hold, 2, 5, nil))
	seen, err := s.Bulk(t.Context(), b.ID)
	must(t, err)
	if seen.People != 12 || seen.Done != 10 || seen.Failed != 1 || seen.Skipped != 1 {
		t.Errorf("%+v", seen)
	}
	if last, err := s.LastBulk(t.Context(), []string{"require"}); last != nil || err != nil {
		t.Errorf("a start that is not in force is the last act: %+v %v", last, err)
	}
	_, err = s.TakeBulk(t.Context(), seen.Hold, "two")
	must(t, err)
	if err := s.NoteBulk(t.Context(), b.Hold, 0, 1, nil); !errors.Is(err, operator.ErrTakenOver) {
		t.Errorf("noted by whoever lost it: %v", err)
	}
}

// testGuardedStep: a step that would leave nobody who administers changes
// nobody.
func testGuardedStep(t *testing.T, d Database) {
	s := d.Open(t)
	chief := Somebody("chief")
	chief.Person.Role = directory.Administrator
	b := operator.Bulk{ID: NextID(), Action: "user.disable", Chosen: "a list", OrderedAt: Start, State: operator.BulkChoosing}
	b.Hold = operator.BulkHold{Bulk: b.ID, Runner: "one", Fence: 1}
	must(t, s.BeginBulk(t.Context(), b))
	var step operator.BulkStep
	var members []operator.BulkMember
	disabled := true
	for _, r := range []*authn.Record{Add(t, s, Somebody("alice")), Add(t, s, chief)} {
		members = append(members, operator.BulkMember{Person: r.Person.ID, Username: r.Person.Username})
		step.Amendments = append(step.Amendments, operator.Amendment{
			Person: r.Person.ID, Version: r.Standing.Version, Disabled: &disabled, KeepAdministrator: r.Person.Role != "",
		})
	}
	must(t, s.ChooseBulk(t.Context(), b.Hold, members))
	must(t, s.RunBulk(t.Context(), b, Entry("user.disable", "a list")))
	if _, err := s.StepBulk(t.Context(), b.Hold, step); !errors.Is(err, operator.ErrLastAdministrator) {
		t.Errorf("%v", err)
	}
	if Find(t, s, "alice").Person.Disabled {
		t.Error("half a step is written")
	}
	step.Amendments = step.Amendments[:1]
	_, err := s.StepBulk(t.Context(), b.Hold, step)
	must(t, err)
	if !Find(t, s, "alice").Person.Disabled {
		t.Error("not disabled")
	}
}
