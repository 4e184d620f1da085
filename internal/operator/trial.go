package operator

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// TestClient is the name under which a sign-in is tried.
const TestClient = "sign-in test"

// Trial is a sign-in that an administrator tries for somebody. It is a real
// one at a door of its own: it counts, it uses codes up, it is in both logs.
type Trial struct {
	Username string
	Steps    []TrialStep
	// Handle is set while a code is awaited: for TryCode.
	Handle authn.Handle
	Over   bool
	Passed bool
}

// TrialStep is one step of a trial and what came of it.
type TrialStep struct {
	Step TrialStepName
	Mark TrialMark
	// Says names what came of it: an authn.Reason, an enrollment.Status, a
	// factor.Kind or a TrialWord.
	Says string
	// Directory names where the person comes from, for the step TrialFound.
	Directory string
}

// TrialStepName names a step.
type TrialStepName string

// The steps, in their order.
const (
	TrialFound       TrialStepName = "found"
	TrialPassword    TrialStepName = "password"
	TrialRequirement TrialStepName = "requirement"
	TrialFactor      TrialStepName = "factor"
	TrialCode        TrialStepName = "code"
	TrialResult      TrialStepName = "result"
)

// TrialStepNames lists them.
func TrialStepNames() []TrialStepName {
	return []TrialStepName{TrialFound, TrialPassword, TrialRequirement, TrialFactor, TrialCode, TrialResult}
}

// TrialMark says whether a step is in order.
type TrialMark string

// The marks.
const (
	TrialGood TrialMark = "good"
	TrialBad  TrialMark = "bad"
	TrialInfo TrialMark = "info" // neither: it says how things are
)

// TrialWord is what can come of a step besides the reasons of a decision.
type TrialWord string

// The words.
const (
	TrialLocal         TrialWord = "local"
	TrialFromDirectory TrialWord = "from-directory"
	TrialAdmitted      TrialWord = "admitted"   // found in a directory, and a record was made
	TrialUnrecorded    TrialWord = "unrecorded" // found in a directory, without a record
	TrialPasswordRight TrialWord = "password-right"
	TrialRefused       TrialWord = "refused"     // all that a door would tell
	TrialMayGoOn       TrialWord = "may-go-on"   // without a second step, while a period runs
	TrialMustEnroll    TrialWord = "must-enroll" // before they get in
	TrialPassed        TrialWord = "passed"
	TrialFailed        TrialWord = "failed"
)

// TrialWords lists them.
func TrialWords() []TrialWord {
	return []TrialWord{
		TrialLocal, TrialFromDirectory, TrialAdmitted, TrialUnrecorded, TrialPasswordRight, TrialRefused, TrialMayGoOn,
		TrialMustEnroll, TrialPassed, TrialFailed,
	}
}

// TryPassword tries the first factor of somebody, and with the right password
// asks for the second, as a sign-in would. Wrong passwords and codes count as
// anywhere, for the place that the administrator sits at. Why somebody is kept
// out is for administrators: others hear what the door would tell the person.
func (o *Operator) TryPassword(ctx context.Context, by audit.Actor, name string, password secret.Text) (Trial, error) {
	before, hearsAll, err := o.mayTry(ctx, by, name)
	if err != nil {
		return Trial{}, err
	}
	if err := o.Store.Log(ctx, o.entry(by, "user.test", shown(name), "")); err != nil {
		return Trial{}, unavailable(err)
	}
	t := Trial{Username: name}
	d, err := o.Engine.Begin(ctx, authn.Request{
		Door: authn.DoorTest, Client: TestClient, Username: name, Password: password, Source: placeOf(by),
	})
	if problem.KindOf(err) == problem.Unavailable {
		d = authn.Decision{Reason: authn.ReasonDirectorySilent}
	} else if err != nil {
		return Trial{}, err
	}
	after := before
	if key, err := o.key(ctx, name); err == nil {
		if after, _, err = o.Store.Person(ctx, key, true); err != nil {
			return Trial{}, unavailable(err)
		}
	}
	if err := o.firstSteps(ctx, &t, before, after, d); err != nil {
		return Trial{}, err
	}
	t.end(d)
	if !hearsAll {
		t.keepQuiet()
	}
	return t, nil
}

// TryCode goes on with a trial that awaits a code.
func (o *Operator) TryCode(ctx context.Context, by audit.Actor, name string, h authn.Handle, code secret.Text) (Trial, error) {
	_, hearsAll, err := o.mayTry(ctx, by, name)
	if err != nil {
		return Trial{}, err
	}
	t := Trial{Username: name}
	d, err := o.Engine.Answer(ctx, authn.Reply{
		Handle: h, Door: authn.DoorTest, Client: TestClient, Username: name, Source: placeOf(by), Code: code,
	})
	if problem.KindOf(err) == problem.Unavailable {
		d = authn.Decision{Reason: authn.ReasonDirectorySilent}
	} else if err != nil {
		return Trial{}, err
	}
	mark := TrialBad
	if d.Outcome == authn.Allow {
		mark = TrialGood
	}
	t.add(TrialCode, mark, string(d.Reason))
	t.end(d)
	if !hearsAll {
		t.keepQuiet()
	}
	return t, nil
}

// mayTry returns the person meant, nil if there is no record, and whether the
// actor hears the reasons.
func (o *Operator) mayTry(ctx context.Context, by audit.Actor, name string) (r *authn.Record, hearsAll bool, err error) {
	if err := o.may(ctx, by, Help, nil); err != nil {
		return nil, false, err
	}
	hearsAll = o.may(ctx, by, Configure, nil) == nil
	r, err = o.find(ctx, name)
	switch {
	case problem.KindOf(err) == problem.Unavailable:
		return nil, false, err
	case err != nil:
		return nil, hearsAll, nil //nolint:nilerr // what is wrong with the name is the first thing that a trial says
	}
	return r, hearsAll, o.may(ctx, by, Help, r.Person)
}

// toldAtDoors are the reasons that a door tells whoever stands there.
var toldAtDoors = []authn.Reason{
	authn.ReasonCodeWrong, authn.ReasonCodeReused, authn.ReasonCodeWrongStep, authn.ReasonDirectorySilent,
}

// keepQuiet leaves of a trial what a door would tell. Without the right
// password that is the same whoever is meant, and whether there is anybody.
func (t *Trial) keepQuiet() {
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Mark != TrialBad || s.Step == TrialResult || slices.Contains(toldAtDoors, authn.Reason(s.Says)) {
			continue
		}
		s.Says = string(TrialRefused)
		if s.Step == TrialFound || s.Step == TrialPassword {
			refused := TrialStep{Step: TrialPassword, Mark: TrialBad, Says: string(TrialRefused)}
			t.Steps = append([]TrialStep{refused}, t.Steps[i+1:]...)
			return
		}
	}
}

// placeOf is where an administrator sits, for the counters of wrong guesses.
func placeOf(by audit.Actor) authn.Source {
	peer := by.Source
	if peer == "" {
		peer = by.Via
	}
	return authn.Source{Peer: peer, Agent: "test by " + by.Name}
}

func (t *Trial) add(step TrialStepName, mark TrialMark, says string) {
	t.Steps = append(t.Steps, TrialStep{Step: step, Mark: mark, Says: says})
}

// end adds how it stands.
func (t *Trial) end(d authn.Decision) {
	switch d.Outcome {
	case authn.Allow:
		t.Over, t.Passed = true, true
		t.add(TrialResult, TrialGood, string(TrialPassed))
	case authn.Ask:
		t.Handle = d.Handle
	case authn.Enroll:
		t.Over = true
		if d.Message == authn.MessagePostpone {
			t.add(TrialResult, TrialInfo, string(TrialMayGoOn))
		} else {
			t.add(TrialResult, TrialBad, string(TrialMustEnroll))
		}
	case authn.Deny:
		t.Over = true
		t.add(TrialResult, TrialBad, string(TrialFailed))
	}
}

// firstSteps says what came of name and password, and what is asked next.
func (o *Operator) firstSteps(ctx context.Context, t *Trial, before, after *authn.Record, d authn.Decision) error {
	if !foundSomebody(after, d.Reason) {
		t.add(TrialFound, TrialBad, string(d.Reason))
		return nil
	}
	found, err := o.foundStep(ctx, before, after, d.Reason)
	if err != nil {
		return err
	}
	t.Steps = append(t.Steps, found)
	if slices.Contains(knownByPassword, d.Reason) {
		t.add(TrialPassword, TrialGood, string(TrialPasswordRight))
		return nil
	}
	if found.Mark == TrialBad {
		return nil
	}
	if !slices.Contains(d.Trace, authn.RulePasswordRight) {
		t.add(TrialPassword, TrialBad, string(d.Reason))
		return nil
	}
	t.add(TrialPassword, TrialGood, string(TrialPasswordRight))
	if after != nil {
		status := enrollment.StatusOf(after.Factors, after.Requirements, o.Now())
		t.add(TrialRequirement, TrialInfo, string(status))
	}
	t.factorStep(after, d)
	return nil
}

// foundSomebody reports whether the name means somebody.
func foundSomebody(r *authn.Record, why authn.Reason) bool {
	return r != nil || !slices.Contains([]authn.Reason{
		authn.ReasonUnknownUser, authn.ReasonForeignDomain, authn.ReasonMalformedName, authn.ReasonAmbiguousName,
		authn.ReasonDirectorySilent,
	}, why)
}

// knownByPassword are reasons that only a right password brings to light.
var knownByPassword = []authn.Reason{authn.ReasonOutOfScope, authn.ReasonNotAdmitted}

// foundStep says who was found. Whose entry is not there, or not one of those
// who may come in, was not found whatever their record says.
func (o *Operator) foundStep(ctx context.Context, before, after *authn.Record, why authn.Reason) (TrialStep, error) {
	s := TrialStep{Step: TrialFound, Mark: TrialGood}
	switch {
	case why == authn.ReasonDirectoryGone, slices.Contains(knownByPassword, why):
		s.Mark, s.Says = TrialBad, string(why)
		return s, nil
	case after == nil:
		s.Says = string(TrialUnrecorded)
		return s, nil
	case after.Person.Origin.Local():
		s.Says = string(TrialLocal)
		return s, nil
	case before == nil:
		s.Says = string(TrialAdmitted)
	default:
		s.Says = string(TrialFromDirectory)
	}
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return s, unavailable(err)
	}
	if i := slices.IndexFunc(sources, func(d directory.Source) bool { return d.ID == after.Person.Origin.Directory }); i >= 0 {
		s.Directory = sources[i].Name
	}
	return s, nil
}

// factorStep says which second factor there is, and whether it was asked for.
func (t *Trial) factorStep(r *authn.Record, d authn.Decision) {
	if d.Outcome == authn.Deny {
		t.add(TrialFactor, TrialBad, string(d.Reason))
		return
	}
	if r != nil {
		for _, f := range r.Factors {
			if f.Usable() && f.Kind != factor.Recovery {
				t.add(TrialFactor, TrialInfo, string(f.Kind))
			}
		}
	}
	if d.Outcome == authn.Allow {
		t.add(TrialFactor, TrialInfo, string(d.Reason))
	}
}
