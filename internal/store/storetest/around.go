package storetest

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// testOutbox: a message is claimed by one, given back by a lapse, and its body
// is dropped once it is settled.
func testOutbox(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	const messages = 40
	c := authn.Change{}
	for i := range messages {
		c.Mail = append(c.Mail, notify.Message{
			ID: id.At(Start) + id.ID(i), Kind: notify.EnrollLink, Person: alice.Person.ID, Data: map[string]string{"n": fmt.Sprint(i)},
		})
	}
	c.Mail[messages-1].Person = 12345 // nobody, any more
	commit(t, s, c)

	var (
		mu      sync.Mutex
		claimed = map[id.ID]notify.Claim{}
		waiting sync.WaitGroup
	)
	now, lapse := Start.Add(time.Minute), Start.Add(2*time.Minute)
	for range 8 {
		waiting.Go(func() {
			for {
				claims, err := s.Claim(t.Context(), now, lapse, 3)
				if err != nil {
					t.Error(err)
				}
				if len(claims) == 0 {
					return
				}
				mu.Lock()
				for _, c := range claims {
					if _, twice := claimed[c.Message.ID]; twice {
						t.Errorf("%v was claimed twice", c.Message.ID)
					}
					claimed[c.Message.ID] = c
				}
				mu.Unlock()
			}
		})
	}
	waiting.Wait()
	for i, want := range c.Mail {
		got := claimed[want.ID]
		same(t, "message", want, got.Message)
		if gone := i == messages-1; gone != (got.To == nil) || got.Attempt != 1 {
			t.Errorf("message %d: to %+v, attempt %d", i, got.To, got.Attempt)
		}
	}
	settle := func(n int, v notify.Settlement) error {
		v.ID = c.Mail[n].ID
		return s.Settle(t.Context(), v)
	}
	must(t, settle(0, notify.Settlement{Attempt: 1, State: notify.Sent, Address: "a@example.com", At: now}))
	must(t, settle(1, notify.Settlement{Attempt: 1, State: notify.Queued, Problem: "busy", At: now.Add(time.Hour)}))
	must(t, settle(2, notify.Settlement{Attempt: 1, State: notify.NoAddress, At: now}))
	if err := settle(0, notify.Settlement{Attempt: 1, State: notify.Failed}); !errors.Is(err, notify.ErrClaimLost) {
		t.Errorf("settled twice: %v", err)
	}
	must(t, s.SettleMany(t.Context(), []notify.Settlement{ // the second is not theirs, and holds up no other
		{ID: c.Mail[4].ID, Attempt: 1, State: notify.Sent, At: now},
		{ID: c.Mail[0].ID, Attempt: 1, State: notify.Failed},
		{ID: c.Mail[5].ID, Attempt: 1, State: notify.Sent, At: now},
	}))
	again, err := s.Claim(t.Context(), lapse, lapse.Add(time.Minute), 100) // at the very instant of the lapse
	must(t, err)
	if len(again) != messages-5 || again[0].Attempt != 2 {
		t.Errorf("%d lapsed", len(again))
	}
	if err := settle(3, notify.Settlement{Attempt: 1, State: notify.Sent}); !errors.Is(err, notify.ErrClaimLost) {
		t.Errorf("a late report of the first attempt: %v", err)
	}
	if later, err := s.Claim(t.Context(), now.Add(time.Hour), now.Add(2*time.Hour), 1); err != nil || len(later) != 1 {
		t.Errorf("the one that was busy: %v, %v", later, err)
	}
	list, err := s.FindMails(t.Context(), operator.MailQuery{Person: alice.Person.ID, Before: c.Mail[3].ID, Limit: 2})
	must(t, err)
	same(t, "mails", []notify.Entry{
		{ID: c.Mail[2].ID, Kind: notify.EnrollLink, Person: alice.Person.ID, Username: "alice", State: notify.NoAddress, Attempts: 1, QueuedAt: Start},
		{ID: c.Mail[1].ID, Kind: notify.EnrollLink, Person: alice.Person.ID, Username: "alice", State: notify.Retrying, Attempts: list[1].Attempts, Problem: "busy", QueuedAt: Start, DueAt: list[1].DueAt},
	}, list)
}

// testClients: a client is what was put in, names and addresses are unique,
// and every change is told by the revision.
func testClients(t *testing.T, d Database) {
	s := d.Open(t)
	one, two := Filled[policy.Client](t), Filled[policy.Client](t)
	one.Browser, two.Browser = false, false // not of a RADIUS client
	two.ID, two.Name, two.Address = two.ID+1, "another", one.Address.Masked()
	last := int64(-1)
	rose := func() {
		t.Helper()
		n, err := s.RADIUSClientsRevision(t.Context())
		must(t, err)
		if n <= last {
			t.Errorf("revision %d after %d", n, last)
		}
		last = n
	}
	rose()
	must(t, s.AddRADIUSClient(t.Context(), one, Entry("radius-client.add", one.Name)))
	rose()
	if err := s.AddRADIUSClient(t.Context(), two, Entry("radius-client.add", "")); !errors.Is(err, operator.ErrAddressTaken) {
		t.Errorf("the same address: %v", err)
	}
	two.Address, two.Name = netip.MustParsePrefix("2001:db8::/64"), one.Name
	if err := s.AddRADIUSClient(t.Context(), two, Entry("radius-client.add", "")); !errors.Is(err, operator.ErrNameTaken) {
		t.Errorf("the same name: %v", err)
	}
	two.Name = "another"
	must(t, s.AddRADIUSClient(t.Context(), two, Entry("radius-client.add", "")))
	rose()
	list := func(want ...policy.Client) {
		t.Helper()
		got, revision, err := s.RADIUSClients(t.Context())
		must(t, err)
		same(t, "clients", want, got)
		if revision != last {
			t.Errorf("revision %d, want %d", revision, last)
		}
	}
	list(two, one)
	one.Name, one.Unenrolled = "a first", policy.UnenrolledReject
	must(t, s.SetRADIUSClient(t.Context(), one, Entry("radius-client.set", one.Name)))
	rose()
	list(one, two)
	remove := func(c policy.Client) error {
		return s.RemoveRADIUSClient(t.Context(), c, Entry("radius-client.remove", c.Name))
	}
	renamed := two
	if renamed.Name = "of old"; !errors.Is(remove(renamed), operator.ErrGone) {
		t.Error("removed by a name that it has not")
	}
	must(t, remove(two))
	rose()
	list(one)
	if err := remove(two); !errors.Is(err, operator.ErrGone) {
		t.Errorf("removed twice: %v", err)
	}
	if err := s.SetRADIUSClient(t.Context(), two, Entry("", "")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("set although it is gone: %v", err)
	}
	rose2, err := s.RADIUSClientsRevision(t.Context())
	if err != nil || rose2 != last {
		t.Errorf("what was refused raised the revision: %d, %v", rose2, err)
	}
}

// testLogs: what was decided and changed is found by what it is about.
func testLogs(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	var log []audit.SignIn // newest first
	for i := range 50 {
		c := authn.Change{SignIn: Decided(nil, audit.Denied, "unknown-user")}
		if i%2 == 0 {
			c = Allowed(alice, int64(i))
		}
		c.SignIn.ID = id.At(Start.Add(time.Duration(i)*time.Minute)) + 1
		if i%5 == 0 {
			c.SignIn.Client = "wiki"
		}
		commit(t, s, c)
		log = append([]audit.SignIn{*c.SignIn}, log...)
		alice = Find(t, s, "alice")
	}
	for _, tc := range []struct {
		name  string
		query operator.SignInQuery
		want  func(i int, e audit.SignIn) bool // i counts from the oldest
	}{
		{"all", operator.SignInQuery{}, func(int, audit.SignIn) bool { return true }},
		{"one", operator.SignInQuery{ID: log[3].ID}, func(i int, _ audit.SignIn) bool { return i == 46 }},
		{"a person's", operator.SignInQuery{Person: alice.Person.ID}, func(i int, _ audit.SignIn) bool { return i%2 == 0 }},
		{"nobody's", operator.SignInQuery{Username: "NoBody"}, func(i int, _ audit.SignIn) bool { return i%2 == 1 }},
		{"by client", operator.SignInQuery{Client: "wiki"}, func(i int, _ audit.SignIn) bool { return i%5 == 0 }},
		{
			"a person's by client",
			operator.SignInQuery{Person: alice.Person.ID, Client: "wiki"},
			func(i int, _ audit.SignIn) bool { return i%10 == 0 },
		},
		{
			"by result, reason, source and door",
			operator.SignInQuery{Result: audit.Denied, Reason: "unknown-user", Source: "192.0.2.7", Door: "radius"},
			func(i int, _ audit.SignIn) bool { return i%2 == 1 },
		},
		{
			"between two instants",
			operator.SignInQuery{Since: Start.Add(10 * time.Minute), Until: Start.Add(20 * time.Minute)},
			func(i int, _ audit.SignIn) bool { return i >= 10 && i < 20 },
		},
		{
			"a person's between two instants",
			operator.SignInQuery{Person: alice.Person.ID, Since: Start.Add(10 * time.Minute), Until: Start.Add(20 * time.Minute)},
			func(i int, _ audit.SignIn) bool { return i >= 10 && i < 20 && i%2 == 0 },
		},
		{"the next page", operator.SignInQuery{Before: log[9].ID}, func(i int, _ audit.SignIn) bool { return i < 40 }},
		{
			"the next page of a person's",
			operator.SignInQuery{Person: alice.Person.ID, Before: log[9].ID},
			func(i int, _ audit.SignIn) bool { return i < 40 && i%2 == 0 },
		},
	} {
		var want []audit.SignIn
		for i, e := range log {
			if tc.want(len(log)-1-i, e) {
				want = append(want, e)
			}
		}
		got, err := s.FindSignIns(t.Context(), tc.query)
		must(t, err)
		same(t, tc.name, want, got)
		tc.query.Limit = 2
		got, err = s.FindSignIns(t.Context(), tc.query)
		must(t, err)
		same(t, tc.name+", two of them", want[:min(2, len(want))], got)
	}
	counts, err := s.CountSignIns(t.Context(), Start, Start.Add(30*time.Minute))
	must(t, err)
	same(t, "counts", []operator.SignInCount{
		{Hour: Start, Door: "radius", Client: "vpn", Result: audit.Allowed, Count: 12},
		{Hour: Start, Door: "radius", Client: "vpn", Result: audit.Denied, Count: 12},
		{Hour: Start, Door: "radius", Client: "wiki", Result: audit.Allowed, Count: 3},
		{Hour: Start, Door: "radius", Client: "wiki", Result: audit.Denied, Count: 3},
	}, counts)
	if newest, err := s.NewestSignIn(t.Context()); err != nil || !newest.Equal(Start.Add(49*time.Minute)) {
		t.Errorf("the newest: %v, %v", newest, err)
	}
	testChanges(t, s)
}

// testChanges: the log of changes is found by who, what and on whom.
func testChanges(t *testing.T, s *store.Store) {
	t.Helper()
	var want []audit.Change
	for i, action := range []string{"user.add", "user.reset", "user", "userland"} {
		c := Filled[audit.Change](t)
		c.ID, c.Action, c.Subject = id.At(Start.Add(time.Hour))+id.ID(i), action, "somebody"
		client := Filled[policy.Client](t)
		client.ID, client.Name = id.ID(i+1), action
		client.Address = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, 1, byte(i)}), 32)
		must(t, s.AddRADIUSClient(t.Context(), client, c))
		want = append([]audit.Change{c}, want...)
	}
	for _, tc := range []struct {
		name  string
		query operator.ChangeQuery
		want  []audit.Change
	}{
		{"on somebody", operator.ChangeQuery{Subject: "somebody"}, want},
		{"of a family", operator.ChangeQuery{Action: "user", Subject: "somebody"}, want[1:]},
		{"of a kind", operator.ChangeQuery{Action: "user.reset"}, want[2:3]},
		{"by somebody", operator.ChangeQuery{Actor: want[0].Actor.Name, Limit: 1}, want[:1]},
		{"the next page", operator.ChangeQuery{Subject: "somebody", Before: want[1].ID}, want[2:]},
		{"later", operator.ChangeQuery{Since: Start.Add(2 * time.Hour)}, nil},
	} {
		got, err := s.FindChanges(t.Context(), tc.query)
		must(t, err)
		same(t, tc.name, tc.want, got)
	}
}

// testRemains: what is over at an instant is removed, and what is over later
// is not.
func testRemains(t *testing.T, d Database) {
	s := d.Open(t)
	alice := Add(t, s, Somebody("alice"))
	decoy := Question(nil, 1)
	decoy.ExpiresAt = Start
	c := authn.Change{
		Record: alice, Standing: alice.Standing, SignIn: Decided(alice, audit.Denied, "code-wrong"), Put: &decoy,
		Invite: someInvitation(alice.Person.ID, enrollment.FromMail, 1),
		Mail:   []notify.Message{{ID: id.At(Start), Person: alice.Person.ID}, {ID: id.At(Start) + 1, Person: alice.Person.ID}},
	}
	c.Invite.ExpiresAt = Start
	c.SignIn.ID = id.At(Start)
	commit(t, s, c)
	must(t, s.Settle(t.Context(), notify.Settlement{ID: id.At(Start), State: notify.Sent, At: Start}))
	must(t, s.PutPending(t.Context(), enrollment.Pending{Person: alice.Person.ID, StartedAt: Start}))
	ended, idle := someSession(t, alice, 1), someSession(t, alice, 2)
	ended.SeenAt, ended.EndsAt = Start.Add(time.Hour), Start
	idle.SeenAt, idle.EndsAt = Start, Start.Add(time.Hour)
	must(t, s.PutSession(t.Context(), ended))
	must(t, s.PutSession(t.Context(), idle))

	after := Start.Add(time.Millisecond) // identifiers know no less
	for _, tc := range []struct {
		what   string
		remove func(then time.Time) (int, error)
		want   int
	}{
		{"questions", func(then time.Time) (int, error) { return s.RemoveChallenges(t.Context(), then, 10) }, 1},
		{"invitations", func(then time.Time) (int, error) { return s.RemoveInvitations(t.Context(), then, 10) }, 1},
		{"unfinished enrollments", func(then time.Time) (int, error) { return s.RemovePending(t.Context(), then, 10) }, 1},
		{"sessions that ended", func(then time.Time) (int, error) { return s.RemoveSessions(t.Context(), then, Start, 10) }, 1},
		{"idle sessions", func(then time.Time) (int, error) { return s.RemoveSessions(t.Context(), Start, then, 10) }, 1},
		{"sign-ins", func(then time.Time) (int, error) { return s.RemoveSignIns(t.Context(), then, 10) }, 1},
		{"mails", func(then time.Time) (int, error) { return s.RemoveMails(t.Context(), then, 10) }, 1},
	} {
		for _, step := range []struct {
			then time.Time
			want int
		}{{Start, 0}, {after, tc.want}, {after, 0}} {
			if n, err := tc.remove(step.then); n != step.want || err != nil {
				t.Errorf("%s over before %v: %d, want %d (%v)", tc.what, step.then, n, step.want, err)
			}
		}
	}
	all, err := s.FindChanges(t.Context(), operator.ChangeQuery{})
	must(t, err)
	if n, err := s.RemoveChanges(t.Context(), all[0].At().Add(time.Hour), 1); n != min(1, len(all)) || err != nil {
		t.Errorf("%d changes were removed: %v", n, err)
	}
}
