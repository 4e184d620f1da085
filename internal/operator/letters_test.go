package operator_test

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
)

// mixed is an office where alice has an authenticator, bob and dave owe one,
// and of carol nothing is required.
func mixed(t *testing.T) *office {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.bare("bob", "staff")
	o.bare("dave", "staff")
	o.bare("carol")
	o.require(named("alice", "bob", "dave"), week)
	o.sweep()
	return o
}

func (o *office) act(result operator.BulkResult, err error) operator.BulkResult {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	return result
}

// TestOnlyWhomItConcernsIsTold: whoever has done it has the new end without a
// word, of which the result tells.
func TestOnlyWhomItConcernsIsTold(t *testing.T) {
	length := operator.Change{Length: 3 * day}
	for _, tc := range []struct {
		name  string
		do    func(o *office) (operator.BulkResult, error)
		mails string
	}{
		{"extend", func(o *office) (operator.BulkResult, error) {
			return o.Extend(t.Context(), local, everybody, length)
		}, "period-extended"},
		{"shorten", func(o *office) (operator.BulkResult, error) {
			return o.Extend(t.Context(), local, everybody, operator.Change{Until: o.now.Add(day)})
		}, "period-extended"},
		{"remove", func(o *office) (operator.BulkResult, error) {
			return o.RemoveRequirement(t.Context(), local, everybody, operator.Change{})
		}, "requirement-lifted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := mixed(t)
			result := o.act(tc.do(o))
			if result.Chosen != 4 || result.Done != 3 || result.Silent != 1 || len(result.Skipped) != 1 {
				t.Errorf("%+v", result)
			}
			o.told(map[string]int{tc.mails + " alice": 0, tc.mails + " bob": 1, tc.mails + " dave": 1, tc.mails + " carol": 0})
			if r := o.record("alice").Requirements; tc.name == "extend" && !r[0].Due.Equal(o.now.Add(10*day)) {
				t.Errorf("the end of who is set up has not moved: %+v", r)
			}
		})
	}
}

// TestAClockThatGoesOnIsTold: the end that people know has moved meanwhile.
func TestAClockThatGoesOnIsTold(t *testing.T) {
	o := mixed(t)
	if r := o.act(o.Pause(t.Context(), local, everybody, operator.Change{})); r.Done != 3 || r.Silent != 1 {
		t.Errorf("%+v", r)
	}
	o.told(map[string]int{"period-extended bob": 0})
	o.now = o.now.Add(2 * day)
	if r := o.act(o.Resume(t.Context(), local, everybody, operator.Change{})); r.Done != 3 || r.Silent != 1 {
		t.Errorf("%+v", r)
	}
	o.told(map[string]int{"period-extended bob": 1, "period-extended alice": 0})
}

// TestAnExemptionHidesAnEnd: whoever is exempt has nothing to do.
func TestAnExemptionHidesAnEnd(t *testing.T) {
	o := mixed(t)
	if err := o.Exempt(t.Context(), local, "bob", o.now.Add(30*day), operator.Why{Reason: "abroad"}); err != nil {
		t.Fatal(err)
	}
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: day}))
	o.told(map[string]int{"period-extended bob": 0, "period-extended dave": 1})
}

// TestAResetTellsWhoeverBeginsAnew: also somebody who had done it, for it is
// taken from them.
func TestAResetTellsWhoeverBeginsAnew(t *testing.T) {
	o := mixed(t)
	if r := o.act(o.Reset(t.Context(), local, everybody, operator.Change{Length: 7 * day})); r.Done != 3 || r.Silent != 0 {
		t.Errorf("%+v", r)
	}
	o.told(map[string]int{"enroll-anew alice": 1, "period-reset alice": 0, "period-reset bob": 1, "period-reset carol": 0})
}

// TestAnUndoTellsWhomTheActHasTold, with what holds now.
func TestAnUndoTellsWhomTheActHasTold(t *testing.T) {
	o := mixed(t)
	end := o.record("bob").Requirements[0].Due
	o.deliver()
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: 3 * day}))
	o.deliver()
	if r := o.act(o.UndoLast(t.Context(), local, nil)); r.Done != 3 || r.Silent != 1 {
		t.Errorf("%+v", r)
	}
	o.told(map[string]int{"period-extended alice": 0, "period-extended bob": 2, "period-extended dave": 2})
	if r := o.record("bob").Requirements; !r[0].Due.Equal(end) {
		t.Errorf("%+v", r)
	}
	o.deliver()
	o.act(o.RemoveRequirement(t.Context(), local, everybody, operator.Change{}))
	o.deliver()
	o.act(o.UndoLast(t.Context(), local, nil))
	o.told(map[string]int{"requirement-lifted alice": 0, "requirement-lifted bob": 1, "period-started alice": 0, "period-started bob": 2})
}

// TestWhatAnUndoneStartHadToldIsTakenBack: of a start, and by a discard.
func TestWhatAnUndoneStartHadToldIsTakenBack(t *testing.T) {
	for name, end := range map[string]func(o *office, result operator.Preview) error{
		"undo": func(o *office, _ operator.Preview) error {
			_, err := o.UndoLast(t.Context(), local, nil)
			return err
		},
		"discard": func(o *office, result operator.Preview) error {
			return o.DiscardPeriod(t.Context(), local, result.Period)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.add("alice", directory.NoRole)
			o.bare("bob")
			o.bare("carol")
			result := o.require(everybody, week)
			o.sweep()
			o.deliver()
			if err := end(o, result); err != nil {
				t.Fatal(err)
			}
			o.told(map[string]int{"requirement-lifted alice": 0, "requirement-lifted bob": 1, "requirement-lifted carol": 1})
			o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
		})
	}
}

// TestEverybodyHearsThatAGroupIsRidOfIt: whose requirement ends through it.
func TestEverybodyHearsThatAGroupIsRidOfIt(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.bare("bob", "staff")
	o.bare("dave", "staff")
	staff := operator.Selection{Group: "staff"}
	o.require(staff, week)
	o.sweep()
	o.deliver()
	o.act(o.RemoveRequirement(t.Context(), local, staff, operator.Change{}))
	o.told(map[string]int{"requirement-lifted bob": 1, "requirement-lifted dave": 1})
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
}

// TestAnUndoLocksNobodyOut: an end that has passed meanwhile, or is about to,
// comes back a day from now at the earliest.
func TestAnUndoLocksNobodyOut(t *testing.T) {
	o := mixed(t)
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: 30 * day}))
	o.now = o.now.Add(10 * day)
	o.act(o.UndoLast(t.Context(), local, nil))
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	if r := o.record("bob").Requirements; !r[0].Due.Equal(o.now.Add(day)) {
		t.Errorf("%+v", r)
	}

	o = mixed(t)
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Until: o.now.Add(time.Hour)}))
	o.now = o.now.Add(2 * time.Hour)
	o.act(o.UndoLast(t.Context(), local, nil)) // of a shortening
	if r := o.record("bob").Requirements; !r[0].Due.Equal(o.now.Add(7*day - 2*time.Hour)) {
		t.Errorf("%+v", r)
	}
}

// TestWhoeverIsNewIsTold: what fits what they have, and whoever is let in again
// only if they have set up nothing.
func TestWhoeverIsNewIsTold(t *testing.T) {
	o := newOffice(t)
	o.Mail.TellNew = true
	o.add("alice", directory.NoRole)
	o.bare("bob")
	o.bare("carol")
	o.told(map[string]int{"ready alice": 1, "configured alice": 0, "configured bob": 1, "configured carol": 1})
	o.deliver()
	for _, name := range []string{"alice", "bob"} {
		if err := errors.Join(o.DisableUser(t.Context(), local, name, ""), o.EnableUser(t.Context(), local, name, "")); err != nil {
			t.Fatal(err)
		}
	}
	o.act(o.DisableMany(t.Context(), local, named("alice", "carol"), operator.Change{}))
	o.act(o.EnableMany(t.Context(), local, named("alice", "carol"), operator.Change{}))
	o.told(map[string]int{"ready alice": 1, "configured alice": 0, "configured bob": 2, "configured carol": 2})
}

// TestAnUndoLocksOutAgain: whoever was locked out before an extension by
// mistake is so again at once, and hears of it.
func TestAnUndoLocksOutAgain(t *testing.T) {
	o := mixed(t)
	o.now = o.now.Add(8 * day)
	o.sweep()
	o.deliver()
	o.act(o.Extend(t.Context(), local, everybody, operator.Change{Length: 3 * day}))
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	o.sweep()
	o.deliver()
	o.now = o.now.Add(time.Minute)
	o.act(o.UndoLast(t.Context(), local, nil))
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty, "dave": enrollment.ExpiredDuty})
	o.sweep()
	o.told(map[string]int{"period-expired bob": 2, "period-expired dave": 2}) // once before
}

// deliver sends whatever waits.
func (o *office) deliver() {
	o.t.Helper()
	for {
		claims, err := o.store.Claim(o.t.Context(), o.now, o.now.Add(time.Hour), 1000)
		for _, c := range claims {
			if err == nil {
				err = o.store.Settle(o.t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, At: o.now})
			}
		}
		if err != nil {
			o.t.Fatal(err)
		}
		if len(claims) == 0 {
			return
		}
	}
}
