package enrollment

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// Right is by what right a browser enrolls: a page challenge after the right
// password, an invitation that proves more, or a live session with fresh
// proof. The door that grants it has asked the engine or looked at the
// session.
type Right struct {
	Person     id.ID
	Browser    BrowserHash     // ties the unfinished enrollment to this browser
	Challenge  *challenge.Hash // spent when the enrollment is complete; nil: none
	Invitation id.ID           // spent too; zero: none
	Replaces   id.ID           // the factor that goes; zero: none
	Grants     directory.Role  // given when the enrollment is complete; none: keep
	Adds       bool            // an administrator's act: good although there is a factor already
	Chooses    bool            // good only together with a password chosen on the way
	Until      time.Time
	Proven     []factor.Method // what was proven before: part of the proof at the end
}

// ChoosesPassword reports whether an invitation lets its person choose a
// password: they have none yet, or are set up anew, and the code was not
// merely shown at a door. Whoever comes from a directory has theirs there.
func ChoosesPassword(i *Invitation, who *Applicant) bool {
	return i.Proves() && i.Origin != Pass && who.Person.Origin.Local() && (!who.Person.HasPassword || i.Origin == ForAdminUp)
}

// RightOfInvitation is the right of somebody who has no password yet: an
// invitation that proves more than one is enough, and they choose a password
// on the way. ok is false for everybody else, who signs in with the
// invitation instead.
func RightOfInvitation(i *Invitation, who *Applicant, browser BrowserHash) (r Right, ok bool) {
	if !ChoosesPassword(i, who) {
		return Right{}, false
	}
	r = Right{Person: i.Person, Browser: browser, Invitation: i.ID, Until: i.ExpiresAt, Chooses: true}
	if i.Origin == ForAdminUp {
		r.Grants = directory.Administrator
	}
	return r, true
}

// HashBrowser returns what is stored of a browser's token.
func HashBrowser(token secret.Text) BrowserHash {
	return sha256.Sum256([]byte(token.Reveal()))
}

// Applicant is a person as the desk needs to know them.
type Applicant struct {
	Person       *directory.Person
	Factors      []factor.Factor
	Requirements []policy.Requirement
	Version      int64 // of the person's standing, for the compare-and-set
}

// Completion is what a verified enrollment writes, in one transaction, if the
// person's version is still the one given and the pending enrollment is still
// this browser's.
type Completion struct {
	Person     id.ID
	Version    int64
	Browser    BrowserHash
	Factor     factor.Factor
	Lookup     *passkey.Lookup // by what the new factor is found; nil: it is no passkey
	Spent      factor.Spent    // the step of the live check: the code proves nothing twice
	Recovery   *factor.Factor  // new recovery codes; nil: the person keeps theirs
	Replaces   id.ID           // removed, with its spent step; zero: none
	Invitation id.ID           // marked spent; zero: none
	Challenge  *challenge.Hash
	Password   []byte          // new password hash, sealed; nil: keep
	Role       *directory.Role // granted; nil: keep
	Mail       []notify.Message
	Change     audit.Change
}

// ErrConflict is returned by Complete if the person changed meanwhile or
// another browser started over. Nothing was written.
var ErrConflict = errors.New("enrollment: changed meanwhile")

// ErrPasskeyTaken is returned by Complete if the passkey is somebody's
// already. Nothing was written.
var ErrPasskeyTaken = errors.New("enrollment: the passkey is registered already")

// ErrPasswordFirst is returned for a right that is good only together with a
// password, as long as none was chosen in this browser.
var ErrPasswordFirst = errors.New("enrollment: a password is to be chosen first")

// ErrTimeOver is returned to somebody in the middle of it when the end of their
// period comes.
var ErrTimeOver = problem.New(problem.Forbidden, "the time to set it up is over").WithHint("ask the help desk for more")

// Store is what the desk needs to remember. Errors other than ErrConflict mean
// that the database could not be asked.
type Store interface {
	Invitations
	// Applicant returns the person, freshly read; nil if there is none.
	Applicant(ctx context.Context, person id.ID) (*Applicant, error)
	// Pending returns the person's unfinished enrollment, nil if none.
	Pending(ctx context.Context, person id.ID) (*Pending, error)
	// PutPending keeps p in the place of any earlier one of the person.
	PutPending(ctx context.Context, p Pending) error
	// NoteOpened notes, of what the person owes, that they saw the page to
	// enroll on. Only the first time counts.
	NoteOpened(ctx context.Context, person id.ID, at time.Time) error
	// CompleteEnrollment writes c, or returns ErrConflict or ErrPasskeyTaken.
	CompleteEnrollment(ctx context.Context, c Completion) error
	// SuspendFactors suspends all factors of a person, ends their sessions and
	// open questions, and queues message for everyone of the help desk, or
	// returns ErrConflict, or ErrStoppedAlready if that was done before and
	// nothing has come since that the person disputes.
	SuspendFactors(ctx context.Context, s Suspension) error
}

// Invitations is what the desk has handed out.
type Invitations interface {
	// InvitationByCode returns the invitation with this code, nil if none.
	InvitationByCode(ctx context.Context, code CodeHash) (*Invitation, error)
	// InvitationByID returns the invitation with this identifier, nil if none.
	InvitationByID(ctx context.Context, invitation id.ID) (*Invitation, error)
}

// Config is what a Desk stands on. All fields but Administrators are required.
type Config struct {
	Store Store
	// Administrators says whom the end of a period does not lock out; nil:
	// nobody.
	Administrators Administrators
	Keys           *keyring.Ring
	IDs            *id.Source
	Rand           io.Reader
	Now            func() time.Time
	Passkeys       passkey.Party
	Issuer         string // the name an authenticator app shows: the company's
	NotMeURL       string // address of the page behind "this was not me"
	Log            *slog.Logger
}

// Administrators knows who administers; *authn.Engine is one.
type Administrators interface {
	// OnlyAdministrator reports whether a person administers and nobody else
	// who does can come in now.
	OnlyAdministrator(ctx context.Context, person id.ID) (bool, error)
}

// Desk enrolls people. It is safe for concurrent use.
type Desk struct{ Config }

// NewDesk returns a desk.
func NewDesk(c Config) *Desk { return &Desk{c} }

// Look returns the open invitation behind a typed code and its person. It
// returns nil if the code opens nothing, without saying why.
func (d *Desk) Look(ctx context.Context, code secret.Text) (*Invitation, *Applicant, error) {
	plain, ok := NormalizeCode(code.Reveal())
	if !ok {
		return nil, nil, nil
	}
	inv, err := d.Store.InvitationByCode(ctx, HashCode(d.Keys, secret.New(plain)))
	if err != nil {
		return nil, nil, err
	}
	return d.opened(ctx, inv)
}

// Invited returns the same for somebody whose code was accepted before: there
// is nothing to guess, so a door need not count it.
func (d *Desk) Invited(ctx context.Context, invitation id.ID) (*Invitation, *Applicant, error) {
	inv, err := d.Store.InvitationByID(ctx, invitation)
	if err != nil {
		return nil, nil, err
	}
	return d.opened(ctx, inv)
}

// opened returns inv and its person, or nil if it opens nothing any more.
func (d *Desk) opened(ctx context.Context, inv *Invitation) (*Invitation, *Applicant, error) {
	if inv == nil || !inv.Open(d.Now()) {
		return nil, nil, nil
	}
	who, err := d.Store.Applicant(ctx, inv.Person)
	if err != nil || who == nil || who.Person.Excluded(d.Now()) {
		return nil, nil, err
	}
	return inv, who, nil
}

// Offer is what a person needs to set up an authenticator.
type Offer struct {
	Person     *directory.Person
	Key        secret.Text // base32, in groups of four
	URI        secret.Text // otpauth, for the QR
	Superseded bool        // this one voided an unfinished one in another browser
	Until      time.Time
}

// Offer starts an enrollment, or shows the same one again to the same
// browser. An unfinished one of another browser becomes void. It returns a
// problem.Forbidden if the person is gone or kept out, or if the right is over.
func (d *Desk) Offer(ctx context.Context, r Right) (Offer, error) {
	who, err := d.applicant(ctx, r)
	if err != nil {
		return Offer{}, err
	}
	p, err := d.Store.Pending(ctx, r.Person)
	if err != nil {
		return Offer{}, err
	}
	now := d.Now()
	if r.Chooses && !chosen(p, r, now) {
		return Offer{}, ErrPasswordFirst
	}
	if !goesOn(p, r, factor.TOTP, now) {
		cred := totp.Credential{Params: totp.Defaults()}
		if cred.Key, err = totp.Generate(d.Rand, cred.Params); err != nil {
			return Offer{}, err
		}
		p = d.begin(r, p, Pending{Kind: factor.TOTP, CodeDigits: cred.Digits}, cred.Encode(), now)
		if err := d.Store.PutPending(ctx, *p); err != nil {
			return Offer{}, err
		}
	}
	cred, err := d.open(p)
	if err != nil {
		return Offer{}, err
	}
	return Offer{
		Person: who.Person, Superseded: p.Superseded, Until: r.Until,
		Key: totp.FormatBase32(cred.Key), URI: totp.URI(d.Issuer, who.Person.Username, cred.Key, cred.Params),
	}, nil
}

// begin makes p, which says of what kind it is, a fresh pending enrollment in
// the place of old.
func (d *Desk) begin(r Right, old *Pending, p Pending, plain []byte, now time.Time) *Pending {
	p.Person, p.Browser, p.Factor, p.StartedAt = r.Person, r.Browser, d.IDs.Next(now), now
	p.Invitation, p.Replaces = r.Invitation, r.Replaces
	if old != nil && old.Live(now) {
		if old.Browser == r.Browser {
			p.Password = old.Password
		} else {
			p.Superseded = true
		}
	}
	p.Sealed = d.Keys.Seal(nil, factor.SecretPlace(p.Factor), plain)
	return &p
}

// ChoosePassword keeps a password, hashed, until the enrollment of the same
// browser is complete: somebody set up by an invitation has none yet.
func (d *Desk) ChoosePassword(ctx context.Context, r Right, hash secret.Text) error {
	if _, err := d.applicant(ctx, r); err != nil {
		return err
	}
	return d.Store.PutPending(ctx, Pending{
		Person: r.Person, Browser: r.Browser, Invitation: r.Invitation, StartedAt: d.Now(),
		Password: d.Keys.Seal(nil, directory.PasswordPlace(r.Person), []byte(hash.Reveal())),
	})
}

// Verdict is what became of the code of a live check.
type Verdict int

// The verdicts. The zero value is a refusal.
const (
	WrongCode   Verdict = iota // not the code of this authenticator now, or no passkey for us
	StartedOver                // another browser started over, or the time is up: begin again
	Taken                      // the passkey is somebody's already
	NotWanted                  // the passkey is of a maker or model that is not accepted
	Complete
)

// Result is the end of a live check.
type Result struct {
	Verdict Verdict
	Proof   factor.Proof
	Codes   []secret.Text // new recovery codes, shown once; empty: the person keeps theirs
	Role    directory.Role
}

// Verify checks the code of the new authenticator and, if it is right,
// completes the enrollment.
func (d *Desk) Verify(ctx context.Context, r Right, code secret.Text, from audit.Actor) (Result, error) {
	who, err := d.applicant(ctx, r)
	if err != nil {
		return Result{}, err
	}
	now := d.Now()
	p, err := d.Store.Pending(ctx, r.Person)
	if err != nil {
		return Result{}, err
	}
	if !goesOn(p, r, factor.TOTP, now) {
		return Result{Verdict: StartedOver}, nil
	}
	if r.Chooses && !chosen(p, r, now) {
		return Result{}, ErrPasswordFirst
	}
	cred, err := d.open(p)
	if err != nil {
		return Result{}, err
	}
	step, verdict := totp.Verify(cred.Key.Reveal(), cred.Params, code.Reveal(), now, -1)
	if verdict != totp.Accepted {
		return Result{Verdict: WrongCode}, nil
	}
	c, codes, err := d.completion(r, who, p, from, now)
	if err != nil {
		return Result{}, err
	}
	c.Spent = factor.Spent{Factor: p.Factor, Step: step, At: now}
	return d.complete(ctx, r, who, c, codes, factor.MethodTOTP)
}

// complete writes c, whose factor was proven by method just now.
func (d *Desk) complete(ctx context.Context, r Right, who *Applicant, c Completion, codes []secret.Text, method factor.Method) (Result, error) {
	switch err := d.Store.CompleteEnrollment(ctx, c); {
	case errors.Is(err, ErrConflict):
		return Result{Verdict: StartedOver}, nil
	case errors.Is(err, ErrPasskeyTaken):
		return Result{Verdict: Taken}, nil
	case err != nil:
		return Result{}, err
	}
	methods := append(append([]factor.Method{}, r.Proven...), method)
	res := Result{
		Verdict: Complete, Codes: codes, Role: who.Person.Role,
		Proof: factor.Proof{Methods: methods, Factor: c.Factor.ID, At: c.Factor.CreatedAt},
	}
	if c.Role != nil {
		res.Role = *c.Role
	}
	return res, nil
}

func (d *Desk) completion(r Right, who *Applicant, p *Pending, from audit.Actor, now time.Time) (Completion, []secret.Text, error) {
	c := Completion{
		Person: r.Person, Version: who.Version, Browser: r.Browser, Replaces: r.Replaces,
		Invitation: r.Invitation, Challenge: r.Challenge, Password: p.Password,
		Factor: factor.Factor{
			ID: p.Factor, Person: r.Person, Kind: p.Kind, CodeDigits: p.CodeDigits, Sealed: p.Sealed, CreatedAt: now,
		},
		Change: audit.Change{ID: d.IDs.Next(now), Actor: from, Action: "factor.enroll", Subject: who.Person.Username, Detail: string(p.Kind)},
	}
	c.Mail = []notify.Message{d.FactorAdded(c.Factor, from)}
	if r.Grants != directory.NoRole {
		c.Role = &r.Grants
	}
	for _, f := range who.Factors {
		if f.Kind == factor.Recovery {
			return c, nil, nil
		}
	}
	rec, codes, err := NewRecovery(d.Keys, d.IDs, d.Rand, r.Person, now)
	c.Recovery = &rec
	return c, codes, err
}

// FactorAdded is the mail that tells a person of a factor that is new, from
// where it came, and how they say that it was not them.
func (d *Desk) FactorAdded(f factor.Factor, from audit.Actor) notify.Message {
	return d.Disputable(notify.Message{
		ID: d.IDs.Next(f.CreatedAt), Kind: notify.FactorAdded, Person: f.Person,
		Data: map[string]string{"at": f.CreatedAt.UTC().Format(time.RFC3339), "address": from.Source},
	})
}

// NewRecovery makes a person's recovery codes and the factor that keeps them.
func NewRecovery(keys *keyring.Ring, ids *id.Source, random io.Reader, person id.ID, now time.Time) (factor.Factor, []secret.Text, error) {
	codes, err := recovery.Generate(random, recovery.DefaultCount)
	if err != nil {
		return factor.Factor{}, nil, err
	}
	f := factor.Factor{ID: ids.Next(now), Person: person, Kind: factor.Recovery, CreatedAt: now}
	hashes := make([]recovery.Hash, len(codes))
	for i, code := range codes {
		if hashes[i], err = recovery.HashOf(keys.MAC, f.ID.String(), code); err != nil {
			return factor.Factor{}, nil, err
		}
	}
	f.Sealed = keys.Seal(nil, factor.SecretPlace(f.ID), recovery.EncodeSet(hashes))
	return f, codes, nil
}

func (d *Desk) applicant(ctx context.Context, r Right) (*Applicant, error) {
	if !d.Now().Before(r.Until) {
		return nil, problem.New(problem.Forbidden, "the time for this set-up is over")
	}
	who, err := d.Store.Applicant(ctx, r.Person)
	if err != nil {
		return nil, err
	}
	if who == nil || who.Person.Excluded(d.Now()) {
		return nil, problem.New(problem.Forbidden, "this set-up is no longer possible")
	}
	if !r.Adds && r.Grants == directory.NoRole &&
		policy.Overall(who.Requirements, who.Factors, d.Now()).Stand == policy.StandExpired {
		spared, err := d.spares(ctx, who.Person)
		if err != nil {
			return nil, err
		}
		if !spared {
			return nil, ErrTimeOver
		}
	}
	if hasFactor(who.Factors) && !r.Adds && !(factor.Proof{Methods: r.Proven}).Second() {
		// Somebody else with the password may have begun before the person
		// had a factor: that right ended when they got one.
		return nil, problem.New(problem.Forbidden, "a second step has been set up meanwhile")
	}
	return who, nil
}

// spares reports whether the end of a period does not lock out a person,
// because then nobody would be left who administers.
func (d *Desk) spares(ctx context.Context, p *directory.Person) (bool, error) {
	if d.Administrators == nil || p.EffectiveRole() != directory.Administrator {
		return false, nil
	}
	return d.Administrators.OnlyAdministrator(ctx, p.ID)
}

// chosen reports whether a password was chosen in this browser.
func chosen(p *Pending, r Right, now time.Time) bool {
	return p != nil && p.Browser == r.Browser && p.Live(now) && len(p.Password) > 0
}

func hasFactor(factors []factor.Factor) bool {
	for _, f := range factors {
		if f.Usable() {
			return true
		}
	}
	return false
}

func (d *Desk) open(p *Pending) (totp.Credential, error) {
	plain, err := d.Keys.Open(nil, factor.SecretPlace(p.Factor), p.Sealed)
	if err != nil {
		return totp.Credential{}, problem.Wrap(problem.Internal, err, "an unfinished enrollment cannot be opened")
	}
	return totp.Decode(plain)
}
