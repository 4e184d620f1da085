package session_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
)

// slow is a store in which something happens after a session was read.
type slow struct {
	kept      map[session.Hash]session.Session
	meanwhile func()
}

func (s *slow) PutSession(_ context.Context, v session.Session) error { s.kept[v.Hash] = v; return nil }

func (s *slow) RenewSession(_ context.Context, old session.Hash, v session.Session) error {
	if _, ok := s.kept[old]; !ok {
		return session.ErrOver
	}
	delete(s.kept, old)
	s.kept[v.Hash] = v
	return nil
}

func (s *slow) TouchSession(_ context.Context, h session.Hash, seen time.Time) (bool, error) {
	v, ok := s.kept[h]
	if v.SeenAt = seen; ok {
		s.kept[h] = v
	}
	return ok, nil
}

func (s *slow) Session(_ context.Context, h session.Hash) (*session.Session, error) {
	v, ok := s.kept[h]
	if s.meanwhile != nil {
		s.meanwhile()
	}
	if !ok {
		return nil, nil
	}
	return &v, nil
}

func (s *slow) EndSessionAs(_ context.Context, h session.Hash, why session.Ending) error {
	v, ok := s.kept[h]
	if v.Ended = why; ok {
		s.kept[h] = v
	}
	return nil
}

func (s *slow) EndSession(_ context.Context, h session.Hash) error { delete(s.kept, h); return nil }

func (s *slow) EndSessions(context.Context, id.ID, session.Hash) error { clear(s.kept); return nil }

func start(t *testing.T) (*session.Keeper, *slow, *time.Time, secret.Text) {
	t.Helper()
	now := time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)
	s := &slow{kept: map[session.Hash]session.Session{}}
	k := &session.Keeper{Store: s, IDs: id.NewSource(0), Rand: rand.Reader, Now: func() time.Time { return now }}
	token, _, err := k.Start(t.Context(), opening(factor.Proof{At: now}))
	if err != nil {
		t.Fatal(err)
	}
	return k, s, &now, token
}

func opening(proof factor.Proof) session.Opening {
	return session.Opening{Person: 42, Proof: proof, Source: "192.0.2.7", Browser: "Firefox, Linux"}
}

// TestSigningOutWins over a request of the same browser that is on its way.
func TestSigningOutWins(t *testing.T) {
	k, s, now, token := start(t)
	*now = now.Add(2 * time.Minute) // so that it is noted as seen
	s.meanwhile = func() {
		if err := k.End(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
	found, err := k.Find(t.Context(), token)
	if found != nil || err != nil {
		t.Errorf("the session is found: %+v, %v", found, err)
	}
	if len(s.kept) != 0 {
		t.Error("the session has come back to life")
	}
}

func TestRenewingLastsNoLonger(t *testing.T) {
	k, s, now, token := start(t)
	old, err := k.Find(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(10 * time.Minute)
	fresh, renewed, err := k.Renew(t.Context(), *old, factor.Proof{Methods: []factor.Method{factor.MethodTOTP}, At: *now})
	if err != nil || !renewed.FreshAt(*now) || !renewed.EndsAt.Equal(old.EndsAt) {
		t.Errorf("renewed: %+v, %v", renewed, err)
	}
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("the old token still works: %v", err)
	}
	if found, err := k.Find(t.Context(), fresh); found == nil || err != nil {
		t.Errorf("the new token does not work: %v", err)
	}
	if _, _, err := k.Renew(t.Context(), *old, renewed.Proof); !errors.Is(err, session.ErrOver) {
		t.Errorf("renewed a session that has ended: %v", err)
	}
	if len(s.kept) != 1 {
		t.Errorf("%d sessions", len(s.kept))
	}
}

func TestASessionThatIsUsedStaysAlive(t *testing.T) {
	k, _, now, token := start(t)
	for range 3 {
		*now = now.Add(session.Idle - time.Second)
		if found, err := k.Find(t.Context(), token); found == nil || err != nil {
			t.Fatalf("ended while in use: %v", err)
		}
	}
	*now = now.Add(session.Idle)
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("found after it was idle: %v", err)
	}
}

// TestRenewingClaimsNoPassword that was never shown: a session that began with
// a passkey alone stays one.
func TestRenewingClaimsNoPassword(t *testing.T) {
	again := factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodHardwareKey}}
	for _, tc := range []struct{ before, want []factor.Method }{
		{[]factor.Method{factor.MethodPassword, factor.MethodTOTP}, again.Methods},
		{[]factor.Method{factor.MethodHardwareKey, factor.MethodMultiFactor}, []factor.Method{factor.MethodHardwareKey}},
	} {
		k, _, now, _ := start(t)
		token, _, err := k.Start(t.Context(), opening(factor.Proof{Methods: tc.before, At: *now}))
		if err != nil {
			t.Fatal(err)
		}
		old, err := k.Find(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if _, renewed, err := k.Renew(t.Context(), *old, again); err != nil || !slices.Equal(renewed.Proof.Methods, tc.want) {
			t.Errorf("after %v: %v, %v", tc.before, renewed.Proof.Methods, err)
		}
	}
	if len(again.Methods) != 2 {
		t.Error("the proof given was changed")
	}
}

// TestAScreenIsNobody: a session with a scope opens nothing but that, is never
// idle, and proves nothing; what a page asks for by itself keeps nobody in.
func TestAScreenIsNobody(t *testing.T) {
	k, s, now, token := start(t)
	*now = now.Add(session.Idle / 2)
	if found, err := k.Look(t.Context(), token); found == nil || err != nil {
		t.Fatalf("not there to be looked at: %v", err)
	}
	*now = now.Add(session.Idle / 2)
	if found, err := k.Look(t.Context(), token); found != nil || err != nil {
		t.Errorf("looking kept it: %+v, %v", found, err)
	}

	screen, hash, err := session.NewToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	proof := factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, Factor: 7, At: *now}
	s.kept[hash] = session.New(hash, 9, session.Opening{Person: 2, Proof: proof, Scope: "one page"}, *now)
	if s.kept[hash].FreshAt(*now) {
		t.Error("a screen counts as fresh proof")
	}
	for _, find := range []func(context.Context, secret.Text) (*session.Session, error){k.Find, k.Look} {
		if found, err := find(t.Context(), screen); found != nil || err != nil {
			t.Errorf("a screen is somebody: %+v, %v", found, err)
		}
	}
	*now = now.Add(session.Wall - time.Second)
	if found, err := k.Scoped(t.Context(), screen); found == nil || err != nil || !found.SeenAt.Equal(*now) {
		t.Errorf("the screen is not there: %+v, %v", found, err)
	}
	*now = now.Add(time.Second)
	if found, err := k.Scoped(t.Context(), screen); found != nil || err != nil {
		t.Errorf("it lasts for ever: %+v, %v", found, err)
	}
	if found, err := k.Scoped(t.Context(), token); found != nil || err != nil {
		t.Errorf("somebody is a screen: %+v, %v", found, err)
	}
}
