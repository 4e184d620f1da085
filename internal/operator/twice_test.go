package operator_test

import (
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestTheSameRequiredTwiceAtOnce begins once: two tabs, a form sent again, two
// commands.
func TestTheSameRequiredTwiceAtOnce(t *testing.T) {
	for name, s := range map[string]operator.Selection{"people": named("alice", "bob"), "one": named("alice"), "group": {Group: "staff"}, "nobody": {Group: "none"}} {
		o := newOffice(t)
		o.bare("alice", "staff")
		o.bare("bob", "staff")
		var (
			all     sync.WaitGroup
			results [4]operator.Preview
			errs    [4]error
		)
		for i := range results {
			all.Go(func() { results[i], errs[i] = o.Require(t.Context(), local, s, week, false) })
		}
		all.Wait()
		began := 0
		for i, r := range results {
			if errs[i] != nil || r.Done+len(r.Skipped) != r.Chosen {
				t.Errorf("%s: %+v %v", name, r, errs[i])
			}
			if r.Period != 0 {
				began++
			} else if r.Mail != (operator.Mailing{}) {
				t.Errorf("%s: one that lost counts mails: %+v", name, r.Mail)
			}
		}
		list, err := o.Periods(t.Context(), local)
		running := 0
		for _, p := range list {
			if p.State == enrollment.Running {
				running++
			}
		}
		if err != nil || began != 1 || running != 1 || len(list) != 1 {
			t.Errorf("%s: %d began, %d of %d run: %v", name, began, running, len(list), err)
		}
		want := 1
		if name == "nobody" {
			want = 0
		}
		if got := o.record("alice").Requirements; len(policyInForce(got)) != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func policyInForce(all []policy.Requirement) (list []policy.Requirement) {
	for _, r := range all {
		if !r.Held {
			list = append(list, r)
		}
	}
	return list
}

// TestTheSameAgainMovesNoEnd, and says how one moves: an order that is given
// again takes nobody the time they were given since.
func TestTheSameAgainMovesNoEnd(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.require(named("alice"), week)
	due := o.record("alice").Requirements[0].Due
	for days, want := range map[int]string{
		3: "the same is required of alice already, with a later end: period extend --until moves that",
		7: "the same is required of alice already", 9: "the same is required of alice already",
	} {
		order := week
		order.Length = time.Duration(days) * day
		result := o.require(named("alice"), order)
		if result.Period != 0 || len(result.Skipped) != 1 || result.Skipped[0].Text != want {
			t.Errorf("%d days: %+v", days, result)
		}
	}
	if r := o.record("alice").Requirements; len(r) != 1 || !r[0].Due.Equal(due) {
		t.Errorf("%+v", r)
	}
}
