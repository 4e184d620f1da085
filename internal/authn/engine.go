package authn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// staleAfter is how long something remembered may lead to anything but an
// Allow while other nodes write to the database.
const staleAfter = time.Second

// retransmitWindow is how long after an answer its request may come again.
const retransmitWindow = time.Minute

// Config is what an Engine stands on. All fields are required.
type Config struct {
	Store     Store
	Clients   Clients
	Names     directory.Names
	Keys      *keyring.Ring
	Passwords Passwords
	Passkeys  passkey.Party
	IDs       *id.Source
	Rand      io.Reader
	Now       func() time.Time
	EnrollURL string // the short address for an invitation's code: "https://mfa.example.com/e"

	// RestoredAt is when the data were last restored from a backup; zero:
	// never. What was used between the backup and then is not known any more,
	// so no code of that time is accepted.
	RestoredAt time.Time
	Log        *slog.Logger

	// Directories are where people come from; nil: all are local.
	Directories Directories
}

// Engine decides. It is safe for concurrent use.
type Engine struct {
	Config
	turns      *turnstile
	binds      lanes // for passwords that a directory checks
	decoys     decoys
	unrecorded unrecorded
	unanswered unanswered
}

// New returns an engine.
func New(c Config) *Engine {
	if c.Directories == nil {
		c.Directories = noDirectories{}
	}
	return &Engine{Config: c, turns: newTurnstile()}
}

// Begin decides on a new attempt. An error means that nothing was decided, or
// that what was decided is not told; the log has it, see audit.Unanswered.
func (e *Engine) Begin(ctx context.Context, r Request) (Decision, error) {
	f := Facts{
		Door: r.Door, Username: printable(r.Username), Source: r.Source.printable(),
		Once: r.Once, SignedIn: r.SignedIn,
	}
	client, ok := e.Clients.Client(r.Client)
	if !ok {
		return e.unknownClient(ctx, f, r.Client)
	}
	f.Client = client
	if r.Passkey != nil {
		return e.beginNameless(ctx, f, *r.Passkey)
	}
	t := typed{field: r.Password, invitation: r.Invitation, forHelp: r.ForHelp}
	var err error
	if f.Key, t.name, f.NameBad, err = e.meaning(ctx, r.Username); err != nil {
		return e.noted(ctx, &f, Decision{}, err)
	}
	return e.decideAndCommit(ctx, f, t)
}

// Answer decides on the answer to an open question. An error means that
// nothing was decided and the question is still open.
func (e *Engine) Answer(ctx context.Context, r Reply) (Decision, error) {
	f := Facts{
		Door: r.Door, Username: printable(r.Username), Source: r.Source.printable(),
		Once: r.Once, Answering: true,
	}
	client, ok := e.Clients.Client(r.Client)
	if !ok {
		return e.unknownClient(ctx, f, r.Client)
	}
	f.Client = client

	c, err := e.Store.Challenge(ctx, HashHandle(e.Keys, r.Handle))
	if err != nil {
		return e.noted(ctx, &f, Decision{}, unavailable(err))
	}
	f.Challenge = c
	if c != nil {
		if client.Browser && f.Username == "" {
			f.Username = c.Username
		}
		f.Key = c.Key
	}
	if f.Key == "" {
		if f.Key, _, f.NameBad, err = e.meaning(ctx, r.Username); err != nil {
			return e.noted(ctx, &f, Decision{}, err)
		}
	}
	return e.decideAndCommit(ctx, f, typed{code: r.Code, passkey: e.answeredByPasskey(r)})
}

// decideAndCommit runs the four steps; what ends without a decision is noted.
func (e *Engine) decideAndCommit(ctx context.Context, f Facts, t typed) (Decision, error) {
	d, err := e.attempt(ctx, &f, &t)
	return e.noted(ctx, &f, d, err)
}

// attempt runs the four steps, and sees to it that a refusal looks the same and
// takes as long for everybody. Beside an error, a decision's SignIn says that
// it was made and stands in the log, and is not told.
func (e *Engine) attempt(ctx context.Context, f *Facts, t *typed) (Decision, error) {
	bindable := e.asksDirectories(f)
	if bindable {
		// One at a time, and each is counted before the next: so many guesses
		// reach a person's account in the directory as the lockout allows here.
		lane := t.name.User
		if lane == "" {
			lane = f.Username
		}
		leave, err := e.binds.enter(ctx, lane)
		if err != nil {
			return Decision{}, unavailable(err)
		}
		defer leave()
	}
	if err := e.verify(ctx, f, t, bindable && e.Store.Shared()); err != nil {
		return Decision{}, err
	}
	d, err := e.decideInTurn(ctx, f, t)
	if errors.Is(err, errAskDirectory) {
		e.askCurrent(ctx, f, f.person())
		d, err = e.decideInTurn(ctx, f, t)
	}
	if err != nil || d.Outcome != Deny || !bindable {
		return d, err
	}
	if e.sameWork(ctx, f, t); f.Evidence.Directory.Answer == DirectorySilent {
		return Decision{SignIn: d.SignIn}, errSilent
	}
	return d, nil
}

// verify is the slow part, which comes before the turn. It looks at what may be
// remembered of the person, unless fresh is asked for.
func (e *Engine) verify(ctx context.Context, f *Facts, t *typed, fresh bool) error {
	switch {
	case f.Answering || f.SignedIn != 0 || f.Nameless:
	case f.Client.FirstFactor == policy.FirstNone:
		t.code = t.field
	default:
		r, _, err := e.person(ctx, f.Key, fresh)
		if err != nil {
			return err
		}
		if err := e.verifyPassword(ctx, f, t, r); err != nil {
			return err
		}
	}
	return e.verifyInvitation(ctx, f, *t)
}

// decideInTurn decides when it is the attempt's turn. If the person changed
// between loading and committing it does so once more, and then refuses.
func (e *Engine) decideInTurn(ctx context.Context, f *Facts, t *typed) (Decision, error) {
	leave, err := e.turns.enter(ctx, f.Key)
	if err != nil {
		return Decision{}, unavailable(err)
	}
	defer leave()

	for try := range 2 {
		var remembered bool
		if f.Record, remembered, err = e.person(ctx, f.Key, try > 0); err != nil {
			return Decision{}, err
		}
		d, done, err := e.decideOnce(ctx, f, t, remembered)
		if done || err != nil {
			return d, err
		}
	}
	return e.lostRace(ctx, *f)
}

// decideOnce judges and commits; done is false if the commit found that the
// facts had changed.
func (e *Engine) decideOnce(ctx context.Context, facts *Facts, t *typed, remembered bool) (d Decision, done bool, err error) {
	now, f := e.Now(), *facts
	if d, found, err := e.again(ctx, f, remembered, now); found || err != nil {
		return d, true, err
	}
	if c := f.Challenge; c != nil && c.Person != 0 && !stillOpen(f.Record, c) {
		// Somebody answered it since it was read, or another node asked it.
		if remembered && e.Store.Shared() {
			return Decision{}, false, nil
		}
		f.Challenge = nil
	}
	if t.judged.checked && t.judged != passwordFactsOf(f.Record) {
		// The password or the factor was changed since it was checked.
		if err := e.verifyPassword(ctx, &f, t, f.Record); err != nil {
			return Decision{}, true, err
		}
		facts.Evidence = f.Evidence
	}
	f.Evidence.Code = e.verifyCode(&f, *t, now)
	f.Evidence.Passkey = e.verifyPasskey(&f, t.passkey)
	if f.OnlyAdministrator, err = e.onlyAdministrator(ctx, &f, now); err != nil {
		return Decision{}, true, err
	}
	j := decide(f, now)
	if t.forHelp {
		j = j.withoutEntering()
	}
	switch {
	case j.effects.undecided && f.Evidence.Directory.Answer == DirectoryNotAsked:
		return Decision{}, true, errAskDirectory
	case j.effects.undecided:
		return Decision{}, true, errSilent
	}
	if d, found, err := e.decoyAgain(ctx, f, j, now); found || err != nil {
		return d, true, err
	}
	if remembered && j.effects.ends && j.effects.burn == nil { // a code that is still good was not answered before
		if d, found, err := e.logged(ctx, f, now); found || err != nil {
			return d, true, err
		}
	}
	if j.Outcome != Allow && remembered && e.Store.Shared() && now.Sub(f.Record.ReadAt) > staleAfter {
		return Decision{}, false, nil // refuse, ask or count only on what is current
	}
	if q := j.effects.open; q != nil && q.Person == 0 && j.effects.newAttempt && !e.decoys.room(now) {
		d, err := e.refuse(ctx, f, ReasonTooManyOpen, RuleTooManyOpen)
		return d, true, err
	}
	change, d := e.apply(f, j, now)
	switch err := e.Store.Commit(ctx, change); {
	case err == nil:
		return d, true, nil
	case errors.Is(err, ErrConflict):
		return Decision{}, false, nil
	default:
		return Decision{}, true, unavailable(err)
	}
}

// person returns the record with a key; nobody is never only remembered.
func (e *Engine) person(ctx context.Context, key string, fresh bool) (*Record, bool, error) {
	if key == "" {
		return nil, false, nil
	}
	r, remembered, err := e.Store.Person(ctx, key, fresh)
	if err != nil {
		return nil, false, unavailable(err)
	}
	return r, remembered, nil
}

// stillOpen reports whether the question is among the person's open ones.
func stillOpen(r *Record, c *challenge.Challenge) bool {
	if r == nil {
		return false
	}
	for i := range r.Open {
		if r.Open[i].Hash == c.Hash {
			return true
		}
	}
	return false
}

// unknownClient refuses and leaves an entry in the log.
func (e *Engine) unknownClient(ctx context.Context, f Facts, name string) (Decision, error) {
	f.Client.Name = printable(name)
	return e.refuse(ctx, f, ReasonUnknownClient, RuleUnknownClient)
}

// lostRace refuses an attempt that found the person changed twice.
func (e *Engine) lostRace(ctx context.Context, f Facts) (Decision, error) {
	return e.refuse(ctx, f, ReasonContention, RuleLostRace)
}

func (e *Engine) refuse(ctx context.Context, f Facts, reason Reason, rule Rule) (Decision, error) {
	f.Record, f.Challenge = nil, nil
	j := judge{Facts: f, now: e.Now()}
	j.applies(rule)
	j.deny(reason)
	change, d := e.apply(f, j.out, j.now)
	if err := e.Store.Commit(ctx, change); err != nil {
		return Decision{}, unavailable(err)
	}
	return d, nil
}

// again finds the answer that this very request got before: the question that
// was put, or what a process that died since, or another node, has decided.
// Whether this process has decided it is looked up only where that can matter,
// see decideOnce: most often the door knows its own answers, and a look into
// the log costs as much as a sign-in.
func (e *Engine) again(ctx context.Context, f Facts, remembered bool, now time.Time) (Decision, bool, error) {
	if f.Once == (audit.Once{}) || f.Record == nil {
		return Decision{}, false, nil
	}
	for i := range f.Record.Open {
		if c := &f.Record.Open[i]; c.Once == f.Once && now.Before(c.ExpiresAt) {
			var err error
			f.OnlyAdministrator, err = e.onlyAdministrator(ctx, &f, now)
			return e.askAgain(f, c, now), err == nil, err
		}
	}
	if remembered {
		return Decision{}, false, nil
	}
	return e.logged(ctx, f, now)
}

// logged looks in the log for the answer to this very request.
func (e *Engine) logged(ctx context.Context, f Facts, now time.Time) (Decision, bool, error) {
	if f.Once == (audit.Once{}) || f.Record == nil {
		return Decision{}, false, nil
	}
	last, since := f.Record.Standing.SignIn, now.Add(-retransmitWindow)
	if last.Time().Before(since) {
		return Decision{}, false, nil
	}
	entries, err := e.Store.SignIns(ctx, last, since, 100)
	if err != nil {
		return Decision{}, false, unavailable(err)
	}
	for _, s := range entries {
		if s.Once == f.Once {
			return answered(f, s), true, nil
		}
	}
	return Decision{}, false, nil
}

// decoyAgain is again for whoever has no record to keep the question on. It
// asks the database only where a decoy would be asked, or one was answered.
func (e *Engine) decoyAgain(ctx context.Context, f Facts, j judgement, now time.Time) (Decision, bool, error) {
	asked := j.effects.open != nil && j.effects.open.Person == 0
	answered := j.Reason == ReasonStateUnknown && f.Client.FirstFactor == policy.FirstNone && f.Client.CanPrompt()
	if f.Once == (audit.Once{}) || !asked && !answered {
		return Decision{}, false, nil
	}
	c, err := e.Store.Challenge(ctx, HashHandle(e.Keys, e.newHandle(f)))
	if err != nil {
		return Decision{}, false, unavailable(err)
	}
	if c == nil || c.Purpose != challenge.Decoy || c.Status(now) != challenge.Pending {
		return Decision{}, false, nil
	}
	return e.askAgain(f, c, now), true, nil
}

func unavailable(err error) error {
	return problem.Wrap(problem.Unavailable, fmt.Errorf("authn: %w", err), "sign-in is not available right now")
}
