package authn_test

import (
	"context"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// meanwhile is a store in which something happens between what was read for a
// decision and its commit, once.
type meanwhile struct {
	authn.Store

	happens func()
}

func (m *meanwhile) Commit(ctx context.Context, c authn.Change) error {
	if f := m.happens; f != nil {
		m.happens = nil
		f()
	}
	return m.Store.Commit(ctx, c)
}

// TestExtendedWhileSigningIn: somebody whose period is over signs in while an
// administrator gives them more time, and the other way round: what counts is
// what is true when the decision is written.
func TestExtendedWhileSigningIn(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	before := policy.Requirement{
		Period: in.ids.Next(in.clock()), Own: true, Duty: policy.InPeriod, Factor: policy.WantTOTP,
		Since: in.clock(), Due: in.clock().Add(24 * time.Hour), PostponeLeft: -1,
	}
	end := func(at time.Time) func() {
		return func() {
			after := before
			after.Due = at
			in.amend("alice", operator.Amendment{PutDuties: []operator.DutyPut{{Requirement: after}}})
		}
	}
	end(before.Due)()
	in.wait(25 * time.Hour)
	in.want(in.begin("vpn", "alice", "alice-pw", 1), authn.Deny, authn.ReasonPeriodOver)

	in.Store = &meanwhile{in.Store, end(in.clock().Add(24 * time.Hour))}
	d := in.begin("vpn", "alice", "alice-pw", 2)
	in.want(d, authn.Enroll, authn.ReasonMayEnroll)

	// The prompt still waits; the time is over again before it is answered, then
	// while the answer is judged.
	in.Store = &meanwhile{in.Store, end(in.clock())}
	in.want(in.answer("vpn", "alice", d.Handle, "", 3), authn.Deny, authn.ReasonPeriodOver)
	in.want(in.begin("vpn", "alice", "alice-pw", 4), authn.Deny, authn.ReasonPeriodOver)

	end(in.clock().Add(24 * time.Hour))()
	d = in.begin("vpn", "alice", "alice-pw", 5)
	in.want(d, authn.Enroll, authn.ReasonMayEnroll)
	in.want(in.answer("vpn", "alice", d.Handle, "", 6), authn.Allow, authn.ReasonPostponed)
}
