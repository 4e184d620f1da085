package authn

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// typed is what the person entered, taken apart.
type typed struct {
	field      secret.Text // the whole password field
	password   secret.Text
	code       secret.Text
	invitation secret.Text
	passkey    *signedByPasskey // nil: none
	judged     passwordFacts
	name       directory.Name // the user name
	asked      id.ID          // the directory that was asked, or where as much was done; 0: none yet
	alone      bool           // no other was asked, which might have the name too
	forHelp    bool           // see Request.ForHelp
}

// passwordFacts are what a password field was taken apart and checked by. If
// they turn out to be others, it must be checked again.
type passwordFacts struct {
	checked bool
	hash    string // sealed
	digits  int
	home    id.ID // the directory that checked it, and for which entry
	object  string
}

func passwordFactsOf(r *Record) passwordFacts {
	p := passwordFacts{checked: true, digits: codeDigits(r)}
	if r != nil {
		p.hash = string(r.Password)
		p.home, p.object = r.Person.Origin.Directory, r.Person.Origin.Object
	}
	return p
}

// verifyPassword takes the password field apart and checks the password. It
// costs one password hash whoever asks and however the field is taken apart,
// and where there are directories a search and a bind besides, so that a clock
// tells nothing about names: see docs/decisions/0011.
func (e *Engine) verifyPassword(ctx context.Context, f *Facts, t *typed, r *Record) error {
	t.judged = passwordFactsOf(r)
	t.password, t.code = split(f.Client.Code, t.judged.digits, t.field)
	f.Evidence.Password, f.Evidence.NewHash, f.Evidence.Directory = PasswordAbsent, nil, DirectoryEvidence{}
	if t.field.Empty() {
		return nil
	}
	if t.password.Empty() { // a code and nothing else
		_, err := e.Passwords.Verify(ctx, f.Client.Name, secret.Text{}, t.field)
		return err
	}
	hash, err := e.passwordHash(r)
	if err != nil {
		return err
	}
	result, err := e.Passwords.Verify(ctx, f.Client.Name, hash, t.password)
	if err != nil {
		return err
	}
	f.Evidence.Password = PasswordWrong
	if result.OK {
		f.Evidence.Password = PasswordRight
	} else if e.Directories.Any() {
		return e.askDirectory(ctx, f, t, r)
	}
	if fresh := result.Replacement; !fresh.Empty() {
		f.Evidence.NewHash = e.Keys.Seal(nil, directory.PasswordPlace(r.Person.ID), []byte(fresh.Reveal()))
	}
	return nil
}

// passwordHash returns the person's hash, or none: nobody's password is right,
// and where somebody comes from a directory only that knows.
func (e *Engine) passwordHash(r *Record) (secret.Text, error) {
	if r == nil || len(r.Password) == 0 || !r.Person.Origin.Local() {
		return secret.Text{}, nil
	}
	hash, err := e.Keys.Open(nil, directory.PasswordPlace(r.Person.ID), r.Password)
	if err != nil {
		return secret.Text{}, problem.Wrap(problem.Internal, err, "a password hash cannot be opened")
	}
	return secret.New(string(hash)), nil
}

// codeDigits is the length of the person's codes, 0 if they have no factor
// that is typed.
func codeDigits(r *Record) int {
	if r == nil {
		return 0
	}
	for _, f := range r.Factors {
		if f.Usable() && f.CodeDigits > 0 {
			return f.CodeDigits
		}
	}
	return 0
}

// split takes password and code apart where both come in one field. The last
// digits are always the code: trying the whole as a password too would double
// the failures in a directory. Without a factor the whole is the password.
func split(place policy.CodePlace, digits int, field secret.Text) (password, code secret.Text) {
	s := field.Reveal()
	if place == policy.CodeChallenge || digits == 0 || len(s) < digits {
		return field, secret.Text{}
	}
	head, tail := s[:len(s)-digits], s[len(s)-digits:]
	if !allDigits(tail) {
		return field, secret.Text{}
	}
	before, comma := strings.CutSuffix(head, ",")
	if place == policy.CodeBoth && !comma {
		return field, secret.Text{}
	}
	return secret.New(before), secret.New(tail)
}

// verifyInvitation looks up the invitation that a page took the code of.
func (e *Engine) verifyInvitation(ctx context.Context, f *Facts, t typed) error {
	if t.invitation.Empty() {
		return nil
	}
	code, ok := enrollment.NormalizeCode(t.invitation.Reveal())
	if !ok {
		f.Evidence.BadInvite = true
		return nil
	}
	inv, err := e.Store.Invitation(ctx, enrollment.HashCode(e.Keys, secret.New(code)))
	if err != nil {
		return unavailable(err)
	}
	f.Evidence.Invitation, f.Evidence.BadInvite = inv, inv == nil
	return nil
}

// verifyCode checks a typed code against everything the person has. Whoever
// has nothing, or is nobody, has typed a wrong one.
func (e *Engine) verifyCode(f *Facts, t typed, now time.Time) CodeEvidence {
	code := strings.TrimSpace(t.code.Reveal())
	if code == "" {
		return CodeEvidence{}
	}
	waiting := f.Challenge != nil && f.Challenge.Purpose == challenge.Enroll
	if waiting && !allDigits(strings.ReplaceAll(code, " ", "")) && !recovery.LooksLikeCode(t.code) {
		return CodeEvidence{} // "ok": no code, so no failure
	}
	best := CodeEvidence{Finding: CodeWrong}
	if f.Record == nil {
		return best
	}
	enrolled := false
	for i := range f.Record.Factors {
		x := &f.Record.Factors[i]
		enrolled = enrolled || x.Usable() && canAsk(f.Client, x.Kind)
		if !x.Usable() || x.Kind != factor.TOTP {
			continue
		}
		if found := e.verifyTOTP(x, code, now, f.Record.Standing.Spent); better(found.Finding, best.Finding) {
			best = found
		}
	}
	if best.Finding != CodeRight && enrolled && (f.Answering || f.Client.Browser) {
		if found, ok := e.verifyRecovery(f.Record, t.code); ok {
			return found
		}
	}
	return best
}

// better orders findings by what they tell the administrator.
func better(a, b CodeFinding) bool {
	rank := [...]int{CodeAbsent: 0, CodeWrong: 1, CodeWrongStep: 2, CodeReused: 3, CodeRight: 4}
	return rank[a] > rank[b]
}

func (e *Engine) verifyTOTP(x *factor.Factor, code string, now time.Time, spent []factor.Spent) CodeEvidence {
	var room [64]byte
	plain, err := e.Keys.Open(room[:0], factor.SecretPlace(x.ID), x.Sealed)
	if err != nil {
		e.Log.Error("a factor's secret cannot be opened", "factor", x.ID, "error", err)
		return CodeEvidence{Finding: CodeWrong}
	}
	cred, err := totp.Decode(plain)
	if err != nil {
		e.Log.Error("a factor's secret cannot be read", "factor", x.ID, "error", err)
		return CodeEvidence{Finding: CodeWrong}
	}
	last := spentUpTo(spent, x.ID)
	if !e.RestoredAt.IsZero() {
		last = max(last, cred.Step(e.RestoredAt)+int64(cred.Skew))
	}
	step, verdict := totp.Verify(cred.Key.Reveal(), cred.Params, code, now, last)
	found := CodeEvidence{Finding: CodeWrong, Kind: factor.TOTP, Factor: x.ID, Step: step}
	switch verdict {
	case totp.Accepted:
		found.Finding = CodeRight
	case totp.Reused:
		found.Finding = CodeReused
	case totp.Drifted:
		found.Finding = CodeWrongStep
	case totp.Wrong:
	}
	return found
}

func (e *Engine) verifyRecovery(r *Record, code secret.Text) (CodeEvidence, bool) {
	if !recovery.LooksLikeCode(code) {
		return CodeEvidence{}, false
	}
	for _, x := range r.Factors {
		if x.Kind != factor.Recovery || x.Suspended {
			continue
		}
		plain, err := e.Keys.Open(nil, factor.SecretPlace(x.ID), x.Sealed)
		if err != nil {
			e.Log.Error("recovery codes cannot be opened", "factor", x.ID, "error", err)
			continue
		}
		hashes, err := recovery.DecodeSet(plain)
		if err != nil {
			e.Log.Error("recovery codes cannot be read", "factor", x.ID, "error", err)
			continue
		}
		if i, ok := recovery.Match(e.Keys.MAC, x.ID.String(), hashes, code); ok {
			left := recovery.EncodeSet(recovery.Without(hashes, i))
			return CodeEvidence{
				Finding: CodeRight, Kind: factor.Recovery, Factor: x.ID,
				Left: e.Keys.Seal(nil, factor.SecretPlace(x.ID), left),
			}, true
		}
	}
	return CodeEvidence{}, false
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// printable returns s fit for a log and a database: valid UTF-8 without
// control characters, no longer than a user name may be.
func printable(s string) string {
	if len(s) > directory.MaxUsername {
		s = s[:directory.MaxUsername]
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return strings.Map(func(r rune) rune {
				if r == utf8.RuneError || unicode.IsControl(r) || !unicode.IsGraphic(r) {
					return '\uFFFD'
				}
				return r
			}, strings.ToValidUTF8(s, "\uFFFD"))
		}
	}
	return s
}

func (s Source) printable() Source {
	return Source{Peer: printable(s.Peer), Station: printable(s.Station), Agent: printable(s.Agent)}
}
