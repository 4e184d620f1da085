package authn_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
)

// unanswered returns what the log has of sign-ins without an answer.
func (in *installation) unanswered(q operator.SignInQuery) []audit.SignIn {
	in.t.Helper()
	q.Result, q.Limit = audit.Unanswered, 1000
	list, err := in.store.FindSignIns(in.t.Context(), q)
	if err != nil {
		in.t.Fatal(err)
	}
	return list
}

// fails is an attempt that is given no answer.
func (in *installation) fails(client, user, password string, once int) {
	in.t.Helper()
	d, err := in.Begin(in.t.Context(), authn.Request{
		Door: authn.DoorRADIUS, Client: client, Username: user, Password: secret.New(password),
		Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{byte(once), byte(once >> 8), 77},
	})
	if err == nil || d.Outcome != authn.Deny || d.SignIn != 0 || d.Message != "" {
		in.t.Errorf("%s: %+v, %v", user, d, err)
	}
}

func TestNoAnswerIsInTheLog(t *testing.T) {
	in, h := installHomes(t)
	asked := in.begin("vpn", "alice", "alice-ad", 1)
	h.down.Store(true)
	in.fails("vpn", "alice", "alice-ad", 2)
	in.fails("vpn", "alice", "alice-ad", 2) // the same request again
	in.fails("vpn", "ALICE", "wrong", 3)    // the person again
	in.fails("nps", "alice", in.code(aliceKey), 4)
	in.fails("vpn", "nobody", "wrong", 5)
	reply := authn.Reply{
		Handle: asked.Handle, Door: authn.DoorRADIUS, Client: "vpn", Username: "alice", Code: secret.New(in.code(aliceKey)),
		Source: authn.Source{Peer: "192.0.2.9"}, Once: audit.Once{6},
	}
	if _, err := in.Answer(t.Context(), reply); err == nil {
		t.Error("a code was answered")
	}
	r, _, err := in.store.Person(t.Context(), "alice", true)
	if err != nil {
		t.Fatal(err)
	}
	hers := in.unanswered(operator.SignInQuery{Person: r.Person.ID})
	if all := in.unanswered(operator.SignInQuery{}); len(all) != 4 || len(hers) != 3 {
		t.Fatalf("the log has %+v", all)
	}
	for _, s := range hers {
		if s.Reason != string(authn.ReasonDirectorySilent) || s.Trace != string(authn.RuleDirectorySilent) || s.Method != "" ||
			s.Door != authn.DoorRADIUS || s.Once != (audit.Once{}) || s.Username != "alice" || s.Source == "" {
			t.Errorf("%+v", s)
		}
	}
	if s := in.unanswered(operator.SignInQuery{Username: "nobody"}); len(s) != 1 || s[0].Person != 0 {
		t.Errorf("of nobody: %+v", s)
	}
	in.wait(time.Minute)
	in.fails("vpn", "alice", "alice-ad", 2)
	if again := in.unanswered(operator.SignInQuery{Person: r.Person.ID}); len(again) != 4 {
		t.Errorf("a minute later: %d", len(again))
	}

	// When it is back, the very same requests are decided, whatever the log has.
	h.down.Store(false)
	if d, err := in.Answer(t.Context(), reply); err != nil || d.Reason != authn.ReasonCodeWrongStep {
		t.Errorf("the answer again, a minute late: %+v, %v", d, err)
	}
	d, err := in.Begin(t.Context(), authn.Request{
		Door: authn.DoorRADIUS, Client: "vpn", Username: "alice", Password: secret.New("alice-ad"),
		Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{2, 0, 77},
	})
	if err != nil || d.Outcome != authn.Ask {
		t.Errorf("the request again: %+v, %v", d, err)
	}
}

func TestNoAnswerDoesNotFillTheLog(t *testing.T) {
	in, h := installHomes(t)
	h.down.Store(true)
	for i := range 600 {
		in.fails("vpn", fmt.Sprint("nobody", i), "wrong", i)
	}
	if n := len(in.unanswered(operator.SignInQuery{})); n != 256 {
		t.Errorf("a flood leaves %d entries", n)
	}
	in.wait(time.Minute)
	in.fails("vpn", "alice", "wrong", 1)
	if n := len(in.unanswered(operator.SignInQuery{Username: "alice"})); n != 1 {
		t.Errorf("a minute later there is room for %d", n)
	}
}

// away is a database that may be away.
type away struct {
	authn.Store
	is atomic.Bool
}

var errAway = errors.New("no connection")

func (a *away) Person(ctx context.Context, key string, fresh bool) (*authn.Record, bool, error) {
	if a.is.Load() {
		return nil, false, errAway
	}
	return a.Store.Person(ctx, key, fresh)
}

func (a *away) Commit(ctx context.Context, c authn.Change) error {
	if a.is.Load() {
		return errAway
	}
	return a.Store.Commit(ctx, c)
}

// TestADatabaseThatIsAway: what it could not be told it is told afterwards.
func TestADatabaseThatIsAway(t *testing.T) {
	in, h := installHomes(t)
	database := &away{Store: in.store}
	in.Engine.Store = database
	in.add("carol", "carol-pw", nil)
	database.is.Store(true)
	in.fails("vpn", "alice", "alice-ad", 1)
	in.fails("vpn", "alice", "alice-ad", 2)
	in.fails("vpn", "nobody", "wrong", 3)
	h.down.Store(true)
	in.fails("nps", "frank", "123456", 4)
	database.is.Store(false)
	if n := len(in.unanswered(operator.SignInQuery{})); n != 0 {
		t.Errorf("%d entries while the database was away", n)
	}
	in.want(in.begin("vpn", "carol", "carol-pw", 5), authn.Enroll, authn.ReasonMustEnroll)
	deadline := time.Now().Add(10 * time.Second)
	for len(in.unanswered(operator.SignInQuery{})) < 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	list := in.unanswered(operator.SignInQuery{Reason: string(authn.ReasonUndecided)})
	named := map[string]bool{}
	for _, s := range list {
		named[s.Username] = s.Person != 0
	}
	if len(list) != 3 || !named["alice"] || named["nobody"] || named["frank"] {
		t.Errorf("afterwards the log has %+v", list)
	}
}
