package authn

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// DirectoryFreshness is how old what a directory said about somebody may be
// where they are let in without a bind.
const DirectoryFreshness = time.Minute

// Directories asks the directories that people come from. Every error means
// that a directory did not answer, so that nothing is known.
type Directories interface {
	// Any reports whether there are directories at all.
	Any() bool

	// StandIn returns the directory that a name stands in for which means nobody
	// of a directory, as typed and as far as it could be taken apart: the one
	// whose domain was typed, else always the same of all. It may be 0 while
	// there are none.
	StandIn(name directory.Name, typed string) id.ID

	// Look finds the entry that is meant. Where nothing says in which directory,
	// it looks in all of them, at the same time. It costs one search in each,
	// whether somebody is found or not. An error means that the directory of the
	// Origin, or Sought.Home, did not answer; for others there is Found.Silent.
	Look(ctx context.Context, s Sought) (Found, error)

	// Elsewhere takes as long as looking for a name in all directories but one.
	Elsewhere(ctx context.Context, but id.ID)

	// Bind checks a password by a bind as whoever was found. An empty password
	// never comes this far. With nobody found, or one that must not be tried,
	// it binds as an entry that cannot exist, with random octets for a password:
	// that takes as long, harms no account, and shows the password to nobody.
	Bind(ctx context.Context, f Found, password secret.Text) (Bound, error)

	// Current returns why the directory keeps its entry out, NotBarred if it does
	// not, as of DirectoryFreshness ago at most. It asks if it does not know.
	Current(ctx context.Context, o directory.Origin) (directory.Barred, error)

	// Admit makes a record of an entry that has none, or takes back somebody who
	// was gone, and returns their key. It returns ErrNotIncluded for whom no item
	// of a directory includes that has items, ErrNotAdmitted if there can be no
	// record for another reason.
	Admit(ctx context.Context, f Found) (key string, err error)
}

// ErrNotIncluded says that nothing of a directory that is kept in step includes
// an entry.
var ErrNotIncluded = problem.New(problem.Conflict, "no synchronisation item includes this entry of the directory")

// ErrNotAdmitted says that an entry of a directory can get no record.
var ErrNotAdmitted = problem.New(problem.Conflict, "this entry of the directory can get no record")

// Sought is whom to look for.
type Sought struct {
	Origin directory.Origin // of somebody with a record; of a local user: zero, and Name is looked for
	Name   directory.Name   // with an Origin too: a principal name must be that entry's now, and its alone
	// Nobody says that whoever it is will not be let in, so that it matters only
	// that looking takes its time.
	Nobody bool
	// Home is the directory whose silence is the answer, see StandIn: of
	// somebody with an Origin their own.
	Home id.ID
}

// Found is the one entry that was found.
type Found struct {
	Home      id.ID           // as sought: where nobody is bound as
	Directory id.ID           // 0: nobody was found
	Entry     directory.Entry // zero: nobody was found
	Barred    directory.Barred
	Ambiguous bool // several entries have this name
	Renamed   bool // with an Origin: the entry is not called so any more
	Spare     bool // the entry must not be tried: no bind for it, but one like it
	// Silent is why another directory than Home, that may have somebody of this
	// name, did not answer; then nobody was found, whoever has answered.
	Silent error
}

// Bound is what a bind found.
type Bound struct {
	Right bool
	// Why is the reason for which the directory refused, where it said one. With
	// Right it knows the password and still keeps the person out.
	Why Reason
}

// DirectoryAnswer is what the directory of a person says about them.
type DirectoryAnswer int

// The answers. The zero value lets nobody in who comes from a directory.
const (
	DirectoryNotAsked DirectoryAnswer = iota
	DirectorySilent                   // it was asked and did not answer
	DirectoryClear                    // it has nothing against them
	DirectoryRefuses                  // it keeps them out
)

// DirectoryEvidence is what was learned from a directory, and about whom.
type DirectoryEvidence struct {
	Answer    DirectoryAnswer
	Why       Reason // for DirectoryRefuses
	Directory id.ID  // of the entry it is about
	Object    string
}

// about reports whether the evidence is about this person.
func (d DirectoryEvidence) about(p *directory.Person) bool {
	return d.Directory == p.Origin.Directory && d.Object == p.Origin.Object
}

// barredReason says for the log why a directory keeps somebody out.
func barredReason(b directory.Barred) Reason {
	switch b {
	case directory.NotBarred:
		return ""
	case directory.BarredExpired:
		return ReasonDirectoryExpired
	case directory.BarredLocked:
		return ReasonDirectoryLocked
	case directory.BarredGone:
		return ReasonDirectoryGone
	case directory.BarredDisabled:
	}
	return ReasonDirectoryDisabled
}

// asksDirectories reports whether an attempt begins with a password that a
// directory may have to check.
func (e *Engine) asksDirectories(f *Facts) bool {
	return !f.Answering && !f.Nameless && f.SignedIn == 0 && f.Client.FirstFactor == policy.FirstDirectory && e.Directories.Any()
}

// home returns the directory whose silence is the answer to an attempt: the
// person's own, or for whoever has none the one that the name stands in for.
func (e *Engine) home(f *Facts, t *typed, r *Record) id.ID {
	for _, known := range []*Record{r, f.Record} {
		if known != nil && !known.Person.Origin.Local() {
			return known.Person.Origin.Directory
		}
	}
	return e.Directories.StandIn(t.name, strings.ToLower(f.Username))
}

// askDirectory checks a password that no local hash has proven right. Whoever
// it is, it costs one search and one bind: r may be nobody, or a local user.
// While another directory is silent that may have somebody without a record,
// they are refused like a name that nobody has.
func (e *Engine) askDirectory(ctx context.Context, f *Facts, t *typed, r *Record) error {
	local := r != nil && r.Person.Origin.Local()
	s := Sought{Name: t.name, Nobody: local || f.NameBad != "", Home: e.home(f, t, r)}
	if r != nil && !local {
		s.Origin = r.Person.Origin
	}
	t.asked, t.alone = s.Home, !s.Origin.Local() && t.name.Directory == 0
	found, err := e.Directories.Look(ctx, s)
	if err != nil {
		e.silent(f, local, err)
		return nil
	}
	r, found, counters, err := e.whoToTry(ctx, f, t, r, found)
	if err != nil {
		return err
	}
	bound, err := e.Directories.Bind(ctx, found, t.password)
	if err != nil {
		e.silent(f, local, err)
		return nil
	}
	if found.Directory == 0 || found.Spare && r == nil || t.password.Empty() {
		return nil
	}
	f.Evidence.note(found, bound)
	switch {
	case r == nil:
		return e.admit(ctx, f, t, found, bound, counters)
	case !r.Person.Origin.GoneAt.IsZero() && bound.Right && f.Evidence.Directory.Answer == DirectoryClear:
		return e.takeBack(ctx, f, t, found)
	}
	return nil
}

// whoToTry says whose password is tried, and as which entry: of somebody with a
// record, of somebody without with the counters that stand for one, or of nobody.
func (e *Engine) whoToTry(ctx context.Context, f *Facts, t *typed, r *Record, found Found) (_ *Record, _ Found, counters *unrecordedEntry, err error) {
	if r == nil && found.Directory != 0 {
		known, err := e.recordOf(ctx, f, found)
		if err != nil {
			return r, found, nil, err
		}
		if known != nil {
			r = known
			found.Spare = e.apart(f, t, r)
		}
	}
	switch {
	case r != nil && r.Person.Origin.Local():
		found = Found{Home: t.asked}
	case r != nil && (found.Ambiguous || found.Renamed):
		f.Key, f.NameBad = "", ReasonUnknownUser
		if found.Ambiguous {
			f.NameBad = ReasonAmbiguousName
		}
		found, r, t.judged = Found{Home: t.asked}, nil, passwordFactsOf(nil)
	case r != nil:
		found.Spare = found.Spare || r.Person.Disabled || r.Standing.Passwords.Refused(f.Source.String(), e.Now())
	case found.Ambiguous:
		f.NameBad = ReasonAmbiguousName
	case found.Silent != nil:
		e.Log.Warn("a directory did not answer", "user", f.Username, "error", found.Silent)
		if f.NameBad == "" {
			f.NameBad = ReasonDirectorySilent
		}
	case found.Directory != 0:
		counters = e.unrecorded.entry(found, f.Source.String())
		if found.Spare = counters.refused(e.Now()); found.Spare {
			f.NameBad = ReasonPasswordLocked
		}
	}
	return r, found, counters, nil
}

// recordOf returns the record of an entry that was found by a name that the
// record does not have, or not yet: it counts there like any other spelling.
func (e *Engine) recordOf(ctx context.Context, f *Facts, found Found) (*Record, error) {
	key, ok, err := e.Store.KeyOf(ctx, found.Directory, found.Entry.Object)
	if err != nil {
		return nil, unavailable(err)
	}
	if !ok {
		return nil, nil //nolint:nilnil // nobody here is that entry
	}
	f.Key = key
	r, _, err := e.person(ctx, key, true)
	return r, err
}

// apart takes the password field apart as this person types it, and reports
// whether there is no password in it.
func (e *Engine) apart(f *Facts, t *typed, r *Record) (empty bool) {
	t.judged = passwordFactsOf(r)
	t.password, t.code = split(f.Client.Code, t.judged.digits, t.field)
	if t.password.Empty() {
		f.Evidence.Password = PasswordAbsent
	}
	return t.password.Empty()
}

// silent notes that a directory did not answer. A local password needs none.
func (e *Engine) silent(f *Facts, local bool, err error) {
	e.Log.Warn("a directory did not answer", "user", f.Username, "error", err)
	f.Evidence.Directory = DirectoryEvidence{Answer: DirectorySilent}
	if !local {
		f.Evidence.Password = PasswordUnchecked
	}
}

// note takes down what a directory said to a password.
func (v *Evidence) note(found Found, bound Bound) {
	v.Password = PasswordWrong
	v.Directory = DirectoryEvidence{Answer: DirectoryClear, Directory: found.Directory, Object: found.Entry.Object}
	if bound.Right {
		v.Password = PasswordRight
	}
	why := bound.Why
	if why == "" && found.Barred.Out() {
		why = barredReason(found.Barred)
	}
	if why != "" {
		v.Directory.Answer, v.Directory.Why = DirectoryRefuses, why
	}
}

// admit makes the record of somebody who has just proven a directory's
// password and has none; and counts where they have not.
func (e *Engine) admit(ctx context.Context, f *Facts, t *typed, found Found, bound Bound, counters *unrecordedEntry) error {
	switch {
	case !bound.Right:
		counters.fail(e.Now())
		f.NameBad = cmp.Or(bound.Why, ReasonPasswordWrong)
		return nil
	case f.Evidence.Directory.Answer != DirectoryClear:
		f.NameBad = f.Evidence.Directory.Why
		return nil
	}
	counters.succeed(e.Now())
	why, err := e.ask(ctx, f, t, found)
	if why != "" {
		f.NameBad = why
	}
	return err
}

// takeBack lets somebody go on who was gone and is in the directory, if they
// are to be kept in step again: a record that says they are gone says also
// that no item included them any more, which the directory itself does not know.
func (e *Engine) takeBack(ctx context.Context, f *Facts, t *typed, found Found) error {
	why, err := e.ask(ctx, f, t, found)
	if why != "" {
		f.Evidence.Directory.Answer, f.Evidence.Directory.Why = DirectoryRefuses, why
	}
	return err
}

// ask has a record made or taken back of an entry whose password is proven, and
// says why there is none.
func (e *Engine) ask(ctx context.Context, f *Facts, t *typed, found Found) (why Reason, err error) {
	key, err := e.Directories.Admit(ctx, found)
	switch {
	case errors.Is(err, ErrNotIncluded):
		return ReasonOutOfScope, nil
	case problem.KindOf(err) == problem.Conflict:
		e.Log.Warn("somebody of a directory can get no record", "user", f.Username, "error", err)
		return ReasonNotAdmitted, nil
	case err != nil:
		return "", unavailable(err)
	}
	f.Key, f.NameBad = key, ""
	r, _, err := e.person(ctx, key, true)
	if err != nil {
		return "", err
	}
	t.judged = passwordFactsOf(r)
	return "", nil
}

// askCurrent asks what the directory of somebody says who would be let in
// without a bind.
func (e *Engine) askCurrent(ctx context.Context, f *Facts, p *directory.Person) {
	d := DirectoryEvidence{Answer: DirectoryClear, Directory: p.Origin.Directory, Object: p.Origin.Object}
	barred, err := e.Directories.Current(ctx, p.Origin)
	switch {
	case err != nil:
		e.Log.Warn("a directory did not answer", "user", f.Username, "error", err)
		d.Answer = DirectorySilent
	case barred.Out():
		d.Answer, d.Why = DirectoryRefuses, barredReason(barred)
	}
	f.Evidence.Directory = d
}

// sameWork does for a refusal what a directory's password check would have
// cost, if it was not done yet, and looks in the other directories too, as for
// a name that nobody has. Where the directory does not answer whose people
// they seem to be, a refusal looks as it would for those: as no answer at all.
func (e *Engine) sameWork(ctx context.Context, f *Facts, t *typed) {
	switch {
	case t.asked == 0 && !t.field.Empty():
		_ = e.askDirectory(ctx, f, t, &Record{Person: &directory.Person{}})
	case t.alone && f.Evidence.Directory.Answer != DirectorySilent:
		e.Directories.Elsewhere(ctx, t.asked)
	}
}

// errAskDirectory says that the person's directory has to be asked before they
// can be let in.
var errAskDirectory = errors.New("authn: the directory was not asked yet")

// errSilent is the answer where a directory gives none.
var errSilent = unavailable(errors.New("a directory does not answer"))

// remembered is what a record remembers of its directory, as evidence.
func remembered(p *directory.Person, now time.Time) DirectoryEvidence {
	d := DirectoryEvidence{Answer: DirectoryClear, Directory: p.Origin.Directory, Object: p.Origin.Object}
	if b := p.Origin.At(now); b.Out() {
		d.Answer, d.Why = DirectoryRefuses, barredReason(b)
	}
	return d
}

// noDirectories is where all people are local.
type noDirectories struct{}

func (noDirectories) Any() bool { return false }

func (noDirectories) StandIn(directory.Name, string) id.ID { return 0 }

func (noDirectories) Elsewhere(context.Context, id.ID) {}

func (noDirectories) Look(context.Context, Sought) (Found, error) { return Found{}, nil }

func (noDirectories) Bind(context.Context, Found, secret.Text) (Bound, error) { return Bound{}, nil }

// Current cannot tell: whoever came from a directory stays out without it.
func (noDirectories) Current(context.Context, directory.Origin) (directory.Barred, error) {
	return "", errSilent
}

func (noDirectories) Admit(context.Context, Found) (string, error) { return "", ErrNotAdmitted }
