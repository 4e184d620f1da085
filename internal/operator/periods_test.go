package operator_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

const day = enrollment.Day

// bare adds a person without a factor.
func (o *office) bare(name string, groups ...string) {
	o.t.Helper()
	_, err := o.AddUser(o.t.Context(), local, operator.NewUser{
		Name: name, Details: operator.Details{Email: name + "@example.com", Groups: groups},
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func named(names ...string) operator.Selection { return operator.Selection{Names: names} }

var (
	everybody = operator.Selection{All: true}
	week      = operator.Order{Factor: policy.WantTOTP, Length: 7 * day, Postpone: -1}
)

func (o *office) require(s operator.Selection, order operator.Order) operator.Preview {
	o.t.Helper()
	result, err := o.Require(o.t.Context(), local, s, order, false)
	if err != nil {
		o.t.Fatal(err)
	}
	return result
}

// stands checks where people stand, in the three places that say it.
func (o *office) stands(want map[string]enrollment.Status) {
	o.t.Helper()
	for name, status := range want {
		if got := o.user(name).Status; got != status {
			o.t.Errorf("%s is %s, want %s", name, got, status)
		}
		list, err := o.Users(o.t.Context(), local, operator.PeopleQuery{Search: name, Status: status})
		if err != nil || len(list) != 1 {
			o.t.Errorf("%s is not listed as %s (%v)", name, status, err)
		}
	}
}

// sweep tells people what there is to tell; the mails leave at once.
func (o *office) sweep() {
	o.t.Helper()
	o.tells()
	o.deliver()
}

// tells only works out what there is to tell.
func (o *office) tells() {
	o.t.Helper()
	teller := jobs.Teller{
		Duties: o.store, IDs: o.IDs, Now: o.Now, Offsets: []time.Duration{enrollment.DefaultReminder},
		PublicURL: o.PublicURL, Log: slog.New(slog.DiscardHandler),
	}
	if err := teller.Sweep(context.Background()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) told(want map[string]int) {
	o.t.Helper()
	got := o.mails()
	for what, n := range want {
		if got[what] != n {
			o.t.Errorf("%s: %d mails, want %d (%v)", what, got[what], n, got)
		}
	}
}

func TestAPeriodFromBeginningToEnd(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.bare("bob")
	result := o.require(everybody, week)
	if result.Done != 2 || result.DoneBy != 1 || len(result.Failures) != 0 {
		t.Errorf("%+v", result)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.Enrolled, "bob": enrollment.InPeriod})
	for range 3 {
		o.sweep()
	}
	o.told(map[string]int{"period-started bob": 1, "period-started alice": 0, "period-reminder bob": 0})
	o.now = o.now.Add(6*day - time.Second)
	o.sweep()
	o.told(map[string]int{"period-reminder bob": 0})
	o.now = o.now.Add(time.Second)
	for range 3 {
		o.sweep()
	}
	o.told(map[string]int{"period-reminder bob": 1, "period-expired bob": 0})
	o.now = o.now.Add(day - time.Nanosecond)
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	o.now = o.now.Add(time.Nanosecond)
	o.stands(map[string]enrollment.Status{"alice": enrollment.Enrolled, "bob": enrollment.ExpiredDuty}) // though nothing has run
	for range 3 {
		o.sweep()
	}
	o.told(map[string]int{"period-expired bob": 1, "period-expired alice": 0, "period-reminder bob": 1, "period-started bob": 1})
}

func TestExtendAfterTheEndLiftsTheLock(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	o.sweep()
	o.now = o.now.Add(8 * day)
	o.sweep()
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
	if _, err := o.Extend(t.Context(), local, named("bob"), operator.Change{Length: 2 * day}); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	if r := o.record("bob").Requirements; len(r) != 1 || !r[0].Due.Equal(o.now.Add(2*day)) {
		t.Errorf("%+v", r)
	}
	o.sweep()
	o.now = o.now.Add(day)
	o.sweep()
	o.now = o.now.Add(day)
	o.sweep()
	o.told(map[string]int{"period-extended bob": 1, "period-reminder bob": 1, "period-expired bob": 2, "period-started bob": 1})

	if _, err := o.Extend(t.Context(), local, named("bob"), operator.Change{Until: o.now.Add(-time.Second)}); operator.RefusalOf(err) != operator.RefusedPast {
		t.Errorf("shortened below now: %v", err)
	}
	if _, err := o.Extend(t.Context(), local, named("bob"), operator.Change{Until: o.now.Add(time.Second)}); err != nil {
		t.Error(err)
	}
}

func TestPauseKeepsWhatIsLeft(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	o.now = o.now.Add(3 * day)
	if r, err := o.Pause(t.Context(), local, everybody, operator.Change{}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	o.now = o.now.Add(100 * day)
	o.sweep()
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	o.told(map[string]int{"period-expired bob": 0})
	if r, err := o.Resume(t.Context(), local, everybody, operator.Change{}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	if r := o.record("bob").Requirements; !r[0].Due.Equal(o.now.Add(4 * day)) {
		t.Errorf("%v left", r[0].Due.Sub(o.now))
	}
}

// TestAnotherFactorDoesNotEndTheDuty: the end comes all the same.
func TestAnotherFactorDoesNotEndTheDuty(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.require(named("alice"), operator.Order{Factor: policy.WantPasskey, Length: 7 * day, Postpone: -1})
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod})
	o.sweep()
	o.now = o.now.Add(7 * day)
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExpiredDuty})
}

// TestALostPhoneAfterTheEnd: whoever is reset when the period is over for long
// is not shut out with it; the link that they are told of works, the password
// alone opens nothing.
func TestALostPhoneAfterTheEnd(t *testing.T) {
	for what, reset := range map[string]func(o *office, name string) error{
		"a reset": func(o *office, name string) error {
			return o.ResetUser(o.t.Context(), local, name, operator.Why{Reason: "lost"})
		},
		"the last factor removed": func(o *office, name string) error {
			return o.RemoveFactor(o.t.Context(), local, name, o.record(name).Factors[0].ID, operator.Why{Reason: "lost"})
		},
	} {
		o := newOffice(t)
		o.add("bob", directory.NoRole)
		o.require(named("bob"), week)
		o.now = o.now.Add(30 * day)
		o.stands(map[string]enrollment.Status{"bob": enrollment.Enrolled})
		if err := reset(o, "bob"); err != nil {
			t.Fatal(what, err)
		}
		o.stands(map[string]enrollment.Status{"bob": enrollment.PendingDuty})
		o.sweep()
		o.told(map[string]int{"person-reset bob": 1, "required-now bob": 0, "period-expired bob": 0})
		if d := o.signsIn("bob", secret.Text{}); d.Outcome != authn.Deny || d.Reason != authn.ReasonNeedsInvitation {
			t.Errorf("%s: the password alone: %v because of %s", what, d.Outcome, d.Reason)
		}
		o.enrollsByLink("bob")
		o.stands(map[string]enrollment.Status{"bob": enrollment.Enrolled})
	}
}

// TestARemovedFactorAfterTheEnd: what it did is required at once; what others
// did not do is over as before.
func TestARemovedFactorAfterTheEnd(t *testing.T) {
	o := newOffice(t)
	o.add("bob", directory.NoRole)
	bob := o.record("bob")
	passkey := factor.Factor{ID: o.IDs.Next(o.now), Person: bob.Person.ID, Kind: factor.Passkey, Label: "key", Sealed: []byte("made"), CreatedAt: o.now}
	if err := o.store.Amend(t.Context(), operator.Amendment{
		Person: bob.Person.ID, Version: bob.Standing.Version, AddFactors: []factor.Factor{passkey}, Log: o.entry(),
	}); err != nil {
		t.Fatal(err)
	}
	o.require(named("bob"), week)
	o.now = o.now.Add(8 * day)
	if err := o.RemoveFactor(t.Context(), local, "bob", bob.Factors[0].ID, operator.Why{Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.PendingDuty})

	o.add("alice", directory.NoRole)
	o.require(named("alice"), week)
	o.require(named("alice"), operator.Order{Factor: policy.WantPasskey, Length: 7 * day, Postpone: -1})
	second, err := o.EnrollTOTP(t.Context(), local, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ConfirmTOTP(t.Context(), local, "alice", o.code(second.Secret)); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(8 * day)
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExpiredDuty})
	if err := o.RemoveFactor(t.Context(), local, "alice", o.record("alice").Factors[0].ID, operator.Why{Reason: "old"}); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExpiredDuty})
}

func TestResetVoidsTheOldSecret(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.require(named("alice"), week)
	if r, err := o.Reset(t.Context(), local, named("alice"), operator.Change{Length: 7 * day}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod})
	r := o.record("alice")
	if len(r.Factors) != 0 || !r.Person.PasswordEnrollsUntil.IsZero() {
		t.Errorf("%+v", r)
	}
	o.told(map[string]int{"period-reset alice": 0, "enroll-anew alice": 1}) // which says both
	if !r.Person.LinkMailedAt.Equal(o.now) {
		t.Errorf("a door mails another link: the last one is of %v", r.Person.LinkMailedAt)
	}
	if _, err := o.EnrollLink(t.Context(), local, "alice", operator.LinkOptions{Mail: true, Lifetime: 10 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	if !o.record("alice").Person.LinkMailedAt.Equal(o.now) {
		t.Error("what was mailed before is forgotten")
	}
	if _, err := o.Reset(t.Context(), o.as("alice"), named("alice"), operator.Change{Length: 7 * day}); err == nil {
		t.Error("somebody reset themselves")
	}
}

func TestAGroupRequiresOfWhoeverJoins(t *testing.T) {
	o := newOffice(t)
	o.bare("alice", "staff")
	o.bare("bob")
	o.require(operator.Selection{Group: "staff"}, week)
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "bob": enrollment.NotRequired})
	o.now = o.now.Add(3 * day)
	edit := func(name string, groups ...string) {
		t.Helper()
		if err := o.EditUser(t.Context(), local, name, operator.Details{Email: name + "@example.com", Groups: groups}); err != nil {
			t.Fatal(err)
		}
	}
	edit("bob", "staff", "vpn")
	o.bare("carol", "staff")
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod, "carol": enrollment.InPeriod})
	for _, name := range []string{"bob", "carol"} {
		if r := o.record(name).Requirements; len(r) != 1 || !r[0].Due.Equal(o.now.Add(7*day)) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	edit("alice")
	o.stands(map[string]enrollment.Status{"alice": enrollment.NotRequired})

	// What is waived for one stays waived, and what is over is over for all.
	if r, err := o.RemoveRequirement(t.Context(), local, named("bob"), operator.Change{}); err != nil || r.Done != 1 {
		t.Fatal(r, err)
	}
	edit("bob", "staff")
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired, "carol": enrollment.InPeriod})
	if _, err := o.RemoveRequirement(t.Context(), local, operator.Selection{Group: "staff"}, operator.Change{}); err != nil {
		t.Fatal(err)
	}
	o.bare("dave", "staff")
	o.stands(map[string]enrollment.Status{"carol": enrollment.NotRequired, "dave": enrollment.NotRequired})
}

func TestExemptThenRequiredAgain(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	if err := o.Exempt(t.Context(), local, "bob", o.now.Add(30*day), operator.Why{}); operator.RefusalOf(err) != operator.RefusedNoReason {
		t.Errorf("exempt without a reason: %v", err)
	}
	if err := o.Exempt(t.Context(), local, "bob", o.now.Add(30*day), operator.Why{Reason: "on leave"}); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(10 * day)
	o.sweep()
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExemptDuty})
	o.told(map[string]int{"exempted bob": 1, "period-expired bob": 0})
	o.now = o.now.Add(20 * day)
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod}) // with what was left
	o.now = o.now.Add(7*day - time.Nanosecond)
	o.stands(map[string]enrollment.Status{"bob": enrollment.InPeriod})
	o.now = o.now.Add(time.Nanosecond)
	o.stands(map[string]enrollment.Status{"bob": enrollment.ExpiredDuty})
}

// TestWhoeverIsExemptHearsOfItAfterwards: of what began meanwhile, when the
// exemption ends by itself or by hand.
func TestWhoeverIsExemptHearsOfItAfterwards(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"alice", "bob"} {
		o.bare(name)
		if err := o.Exempt(t.Context(), local, name, o.now.Add(10*day), operator.Why{Reason: "on leave"}); err != nil {
			t.Fatal(err)
		}
	}
	o.require(everybody, operator.Order{Factor: policy.WantTOTP, Length: 3 * day, Postpone: -1})
	o.sweep()
	o.told(map[string]int{"period-started alice": 0, "period-started bob": 0})
	o.now = o.now.Add(day)
	if err := o.EndExemption(t.Context(), local, "alice", "back early"); err != nil {
		t.Fatal(err)
	}
	o.sweep()
	o.told(map[string]int{"period-started alice": 1, "period-started bob": 0})
	o.now = o.now.Add(9 * day)
	o.sweep()
	o.sweep()
	o.told(map[string]int{"period-started alice": 1, "period-started bob": 1, "period-reminder bob": 0})
	o.now = o.now.Add(2 * day)
	o.sweep()
	o.told(map[string]int{"period-reminder bob": 1})
}

// TestWhoeverIsEnabledHearsOfItThen: that it has begun, or that it is over.
func TestWhoeverIsEnabledHearsOfItThen(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"alice", "bob"} {
		o.bare(name)
		if err := o.DisableUser(t.Context(), local, name, ""); err != nil {
			t.Fatal(err)
		}
	}
	o.require(everybody, week)
	o.sweep()
	o.now = o.now.Add(time.Minute)
	if err := o.EnableUser(t.Context(), local, "alice", ""); err != nil {
		t.Fatal(err)
	}
	o.sweep()
	o.told(map[string]int{"period-started alice": 1, "period-started bob": 0})
	o.now = o.now.Add(8 * day)
	o.sweep()
	if err := o.EnableUser(t.Context(), local, "bob", ""); err != nil {
		t.Fatal(err)
	}
	o.sweep()
	o.told(map[string]int{"period-expired alice": 1, "period-started bob": 0, "period-expired bob": 1})
}

// TestAnExemptionOfManyLeavesWhatWasThere: of whom nothing was required owes
// nothing afterwards, a period that goes on has its own end, and one that
// begins meanwhile begins afterwards. An undo takes all of it back.
func TestAnExemptionOfManyLeavesWhatWasThere(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	o.bare("carol")
	o.require(named("bob"), week)
	due := o.record("bob").Requirements[0].Due
	until := o.now.Add(2 * day)
	if _, err := o.ExemptMany(t.Context(), local, everybody, operator.Change{Until: until}); operator.RefusalOf(err) != operator.RefusedNoReason {
		t.Errorf("without a reason: %v", err)
	}
	result := o.act(o.ExemptMany(t.Context(), local, named("alice", "bob", "ghost"), operator.Change{Until: until, Reason: "move"}))
	if result.Chosen != 3 || result.Done != 2 || len(result.Failures) != 1 {
		t.Errorf("%+v", result)
	}
	o.history("bob", "exempt", "until "+until.Format(time.RFC3339))
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExemptDuty, "bob": enrollment.ExemptDuty, "carol": enrollment.NotRequired})
	o.require(named("alice"), operator.Order{Factor: policy.WantPasskey, Length: day, Postpone: -1})
	o.now = until
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod, "bob": enrollment.InPeriod})
	if got := o.record("bob").Requirements[0].Due; !got.Equal(due) {
		t.Errorf("due %v, want %v", got, due)
	}
	o.now = until.Add(day)
	o.stands(map[string]enrollment.Status{"alice": enrollment.ExpiredDuty})
	if result := o.act(o.UndoLast(t.Context(), local, nil)); result.Done != 1 || len(result.Failures) != 1 {
		t.Errorf("%+v", result)
	}
}

func TestTheLastAdministratorIsNotLockedOut(t *testing.T) {
	o := newOffice(t)
	o.add("root", directory.Administrator)
	o.bare("bob")
	result := o.require(everybody, operator.Order{Factor: policy.WantPasskey, Length: 7 * day})
	if result.Done != 1 || len(result.Failures) != 1 || result.Failures[0].Refusal != operator.RefusedNoneHasIt {
		t.Errorf("%+v", result)
	}
	o.stands(map[string]enrollment.Status{"root": enrollment.Enrolled, "bob": enrollment.InPeriod})
	o.require(named("root"), week) // which the administrator has
	o.add("second", directory.Administrator)
	if err := o.RemoveFactor(t.Context(), o.as("second"), "root", o.record("root").Factors[0].ID, operator.Why{Reason: ""}); err != nil {
		t.Error(err)
	}
}

func TestUndo(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	o.require(everybody, week)
	due := o.record("alice").Requirements[0].Due
	if _, err := o.Extend(t.Context(), local, everybody, operator.Change{Length: 5 * day}); err != nil {
		t.Fatal(err)
	}
	if err := o.Exempt(t.Context(), local, "bob", o.now.Add(day), operator.Why{Reason: "changed since"}); err != nil {
		t.Fatal(err)
	}
	result, err := o.UndoLast(t.Context(), local, nil)
	if err != nil || result.Done != 1 || len(result.Failures) != 1 {
		t.Fatalf("%+v %v", result, err)
	}
	if got := o.record("alice").Requirements[0].Due; !got.Equal(due) {
		t.Errorf("due %v, want %v", got, due)
	}
	if _, err := o.UndoLast(t.Context(), local, nil); operator.RefusalOf(err) != operator.RefusedNotUndone {
		t.Errorf("undone twice: %v", err)
	}
	o.bare("carol")
	o.bare("dave")
	o.require(named("carol", "dave"), week)
	if result, err := o.UndoLast(t.Context(), local, nil); err != nil || result.Done != 2 {
		t.Fatalf("%+v %v", result, err)
	}
	o.stands(map[string]enrollment.Status{"carol": enrollment.NotRequired})
}

func TestPreviewChangesNothing(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	o.bare("bob")
	o.now = o.now.Add(60 * day) // the password alone enrolls nobody any more
	order := operator.Order{Factor: policy.WantTOTP, Forced: true}
	preview, err := o.Require(t.Context(), local, everybody, order, true)
	if err != nil || preview.Done != 2 || preview.DoneBy != 1 || preview.LockedOut != 1 {
		t.Errorf("%+v %v", preview, err)
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
	if list, err := o.Periods(t.Context(), local); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestPassAndBypass(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.add("helper", directory.HelpDesk)
	o.add("root", directory.Administrator)
	if _, err := o.IssuePass(t.Context(), o.as("helper"), "root", operator.PassOptions{}); operator.RefusalOf(err) != operator.RefusedHigher {
		t.Errorf("a pass for a higher role: %v", err)
	}
	for _, wrong := range []operator.PassOptions{
		{Lifetime: 10*time.Minute - 1}, {Lifetime: 30*day + 1}, {Lifetime: -time.Hour}, {Length: 7}, {Length: 49}, {Length: -8},
	} {
		if _, err := o.IssuePass(t.Context(), local, "bob", wrong); operator.RefusalOf(err) != operator.RefusedLifetime && operator.RefusalOf(err) != operator.RefusedLength {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	for _, length := range []int{8, 9, 26, 48} {
		long, err := o.IssuePass(t.Context(), local, "bob", operator.PassOptions{Length: length, Lifetime: 30 * day})
		if err != nil || len(strings.ReplaceAll(long.Code.Reveal(), "-", "")) != length {
			t.Fatalf("%d characters: %q, %v", length, long.Code.Reveal(), err)
		}
		if inv, _, err := o.desk.Look(t.Context(), long.Code); err != nil || inv == nil || !inv.ExpiresAt.Equal(o.now.Add(30*day)) {
			t.Errorf("%d characters: %+v, %v", length, inv, err)
		}
	}
	link, err := o.IssuePass(t.Context(), o.as("helper"), "bob", operator.PassOptions{Why: operator.Why{Reason: "known by voice"}})
	if err != nil {
		t.Fatal(err)
	}
	if !link.ExpiresAt.Equal(o.now.Add(time.Hour)) || o.lastChange().Reason != "known by voice" || o.lastChange().Action != "pass.issue" {
		t.Errorf("until %v, logged as %+v", link.ExpiresAt, o.lastChange())
	}
	inv, who, err := o.desk.Look(t.Context(), link.Code)
	if err != nil || inv == nil || inv.Origin != enrollment.Pass {
		t.Fatalf("%+v %v", inv, err)
	}
	if enrollment.ChoosesPassword(inv, who) {
		t.Error("a pass lets choose a password: it comes besides one")
	}
	if err := o.RevokePass(t.Context(), local, "bob", ""); err != nil {
		t.Fatal(err)
	}
	if err := o.RevokePass(t.Context(), local, "bob", ""); operator.RefusalOf(err) != operator.RefusedGone {
		t.Errorf("a pass taken back twice: %v", err)
	}
	if inv, _, _ := o.desk.Look(t.Context(), link.Code); inv != nil {
		t.Error("a revoked pass opens something")
	}
	for _, place := range []string{"portal", "console", "nowhere"} {
		if _, err := o.GrantBypass(t.Context(), local, "bob", place, 0, operator.Why{Reason: "why"}); operator.RefusalOf(err) != operator.RefusedPlace {
			t.Errorf("a bypass for %s: %v", place, err)
		}
	}
	o.told(map[string]int{"pass-issued bob": 5})
}

// TestNoLinkAfterTheEnd: it would end at a page that says no. More time helps.
func TestNoLinkAfterTheEnd(t *testing.T) {
	o := newOffice(t)
	o.bare("bob")
	o.require(named("bob"), week)
	if _, _, err := o.AddRADIUSClient(t.Context(), local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(8 * day)
	ways := map[string]func() error{
		"link": func() error {
			_, err := o.EnrollLink(t.Context(), local, "bob", operator.LinkOptions{})
			return err
		},
		"pass": func() error {
			_, err := o.IssuePass(t.Context(), local, "bob", operator.PassOptions{})
			return err
		},
		"bypass": func() error {
			_, err := o.GrantBypass(t.Context(), local, "bob", "vpn", 0, operator.Why{Reason: "phone at home"})
			return err
		},
	}
	for name, way := range ways {
		err := way()
		if _, hint := problem.Public(err); operator.RefusalOf(err) != operator.RefusedTimeOver || !strings.Contains(hint, "period extend") {
			t.Errorf("a %s after the end: %v", name, err)
		}
	}
	if _, err := o.Extend(t.Context(), local, named("bob"), operator.Change{Length: 2 * day}); err != nil {
		t.Fatal(err)
	}
	for name, way := range ways {
		if err := way(); err != nil {
			t.Errorf("a %s with more time: %v", name, err)
		}
	}
}

// TestAStartThatIsBrokenOffMeansNothing: until one small transaction, nobody
// is required anything of, and what is left can be resumed or discarded.
func TestAStartThatIsBrokenOffMeansNothing(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	period := enrollment.Period{ID: o.IDs.Next(o.now), State: enrollment.Starting, Duty: policy.InPeriod, Factor: policy.WantTOTP, Length: 7 * day, Postpone: -1, StartsAt: o.now}
	if err := o.store.BeginPeriod(t.Context(), period, o.entry()); err != nil {
		t.Fatal(err)
	}
	duty := operator.NewDuty{Person: o.record("alice").Person.ID, Requirement: period.For(o.now)}
	if _, err := o.store.AddToPeriod(t.Context(), []operator.NewDuty{duty}); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.NotRequired})
	o.sweep()
	o.told(map[string]int{"period-started alice": 0})
	o.bare("bob") // nobody knows whether they were chosen
	if r, err := o.ResumeStart(t.Context(), local, period.ID); err != nil || r.Whole || r.People != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.InPeriod})
	o.sweep()
	o.told(map[string]int{"period-started alice": 1})
	if err := o.DiscardPeriod(t.Context(), local, period.ID); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"alice": enrollment.NotRequired})
	if r := o.record("alice"); len(r.Requirements) != 0 {
		t.Errorf("%+v", r.Requirements)
	}
}

// TestNoEndLocksOutWhoHasYetToBegin: an administrator who has no factor yet is
// not put on a clock while nobody else could let them back in.
func TestNoEndLocksOutWhoHasYetToBegin(t *testing.T) {
	o := newOffice(t)
	o.bare("root")
	if err := o.GrantRole(t.Context(), local, "root", directory.Administrator, ""); err != nil {
		t.Fatal(err)
	}
	o.bare("bob")
	preview, err := o.Require(t.Context(), local, everybody, week, true)
	if err != nil || len(preview.Failures) != 1 || preview.Failures[0].Refusal != operator.RefusedNoneHasIt {
		t.Errorf("%+v %v", preview, err)
	}
	if result := o.require(everybody, week); result.Done != 1 || len(result.Failures) != 1 {
		t.Errorf("%+v", result)
	}
	o.now = o.now.Add(8 * day)
	o.stands(map[string]enrollment.Status{"root": enrollment.NotRequired, "bob": enrollment.ExpiredDuty})
	if result := o.require(named("root"), operator.Order{Factor: policy.WantTOTP, Forced: true}); result.Done != 1 {
		t.Errorf("what is required now can still be set up: %+v", result)
	}
}

// TestTheLastActOnManyStaysTheLast whatever is done to one person or to nobody.
func TestTheLastActOnManyStaysTheLast(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	o.bare("bob")
	o.bare("carol")
	if result := o.require(named("alice", "bob"), week); result.Done != 2 {
		t.Fatalf("%+v", result)
	}
	o.require(named("carol"), week)
	for _, some := range []operator.Selection{named("carol"), named("ghost"), named("ghost", "nobody"), {Group: "empty"}} {
		if _, err := o.Extend(t.Context(), local, some, operator.Change{Length: day}); err != nil {
			t.Fatal(err)
		}
	}
	o.require(operator.Selection{Group: "empty"}, week)
	result, err := o.UndoLast(t.Context(), local, nil)
	if err != nil || result.Chosen != 2 || result.Done != 2 {
		t.Errorf("%+v %v", result, err)
	}
	o.stands(map[string]enrollment.Status{
		"alice": enrollment.NotRequired, "bob": enrollment.NotRequired, "carol": enrollment.InPeriod,
	})
}

// TestAStartOfEverybodyIsFinished before it comes into force, also of a group,
// and not any more when the end for all has passed.
func TestAStartOfEverybodyIsFinished(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"alice", "bob", "carol"} {
		o.bare(name)
	}
	begin := func(wanted policy.Wanted, until time.Time) enrollment.Period {
		p := enrollment.Period{
			ID: o.IDs.Next(o.now), State: enrollment.Starting, Duty: policy.InPeriod, Factor: wanted, Until: until,
			Chosen: "everybody", Postpone: -1, StartsAt: o.now,
		}
		if until.IsZero() {
			p.Length = 7 * day
		}
		if err := o.store.BeginPeriod(t.Context(), p, o.entry()); err != nil {
			t.Fatal(err)
		}
		duty := operator.NewDuty{Person: o.record("alice").Person.ID, Requirement: p.For(o.now)}
		if _, err := o.store.AddToPeriod(t.Context(), []operator.NewDuty{duty}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	r, err := o.ResumeStart(t.Context(), local, begin(policy.WantTOTP, time.Time{}).ID)
	if err != nil || !r.Whole || r.People != 3 || r.Done != 2 {
		t.Errorf("%+v %v", r, err)
	}
	o.stands(map[string]enrollment.Status{
		"alice": enrollment.InPeriod, "bob": enrollment.InPeriod, "carol": enrollment.InPeriod,
	})
	if undone, err := o.UndoLast(t.Context(), local, nil); err != nil || undone.Done != 3 {
		t.Errorf("%+v %v", undone, err)
	}
	late := begin(policy.WantPasskey, o.now.Add(7*day))
	o.now = o.now.Add(7 * day)
	if _, err := o.ResumeStart(t.Context(), local, late.ID); operator.RefusalOf(err) != operator.RefusedPast {
		t.Errorf("resumed after the end: %v", err)
	}
	o.bare("everybody") // who may be the one that was chosen
	if _, whole, err := o.BrokenOff(t.Context(), local, late); whole || err != nil {
		t.Errorf("%v %v", whole, err)
	}
}

// TestWhoIsLeft: the command line may shut out the last administrator, and is
// told that it did.
func TestWhoIsLeft(t *testing.T) {
	o := newOffice(t)
	left := func(want bool) {
		t.Helper()
		if is, err := o.AdministratorLeft(t.Context()); is != want || err != nil {
			t.Errorf("%v %v", is, err)
		}
	}
	left(false)
	o.add("root", directory.Administrator)
	o.require(named("root"), week)
	o.now = o.now.Add(8 * day)
	left(true)
	o.require(named("root"), operator.Order{Factor: policy.WantAny, Length: 7 * day, Postpone: -1})
	left(true)
	if err := o.ResetUser(t.Context(), local, "root", operator.Why{Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	left(false)
}

// TestHintsOfAnEnd are about what was asked.
func TestHintsOfAnEnd(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	err := o.Exempt(t.Context(), local, "alice", o.now, operator.Why{Reason: "why"})
	if _, hint := problem.Public(err); operator.RefusalOf(err) != operator.RefusedPast || strings.Contains(hint, "forced") {
		t.Errorf("%v: %s", err, hint)
	}
	_, err = o.Extend(t.Context(), local, everybody, operator.Change{Until: o.now})
	if _, hint := problem.Public(err); strings.Contains(hint, "forced") || !strings.Contains(hint, "below now") {
		t.Errorf("%v: %s", err, hint)
	}
}
