package enrollment

import (
	"context"
	"errors"
	"io"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/problem"
)

// ErrEnoughPasskeys is returned to somebody who has passkey.MaxPerPerson.
var ErrEnoughPasskeys = problem.New(problem.Conflict, "there are as many passkeys as one may have").
	WithHint("remove one that is not used any more")

// ErrNoPasskeys is returned where passkeys cannot be used.
var ErrNoPasskeys = problem.New(problem.NotFound, "passkeys cannot be used at this address")

// PasskeyOffer is what a browser needs to make a passkey.
type PasskeyOffer struct {
	Person     *directory.Person
	Options    []byte // PublicKeyCredentialCreationOptionsJSON
	Superseded bool   // this one voided an unfinished one in another browser
}

// passkeyRight is what both halves of enrolling a passkey begin with.
func (d *Desk) passkeyRight(ctx context.Context, r Right) (*Applicant, []passkey.Credential, *Pending, error) {
	if !d.Passkeys.Available() {
		return nil, nil, nil, ErrNoPasskeys
	}
	who, err := d.applicant(ctx, r)
	if err != nil {
		return nil, nil, nil, err
	}
	has, err := d.passkeys(who)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(has) >= passkey.MaxPerPerson {
		return nil, nil, nil, ErrEnoughPasskeys
	}
	p, err := d.Store.Pending(ctx, r.Person)
	if err == nil && r.Chooses && !chosen(p, r, d.Now()) {
		err = ErrPasswordFirst
	}
	return who, has, p, err
}

// OfferPasskey starts the enrollment of a passkey, or goes on with the same one
// in the same browser. The challenge is kept, sealed, with the unfinished
// enrollment: for this person and browser, until a passkey has answered it or
// the time is up. Errors are those of Offer, ErrEnoughPasskeys and
// ErrNoPasskeys.
func (d *Desk) OfferPasskey(ctx context.Context, r Right) (PasskeyOffer, error) {
	who, has, p, err := d.passkeyRight(ctx, r)
	if err != nil {
		return PasskeyOffer{}, err
	}
	now := d.Now()
	if !goesOn(p, r, factor.Passkey, now) {
		asked, err := d.askForPasskey(has)
		if err != nil {
			return PasskeyOffer{}, err
		}
		p = d.begin(r, p, Pending{Kind: factor.Passkey}, asked.encode(), now)
		if err := d.Store.PutPending(ctx, *p); err != nil {
			return PasskeyOffer{}, err
		}
	}
	asked, err := d.openAsked(p)
	if err != nil {
		return PasskeyOffer{}, err
	}
	options, err := d.Passkeys.CreationOptions(asked.registrant(who, has), asked.challenge)
	return PasskeyOffer{Person: who.Person, Options: options, Superseded: p.Superseded}, err
}

// VerifyPasskey completes the enrollment with what the browser answered. No
// assertion is asked for besides: the authenticator has just verified its user
// over our challenge, for our pages; whoever could make that up would make up
// an assertion too. The passkey is called what it is, or as otherwise says
// where it does not tell.
func (d *Desk) VerifyPasskey(ctx context.Context, r Right, response []byte, otherwise string, from audit.Actor) (Result, error) {
	who, has, p, err := d.passkeyRight(ctx, r)
	if err != nil {
		return Result{}, err
	}
	now := d.Now()
	if !goesOn(p, r, factor.Passkey, now) {
		return Result{Verdict: StartedOver}, nil
	}
	asked, err := d.openAsked(p)
	if err != nil {
		return Result{}, err
	}
	made, err := d.Passkeys.Register(asked.registrant(who, has), asked.challenge, response)
	if err != nil {
		d.Log.Warn("a passkey was not registered", "person", r.Person, "error", err)
		if errors.Is(err, passkey.ErrNotWanted) {
			return Result{Verdict: NotWanted}, nil
		}
		return Result{Verdict: WrongCode}, nil
	}
	p.Sealed = d.Keys.Seal(nil, factor.SecretPlace(p.Factor), made.Encode())
	c, codes, err := d.completion(r, who, p, from, now)
	if err != nil {
		return Result{}, err
	}
	if c.Factor.Label = made.Model.Name(); c.Factor.Label == "" {
		c.Factor.Label = otherwise
	}
	c.Spent = factor.Spent{Factor: p.Factor, At: now}
	lookup := passkey.LookupOf(made.ID)
	c.Lookup = &lookup
	return d.complete(ctx, r, who, c, codes, made.Method())
}

// passkeys returns the passkeys that somebody has, suspended ones too.
func (d *Desk) passkeys(who *Applicant) ([]passkey.Credential, error) {
	var list []passkey.Credential
	for _, f := range who.Factors {
		if f.Kind != factor.Passkey {
			continue
		}
		plain, err := d.Keys.Open(nil, factor.SecretPlace(f.ID), f.Sealed)
		if err != nil {
			return nil, problem.Wrap(problem.Internal, err, "a passkey cannot be opened")
		}
		c, err := passkey.Decode(plain)
		if err != nil {
			return nil, problem.Wrap(problem.Internal, err, "a passkey cannot be read")
		}
		list = append(list, c)
	}
	return list, nil
}

// askedPasskey is what an unfinished enrollment keeps of a question.
type askedPasskey struct {
	challenge passkey.Challenge
	handle    passkey.UserHandle
}

// askForPasskey draws a challenge and, for the first passkey, a user handle.
func (d *Desk) askForPasskey(has []passkey.Credential) (a askedPasskey, err error) {
	if _, err := io.ReadFull(d.Rand, a.challenge[:]); err != nil {
		return a, err
	}
	if len(has) > 0 {
		a.handle = has[0].User
		return a, nil
	}
	_, err = io.ReadFull(d.Rand, a.handle[:])
	return a, err
}

func (a askedPasskey) encode() []byte { return slices.Concat(a.challenge[:], a.handle[:]) }

var errAsked = errors.New("enrollment: not a question for a passkey")

func (d *Desk) openAsked(p *Pending) (a askedPasskey, err error) {
	plain, err := d.Keys.Open(nil, factor.SecretPlace(p.Factor), p.Sealed)
	if err == nil && len(plain) != len(a.challenge)+len(a.handle) {
		err = errAsked
	}
	if err != nil {
		return a, problem.Wrap(problem.Internal, err, "an unfinished enrollment cannot be opened")
	}
	copy(a.handle[:], plain[copy(a.challenge[:], plain):])
	return a, nil
}

func (a askedPasskey) registrant(who *Applicant, has []passkey.Credential) passkey.Registrant {
	return passkey.Registrant{
		Handle: a.handle, Username: who.Person.Username, DisplayName: who.Person.Name(), Has: has,
	}
}
