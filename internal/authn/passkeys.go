package authn

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"io"
	"time"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// signedByPasskey is what a passkey answered, and to what.
type signedByPasskey struct {
	response  passkey.Response
	malformed error // the answer could not be read
	challenge passkey.Challenge
	asked     time.Time // of a question that nobody keeps; else zero
}

// challengeOf returns what passkeys sign to answer the question with this
// handle. It is worked out from the handle, which nobody but the browser has:
// whatever binds and uses up the question binds and uses up the challenge.
func (e *Engine) challengeOf(h Handle) passkey.Challenge {
	return e.Keys.MAC("passkey challenge", []byte(h.Reveal()))
}

// prompts returns what can answer a question at a browser.
func (e *Engine) prompts(c policy.Client, r *Record, h Handle, q challenge.Challenge) []Prompt {
	if !c.Browser || r == nil || q.Purpose != challenge.SignIn {
		return nil
	}
	var (
		list     []Prompt
		passkeys []passkey.Credential
	)
	for i := range r.Factors {
		x := &r.Factors[i]
		switch {
		case !x.Usable():
		case x.Kind == factor.Passkey:
			if found, ok := e.openPasskey(x); ok {
				passkeys = append(passkeys, found)
			}
		case len(list) == 0:
			list = append(list, Prompt{Kind: x.Kind})
		}
	}
	if len(passkeys) == 0 || !e.Passkeys.Available() {
		return list
	}
	options, err := e.Passkeys.RequestOptions(passkeys, e.challengeOf(h), false)
	if err != nil {
		e.Log.Error("a passkey cannot be asked for", "error", err)
		return list
	}
	return append(list, Prompt{Kind: factor.Passkey, Options: options})
}

// Prompts returns what can answer the open question with this handle, for a
// page that is shown again; nothing if there is no such question.
func (e *Engine) Prompts(ctx context.Context, door string, h Handle) ([]Prompt, error) {
	c, err := e.Store.Challenge(ctx, HashHandle(e.Keys, h))
	if err != nil {
		return nil, unavailable(err)
	}
	if c == nil || c.Door != door || c.Person == 0 || c.Status(e.Now()) != challenge.Pending {
		return nil, nil
	}
	client, known := e.Clients.Client(c.Client)
	if !known {
		return nil, nil
	}
	r, _, err := e.person(ctx, c.Key, false)
	if err != nil || r == nil || r.Person.ID != c.Person {
		return nil, err
	}
	return e.prompts(client, r, h, *c), nil
}

// AskPasskey asks whoever sits at a browser for a passkey, before they have
// said who they are. The question is written nowhere: it is good for
// challenge.PageLifetime, and of one passkey every question asked up to the one
// it has answered is over. ok is false where passkeys cannot be used.
func (e *Engine) AskPasskey(door, client string) (d Decision, ok bool, err error) {
	c, known := e.Clients.Client(client)
	if !known || !c.Browser || !e.Passkeys.Available() {
		return Decision{}, false, nil
	}
	now := e.Now()
	h := e.namelessHandle(door, client, now)
	options, err := e.Passkeys.RequestOptions(nil, e.challengeOf(h), true)
	if err != nil {
		return Decision{}, false, err
	}
	return Decision{
		Outcome: Ask, Handle: h, Until: now.Add(challenge.PageLifetime), Reason: ReasonCodeNeeded,
		Prompts: []Prompt{{Kind: factor.Passkey, Options: options}},
	}, true, nil
}

// The parts of the handle of a question that nobody keeps: when it was asked,
// 128 random bits, and proof that it was asked here.
const (
	askedSize, randomSize, proofSize = 8, 16, 16
	namelessSize                     = askedSize + randomSize + proofSize
)

func (e *Engine) namelessHandle(door, client string, now time.Time) Handle {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, namelessSize), uint64(now.UnixMicro()))
	b = b[:askedSize+randomSize]
	if _, err := io.ReadFull(e.Rand, b[askedSize:]); err != nil {
		panic("authn: no randomness: " + err.Error()) // crypto/rand never fails
	}
	b = append(b, e.namelessProof(door, client, b)...)
	return Handle{secret.New(handleBase32.EncodeToString(b))}
}

func (e *Engine) namelessProof(door, client string, asked []byte) []byte {
	sum := e.Keys.MAC("passkey question", []byte(door), []byte(client), asked)
	return sum[:proofSize]
}

// asked returns when the question with this handle was asked, if it was, at
// this door, and is not over yet.
func (e *Engine) asked(door, client string, h Handle) (at time.Time, ok bool) {
	b, err := handleBase32.DecodeString(h.Reveal())
	if err != nil || len(b) != namelessSize {
		return time.Time{}, false
	}
	question, proof := b[:askedSize+randomSize], b[askedSize+randomSize:]
	if !hmac.Equal(proof, e.namelessProof(door, client, question)) {
		return time.Time{}, false
	}
	at = time.UnixMicro(int64(binary.BigEndian.Uint64(question)))
	age := e.Now().Sub(at)
	return at, age >= 0 && age < challenge.PageLifetime
}

// beginNameless decides on an attempt that begins with a passkey.
func (e *Engine) beginNameless(ctx context.Context, f Facts, a PasskeyAnswer) (Decision, error) {
	f.Nameless, f.Username, f.NameBad = true, "", ReasonPasskeyUnknown
	signed := &signedByPasskey{challenge: e.challengeOf(a.Handle)}
	var ours bool
	signed.asked, ours = e.asked(f.Door, f.Client.Name, a.Handle)
	if signed.response, signed.malformed = passkey.ParseResponse(a.Response); ours && signed.malformed == nil {
		key, err := e.Store.PasskeyOwner(ctx, passkey.LookupOf(signed.response.CredentialID()))
		if err != nil {
			return Decision{}, unavailable(err)
		}
		if key != "" {
			f.Key, f.Username, f.NameBad = key, key, ""
		}
	}
	return e.decideAndCommit(ctx, f, typed{passkey: signed})
}

// answeredByPasskey takes the answer to a question apart; nil if it is none of
// a passkey.
func (e *Engine) answeredByPasskey(r Reply) *signedByPasskey {
	if len(r.Passkey) == 0 {
		return nil
	}
	signed := &signedByPasskey{challenge: e.challengeOf(r.Handle)}
	signed.response, signed.malformed = passkey.ParseResponse(r.Passkey)
	return signed
}

// verifyPasskey checks what a passkey answered against those of the person.
func (e *Engine) verifyPasskey(f *Facts, signed *signedByPasskey) PasskeyEvidence {
	if signed == nil {
		return PasskeyEvidence{}
	}
	refused := PasskeyEvidence{Finding: PasskeyRefused}
	if signed.malformed != nil || f.Record == nil || !e.Passkeys.Available() {
		return refused
	}
	for i := range f.Record.Factors {
		x := &f.Record.Factors[i]
		if x.Kind != factor.Passkey || !x.Usable() {
			continue
		}
		c, ok := e.openPasskey(x)
		if !ok || string(c.ID) != string(signed.response.CredentialID()) {
			continue
		}
		return e.assert(f, x, c, signed)
	}
	return refused
}

// assert checks the answer of one passkey.
func (e *Engine) assert(f *Facts, x *factor.Factor, c passkey.Credential, signed *signedByPasskey) PasskeyEvidence {
	found := PasskeyEvidence{Finding: PasskeyRefused, Factor: x.ID, Method: c.Method()}
	a, verdict, why := e.Passkeys.Assert(c, signed.challenge, signed.response, f.Nameless)
	if verdict != passkey.Accepted {
		e.Log.Warn("a passkey was refused", "person", x.Person, "factor", x.ID, "error", why)
	}
	switch verdict {
	case passkey.Accepted:
		found.Finding = PasskeyRight
	case passkey.Copied:
		found.Finding = PasskeyCopied
	case passkey.Unverified:
		found.Finding = PasskeyAlone
	case passkey.Refused:
	}
	if found.Finding == PasskeyRight && f.Nameless {
		found.Step = signed.asked.UnixMicro()
		if found.Step <= e.lastAsked(f.Record, x) {
			found.Finding = PasskeyReused
		}
	}
	if found.Finding == PasskeyRight && a.Changed {
		found.Sealed = e.Keys.Seal(nil, factor.SecretPlace(x.ID), a.Credential.Encode())
	}
	return found
}

// lastAsked returns up to when questions to a passkey are over. What was
// answered between a backup and its return is not known any more.
func (e *Engine) lastAsked(r *Record, x *factor.Factor) int64 {
	last := spentUpTo(r.Standing.Spent, x.ID)
	if !e.RestoredAt.IsZero() {
		last = max(last, e.RestoredAt.UnixMicro())
	}
	return last
}

func (e *Engine) openPasskey(x *factor.Factor) (passkey.Credential, bool) {
	plain, err := e.Keys.Open(nil, factor.SecretPlace(x.ID), x.Sealed)
	if err != nil {
		e.Log.Error("a passkey cannot be opened", "factor", x.ID, "error", err)
		return passkey.Credential{}, false
	}
	c, err := passkey.Decode(plain)
	if err != nil {
		e.Log.Error("a passkey cannot be read", "factor", x.ID, "error", err)
	}
	return c, err == nil
}
