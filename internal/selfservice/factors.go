package selfservice

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// What a change to one's own authenticators may be refused for.
var (
	ErrNoSuchFactor = problem.New(problem.NotFound, "there is no such authenticator")
	ErrLastFactor   = problem.New(problem.Conflict, "the last authenticator cannot be removed").
			WithHint("set up another one first, or replace it")
	ErrRequiredFactor = problem.New(problem.Conflict, "this authenticator is required and cannot be removed").
				WithHint("replace it, or set up another one of its kind first")
	ErrLabel = problem.New(problem.Invalid, "that cannot be the name of an authenticator")
)

// CleanLabel returns the name somebody gives an authenticator as it is kept:
// without blanks around it. ok is false for what cannot be one: nothing, more
// than passkey.MaxLabel octets, or what cannot be seen.
func CleanLabel(typed string) (label string, ok bool) {
	label = strings.TrimSpace(typed)
	hidden := strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsGraphic(r) })
	return label, label != "" && len(label) <= passkey.MaxLabel && utf8.ValidString(label) && !hidden
}

// Rename calls one of the actor's own authenticators something else. It
// returns ErrLabel or ErrNoSuchFactor.
func (s *Service) Rename(ctx context.Context, by audit.Actor, which id.ID, typed string) error {
	label, ok := CleanLabel(typed)
	if !ok {
		return ErrLabel
	}
	return s.amend(ctx, by, "factor.rename", func(r *authn.Record, a *operator.Amendment) error {
		if own(r.Factors, which) == nil {
			return ErrNoSuchFactor
		}
		a.Rename, a.Log.Detail = &operator.Rename{Factor: which, Label: label}, which.String()
		return nil
	})
}

// Remove removes one of the actor's own authenticators, and tells them by
// mail. Nobody removes the last one that proves them: a protected client asks
// for one, and so does the way back to here; nor one without which they could
// not go on. It returns ErrLastFactor, ErrRequiredFactor or ErrNoSuchFactor.
func (s *Service) Remove(ctx context.Context, by audit.Actor, which id.ID) error {
	return s.amend(ctx, by, "factor.remove", func(r *authn.Record, a *operator.Amendment) error {
		now := s.Now()
		f := own(r.Factors, which)
		if f == nil {
			return ErrNoSuchFactor
		}
		if err := MayRemove(r, which, now); err != nil {
			return err
		}
		a.RemoveFactors, a.EndChallenges, a.Log.Detail = []id.ID{which}, true, which.String()
		a.Mail = []notify.Message{s.Desk.Disputable(notify.Message{ID: s.IDs.Next(now), Kind: notify.FactorRemoved, Person: r.Person.ID, Data: map[string]string{
			"at": now.UTC().Format(time.RFC3339), "address": by.Source, "label": f.Label,
		}})}
		return nil
	})
}

// MayRemove says why a person may not do without one of their factors: another
// one that proves them must be left, and removing it must not shut them out by
// what is required of them.
func MayRemove(r *authn.Record, which id.ID, now time.Time) error {
	left := slices.DeleteFunc(slices.Clone(r.Factors), func(f factor.Factor) bool { return f.ID == which })
	if !policy.WantAny.Met(left) {
		return ErrLastFactor
	}
	before := policy.Overall(r.Requirements, r.Factors, now).Stand
	after := policy.Overall(r.Requirements, left, now).Stand
	if after != before && (after == policy.StandExpired || after == policy.StandRequired) {
		return ErrRequiredFactor
	}
	return nil
}

// own returns the usable factor with this identifier, nil if there is none:
// what is suspended is the help desk's to deal with.
func own(factors []factor.Factor, which id.ID) *factor.Factor {
	for i := range factors {
		if f := &factors[i]; f.ID == which && f.Usable() {
			return f
		}
	}
	return nil
}
