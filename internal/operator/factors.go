package operator

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// Factors lists what somebody has enrolled.
func (o *Operator) Factors(ctx context.Context, by audit.Actor, name string) ([]FactorInfo, error) {
	r, err := o.see(ctx, by, name)
	if err != nil {
		return nil, err
	}
	return o.infos(r), nil
}

// RemoveFactor removes one factor, ends the person's sessions, and tells them.
// With the last one that proves a person on
// its own their recovery codes go too, and from then on their password alone
// enrolls nothing: that wants to know how their identity was checked, as long as
// they ask for help. What it did of what was required in a period that is over is
// required at once.
func (o *Operator) RemoveFactor(ctx context.Context, by audit.Actor, name string, which id.ID, why Why) error {
	return o.amend(ctx, by, deed{act: Help, action: "factor.remove", name: name, reason: why.Reason, identity: why.Identity},
		func(r *authn.Record, a *Amendment) error {
			remove, last, err := without(r.Factors, which)
			if err != nil {
				return err
			}
			if last && strings.TrimSpace(why.Identity) == "" {
				if err := o.notFromHelp(ctx, r.Person); err != nil {
					return err
				}
			}
			a.RemoveFactors, a.EndChallenges, a.EndSessions = remove, true, true
			a.Log.Detail = which.String()
			if last {
				o.takeEverything(r, a)
				a.KeepAdministrator = guards(by, r.Person)
				a.Mail = append(a.Mail, o.message(notify.PersonReset, r.Person, by, nil))
				return nil
			}
			for _, f := range r.Factors {
				if f.ID == which && f.Kind != factor.Recovery {
					left := slices.DeleteFunc(slices.Clone(r.Factors), func(other factor.Factor) bool { return other.ID == which })
					o.giveAnotherChance(r, a, func(required policy.Requirement) bool {
						return required.MetBy(r.Factors) && !required.MetBy(left)
					})
					a.Mail = append(a.Mail, o.Desk.Disputable(o.message(notify.FactorRemoved, r.Person, by, map[string]string{"label": f.Label})))
				}
			}
			return nil
		})
}

// without says what is to be removed, and whether nothing is left after it
// that proves a person on its own.
func without(factors []factor.Factor, which id.ID) (remove []id.ID, last bool, err error) {
	found, left := false, false
	for _, f := range factors {
		if f.ID == which {
			found = true
		} else if f.Kind != factor.Recovery {
			left = true
		}
	}
	if !found {
		return nil, false, refuse(RefusedGone, problem.NotFound, "there is no such factor").WithHint("factor list names them")
	}
	return []id.ID{which}, !left, nil
}

// RestoreFactors lets suspended factors prove again: the person had said "this
// was not me", and the help desk has found out that it was. A reason is
// required.
func (o *Operator) RestoreFactors(ctx context.Context, by audit.Actor, name, reason string) error {
	d := deed{act: Help, action: "factor.restore", name: name, reason: reason, needsReason: true}
	return o.amend(ctx, by, d, func(_ *authn.Record, a *Amendment) error {
		a.Unsuspend = true
		return nil
	})
}

// TOTPKey is an authenticator's key, to be shown once.
type TOTPKey struct {
	Secret secret.Text // base32, in groups of four
	URL    secret.Text // otpauth, for a QR code
}

// EnrollTOTP begins to enroll an authenticator for somebody; it counts once
// ConfirmTOTP has seen a code of it, within enrollment.WizardLifetime. Asked
// again before that it shows the same key. An unfinished enrollment in a
// browser becomes void.
func (o *Operator) EnrollTOTP(ctx context.Context, by audit.Actor, name string) (TOTPKey, error) {
	r, err := o.find(ctx, name)
	if err != nil {
		return TOTPKey{}, err
	}
	if err := o.may(ctx, by, Issue, r.Person); err != nil {
		return TOTPKey{}, err
	}
	if err := o.notExcluded(r.Person); err != nil {
		return TOTPKey{}, err
	}
	offer, err := o.Desk.Offer(ctx, o.right(r.Person))
	if err != nil {
		return TOTPKey{}, unavailable(err)
	}
	return TOTPKey{Secret: offer.Key, URL: offer.URI}, nil
}

// ConfirmTOTP finishes what EnrollTOTP began, and tells the person. It
// returns their recovery codes, to be shown once, unless they have some
// already. A wrong code is a problem.Invalid.
func (o *Operator) ConfirmTOTP(ctx context.Context, by audit.Actor, name string, code secret.Text) ([]secret.Text, error) {
	r, err := o.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := o.may(ctx, by, Issue, r.Person); err != nil {
		return nil, err
	}
	res, err := o.Desk.Verify(ctx, o.right(r.Person), code, by)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case res.Verdict == enrollment.WrongCode:
		return nil, refuse(RefusedWrongCode, problem.Invalid, "the code is not of this authenticator now").
			WithHint("type the code it shows now; if that fails too, compare the clocks")
	case res.Verdict != enrollment.Complete:
		return nil, refuse(RefusedNothingPending, problem.Conflict, "no authenticator is waiting for its first code").
			WithHint("begin anew with factor enroll")
	}
	return res.Codes, nil
}

// right is the right of an administrator to enroll somebody. What ties the
// unfinished enrollment to a browser is here worked out from the person: the
// two commands share no memory.
func (o *Operator) right(p *directory.Person) enrollment.Right {
	sum := o.Keys.MAC("operator enrollment", binary.BigEndian.AppendUint64(nil, uint64(p.ID)))
	return enrollment.Right{
		Person: p.ID, Browser: enrollment.HashBrowser(secret.New(hex.EncodeToString(sum[:]))),
		Until: o.Now().Add(enrollment.WizardLifetime), Adds: true,
	}
}

// RegenerateRecovery gives somebody new recovery codes, to be shown once, and
// voids those they have. Without a factor there is nothing to recover: a
// problem.Conflict.
func (o *Operator) RegenerateRecovery(ctx context.Context, by audit.Actor, name, reason string) ([]secret.Text, error) {
	var codes []secret.Text
	err := o.amend(ctx, by, deed{act: Issue, action: "factor.recovery", name: name, reason: reason},
		func(r *authn.Record, a *Amendment) error {
			usable := false
			for _, f := range r.Factors {
				usable = usable || f.Usable()
				if f.Kind == factor.Recovery {
					a.RemoveFactors = append(a.RemoveFactors, f.ID)
				}
			}
			if !usable {
				return refuse(RefusedNoFactor, problem.Conflict, "%s has no factor that the codes could stand in for", r.Person.Username).
					WithHint("enroll one first")
			}
			var f factor.Factor
			var err error
			f, codes, err = enrollment.NewRecovery(o.Keys, o.IDs, o.Rand, r.Person.ID, o.Now())
			a.AddFactors = []factor.Factor{f}
			return err
		})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
