package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

func testPerson(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Somebody("alice")
	alice.Person.Username = "Alice"
	alice.Password = []byte("sealed hash")
	got := Add(t, s, alice)
	want := &authn.Record{
		Person: &alice.Person, Password: alice.Password, Factors: alice.Factors,
		Standing: authn.Standing{Version: 1}, ReadAt: got.ReadAt,
	}
	want.Person.HasPassword = true
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	remembered, _, err := s.Person(t.Context(), "alice", false)
	if err != nil {
		t.Fatal(err)
	}
	remembered.ReadAt = got.ReadAt
	if diff := cmp.Diff(want, remembered); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	if r, _, err := s.Person(t.Context(), "Alice", false); r != nil || err != nil {
		t.Errorf("a key is compared as it is: %v, %v", r, err)
	}
	byID, err := s.PersonByID(t.Context(), alice.Person.ID)
	if err != nil || byID == nil || byID.Person.Key != "alice" {
		t.Errorf("by identifier: %+v, %v", byID, err)
	}
	if err := s.AddPerson(t.Context(), Somebody("alice"), Entry("user.add", "alice")); !errors.Is(err, operator.ErrNameTaken) {
		t.Errorf("the same name again: %v", err)
	}
}

// testContention: of everyone who decided on the same facts, one wins.
func testContention(t *testing.T, d Database) {
	s := d.Open(t)
	Add(t, s, Somebody("alice"))
	const rounds, guesses = 5, 200
	for round := range rounds {
		r := Find(t, s, "alice")
		var (
			won     int
			mu      sync.Mutex
			waiting sync.WaitGroup
		)
		for range guesses {
			waiting.Go(func() {
				switch err := s.Commit(t.Context(), Allowed(r, int64(round))); {
				case err == nil:
					mu.Lock()
					won++
					mu.Unlock()
				case !errors.Is(err, authn.ErrConflict):
					t.Errorf("commit: %v", err)
				}
			})
		}
		waiting.Wait()
		after := Find(t, s, "alice")
		if won != 1 || after.Standing.Version != r.Standing.Version+1 {
			t.Fatalf("round %d: %d winners, version %d after %d", round, won, after.Standing.Version, r.Standing.Version)
		}
	}
	last := Find(t, s, "alice").Standing.SignIn
	if log, err := s.SignIns(t.Context(), last, Start, 1000); len(log) != rounds || err != nil {
		t.Errorf("%d entries in the log, want %d (%v)", len(log), rounds, err)
	}
}

// testWhole: everything a change has is there afterwards, and in memory as in
// the database; after a lost compare-and-set nothing is.
func testWhole(t *testing.T, d Database) {
	s := d.Open(t)
	r := Add(t, s, Somebody("alice"))
	asked := Question(r, 1)
	commit(t, s, authn.Change{Record: r, Standing: r.Standing, Put: &asked})
	r = Find(t, s, "alice")
	if c, err := s.Challenge(t.Context(), asked.Hash); err != nil || c == nil || *c != asked {
		t.Errorf("the question is %+v, %v", c, err)
	}

	whole := everything(r, asked)
	commit(t, s, whole)
	remembered, _, err := s.Person(t.Context(), "alice", false)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.PersonByID(t.Context(), r.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	remembered.ReadAt = again.ReadAt
	if diff := cmp.Diff(again, remembered); diff != "" {
		t.Errorf("the database and the memory differ (-database +memory):\n%s", diff)
	}
	want := whole.Standing
	want.Version, want.SignIn = r.Standing.Version+1, whole.SignIn.ID
	want.Allowed = want.SignIn
	if diff := cmp.Diff(want, again.Standing); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]challenge.Challenge{*whole.Put}, again.Open); diff != "" {
		t.Errorf("open questions (-want +got):\n%s", diff)
	}
	if c, err := s.Challenge(t.Context(), asked.Hash); err != nil || c != nil {
		t.Errorf("the spent question is %+v, %v", c, err)
	}
	if inv, err := s.Invitation(t.Context(), whole.Invite.Code); err != nil || inv == nil || *inv != *whole.Invite {
		t.Errorf("invitation: %+v, %v", inv, err)
	}
	if inv, err := s.InvitationByID(t.Context(), whole.Invite.ID); err != nil || inv == nil || *inv != *whole.Invite {
		t.Errorf("invitation by its identifier: %+v, %v", inv, err)
	}
	if string(again.Factors[0].Sealed) != "fewer codes" || string(again.Password) != "new hash" ||
		!again.Person.LinkMailedAt.Equal(Start) {
		t.Errorf("record: %+v", again)
	}

	late := everything(r, asked)
	late.Put.Hash[0]++
	late.Invite.ID, late.Invite.Code[0] = NextID(), 77
	if err := s.Commit(t.Context(), late); !errors.Is(err, authn.ErrConflict) {
		t.Fatalf("a commit on old facts: %v", err)
	}
	if c, err := s.Challenge(t.Context(), late.Put.Hash); c != nil || err != nil {
		t.Errorf("the loser's question is there: %v, %v", c, err)
	}
	if inv, err := s.InvitationByID(t.Context(), late.Invite.ID); inv != nil || err != nil {
		t.Errorf("the loser's invitation is found by its identifier: %v, %v", inv, err)
	}
	if inv, err := s.Invitation(t.Context(), late.Invite.Code); inv != nil || err != nil {
		t.Errorf("the loser's invitation is there: %v, %v", inv, err)
	}
}

// everything is a change with all a change can have.
func everything(r *authn.Record, asked challenge.Challenge) authn.Change {
	c := Allowed(r, 12345)
	c.Standing.Codes = lockout.Codes{Wrong: 2, Since: Start, LockedUntil: Start.Add(time.Hour), Locks: 1, Streak: 7}
	c.Standing.Passwords, _ = lockout.Passwords{}.Fail("192.0.2.1", Start).Succeed("192.0.2.2", Start)
	c.Spend = []challenge.Challenge{asked}
	next := asked.Next(audit.Once{5})
	next.Hash[0] = 200
	c.Put = &next
	c.Invite = &enrollment.Invitation{
		ID: NextID(), Code: enrollment.CodeHash{1}, Person: r.Person.ID, Origin: enrollment.FromDoor,
		Attempt: next.Attempt, Client: "vpn", Source: "192.0.2.7", CreatedAt: Start, ExpiresAt: Start.Add(time.Minute),
	}
	c.Left = &authn.LeftSecret{Factor: r.Factors[0].ID, Sealed: []byte("fewer codes")}
	c.Rehash = []byte("new hash")
	c.LinkMailedAt = Start
	c.Postpone = []id.ID{NextID()}
	c.Mail = []notify.Message{{ID: NextID(), Kind: notify.EnrollLink, Person: r.Person.ID, Data: map[string]string{"code": "x"}}}
	return c
}

// testIsolation: a change that the database refuses takes nobody with it.
func testIsolation(t *testing.T, d Database) {
	s := d.Open(t)
	const people = 100
	first := Add(t, s, Somebody("first"))
	taken := Allowed(first, 1)
	commit(t, s, taken)
	var waiting sync.WaitGroup
	for i := range people {
		r := Add(t, s, Somebody(fmt.Sprintf("user%d", i)))
		waiting.Go(func() {
			c := Allowed(r, 1)
			if bad := i%10 == 0; bad {
				c.SignIn.ID = taken.SignIn.ID // there is an entry with this identifier
				if err := s.Commit(t.Context(), c); err == nil {
					t.Errorf("%d: an entry of the log was replaced", i)
				}
			} else if err := s.Commit(t.Context(), c); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	waiting.Wait()
	for i := range people {
		want := int64(2)
		if i%10 == 0 {
			want = 1
		}
		if got := Find(t, s, fmt.Sprintf("user%d", i)).Standing.Version; got != want {
			t.Errorf("user%d has version %d, want %d", i, got, want)
		}
	}
}

// testDecoys: a question of nobody is answered by one of many who try.
func testDecoys(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	decoy, other := Question(nil, 1), Question(nil, 2)
	commit(t, s, authn.Change{Put: &decoy})
	commit(t, s, authn.Change{Put: &other})
	if c, err := s.Challenge(t.Context(), decoy.Hash); err != nil || c == nil || *c != decoy {
		t.Fatalf("the question is %+v, %v", c, err)
	}
	results := make(chan error, 50)
	for range cap(results) {
		go func() {
			results <- s.Commit(t.Context(), authn.Change{
				Spend: []challenge.Challenge{decoy}, SignIn: Decided(nil, audit.Denied, "unknown-user"),
			})
		}()
	}
	won := 0
	for range cap(results) {
		if err := <-results; err == nil {
			won++
		} else if !errors.Is(err, authn.ErrConflict) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d answers to one question", won)
	}
	// With a person, and two questions of which one is gone: nothing is written.
	c := Allowed(alice, 1)
	c.Spend = []challenge.Challenge{other, decoy}
	if err := s.Commit(t.Context(), c); !errors.Is(err, authn.ErrConflict) {
		t.Errorf("with a question that is gone: %v", err)
	}
	if c, err := s.Challenge(t.Context(), other.Hash); c == nil || err != nil {
		t.Errorf("the other question: %v, %v", c, err)
	}
	if got := Find(t, s, "alice").Standing.Version; got != alice.Standing.Version {
		t.Errorf("the version rose to %d", got)
	}
}

// testChain: a person's entries are found newest first, from any of them, back
// to an instant.
func testChain(t *testing.T, d Database) {
	s := d.Open(t)
	Add(t, s, Somebody("alice"))
	bob := Add(t, s, Somebody("bob"))
	var entries []audit.SignIn
	for i := range 10 {
		r := Find(t, s, "alice")
		c := Allowed(r, int64(i))
		c.SignIn.ID = id.At(Start.Add(time.Duration(i)*time.Minute)) + 1
		commit(t, s, c)
		entries = append([]audit.SignIn{*c.SignIn}, entries...)
		commit(t, s, Allowed(bob, int64(i)))
		bob = Find(t, s, "bob")
	}
	last := Find(t, s, "alice").Standing.SignIn
	for _, tc := range []struct {
		name        string
		since       time.Time
		limit, want int
	}{
		{"all", Start, 100, 10},
		{"a few", Start, 3, 3},
		{"at the instant and later", Start.Add(7 * time.Minute), 100, 3},
		{"later than all", Start.Add(time.Hour), 100, 0},
	} {
		got, err := s.SignIns(t.Context(), last, tc.since, tc.limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entries[:tc.want], got, cmp.Transformer("empty", func(l []audit.SignIn) []audit.SignIn {
			return append([]audit.SignIn{}, l...)
		})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// testMemory: what is remembered is what the last commit wrote, and facts of
// another node that are out of date win nothing.
func testMemory(t *testing.T, d Database) {
	s := d.Open(t, func(o *store.Options) { o.Remember = 1 })
	for i := range 200 { // far more than are remembered
		Add(t, s, Somebody(fmt.Sprintf("user%d", i)))
	}
	for round := range 3 {
		for i := range 200 {
			r, _, err := s.Person(t.Context(), fmt.Sprintf("user%d", i), false)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Standing.Version; got != int64(round)+1 {
				t.Fatalf("user%d: version %d is remembered in round %d", i, got, round)
			}
			commit(t, s, Allowed(r, int64(round)))
		}
	}
	if !d.Shared {
		return
	}
	other := d.Open(t)
	theirs, _, err := other.Person(t.Context(), "user7", false)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, Allowed(Find(t, s, "user7"), 100))
	stale, remembered, err := other.Person(t.Context(), "user7", false)
	if err != nil || !remembered || stale.Standing.Version != theirs.Standing.Version {
		t.Fatalf("remembered = %v, version %d, %v", remembered, stale.Standing.Version, err)
	}
	if err := other.Commit(t.Context(), Allowed(stale, 101)); !errors.Is(err, authn.ErrConflict) {
		t.Errorf("a commit on what another node has changed: %v", err)
	}
	now, _, err := other.Person(t.Context(), "user7", false)
	if err != nil || now.Standing.Spent[0] != (factor.Spent{Factor: now.Factors[0].ID, Step: 100, At: Start}) {
		t.Errorf("afterwards: %+v, %v", now.Standing, err)
	}
}

// testWarm: people who are read ahead while others sign in are remembered as
// they are.
func testWarm(t *testing.T, d Database) {
	const people = 1200 // more than are read at once
	s := d.Open(t)
	var entries []operator.Entry
	for i := range people {
		entries = append(entries, operator.Entry{NewPerson: Somebody(fmt.Sprintf("user%d", i))})
	}
	_, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
	must(t, err)
	q := Question(Find(t, s, "user700"), 1)
	commit(t, s, authn.Change{Record: Find(t, s, "user700"), Put: &q})
	must(t, s.Close())

	s = d.Open(t)
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := range people {
			if i%3 == 0 {
				commit(t, s, Allowed(Find(t, s, fmt.Sprintf("user%d", i)), 1))
			}
		}
	})
	must(t, s.Warm(t.Context()))
	busy.Wait()
	for i := range people {
		key := fmt.Sprintf("user%d", i)
		got, _, err := s.Person(t.Context(), key, false)
		must(t, err)
		want, err := s.PersonByID(t.Context(), got.Person.ID)
		must(t, err)
		want.ReadAt = got.ReadAt
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-database +memory):\n%s", key, diff)
		}
	}
}

func commit(t testing.TB, s *store.Store, c authn.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}
