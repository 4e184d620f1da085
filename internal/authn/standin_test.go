package authn_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/bind"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
)

// server is a directory in memory with one person with a record and one
// without, that may be silent.
type server struct {
	people          map[string]string // object by user name
	down            atomic.Bool
	searches, binds atomic.Int64
}

func (s *server) Find(_ context.Context, username, _ string) (c directory.EntryChange, ok bool, err error) {
	s.searches.Add(1)
	if s.down.Load() {
		return c, false, errDown
	}
	object, ok := s.people[username]
	c.Entry = directory.Entry{Object: object, Username: username, DN: "cn=" + username}
	return c, ok, nil
}

func (s *server) Lookup(_ context.Context, objects []string) (found []directory.Entry, err error) {
	s.searches.Add(1)
	if s.down.Load() {
		return nil, errDown
	}
	for name, object := range s.people {
		if object == objects[0] {
			found = append(found, directory.Entry{Object: object, Username: name, DN: "cn=" + name})
		}
	}
	return found, nil
}

func (s *server) Bind(_ context.Context, _ string, password secret.Text) (ldap.Verdict, error) {
	s.binds.Add(1)
	switch {
	case s.down.Load():
		return ldap.Verdict{}, errDown
	case password.Reveal() == "right":
		return ldap.Verdict{Outcome: ldap.Right}, nil
	}
	return ldap.Verdict{Outcome: ldap.Wrong}, nil
}

// forest are the directories corp and lab: sources, reach and roster.
type forest struct {
	in      *installation
	servers map[id.ID]*server
	sources []directory.Source
	names   directory.Names
}

func (f *forest) Directories(context.Context) ([]directory.Source, error) { return f.sources, nil }

func (f *forest) DirectorySizes(context.Context) (map[id.ID]int, error) {
	return map[id.ID]int{7: 100, 8: 100}, nil
}

func (f *forest) Current(context.Context, id.ID, time.Time) (bool, error) { return false, nil }

func (f *forest) Missed(context.Context, id.ID) {}

func (f *forest) Admit(_ context.Context, s directory.Source, e directory.Entry) (string, error) {
	f.in.addFrom(s.ID, e.Username, e.Object, nil)
	return e.Username, nil
}

func (f *forest) reach(s directory.Source) (bind.Binder, bind.Finder, error) {
	return f.servers[s.ID], f.servers[s.ID], nil
}

// plantForest has alice, bob with records and dora, erin without, in corp and
// lab; and local carol.
func plantForest(t *testing.T) (*forest, *bind.Directories) {
	in := install(t)
	f := &forest{
		in: in, servers: map[id.ID]*server{
			7: {people: map[string]string{"alice": object(0), "dora": object(1)}},
			8: {people: map[string]string{"bob": object(2), "erin": object(3)}},
		},
		sources: []directory.Source{
			{ID: 7, Name: "corp", Preset: directory.ActiveDirectory, Base: "dc=corp", Domains: []string{"corp.example.com"}},
			{ID: 8, Name: "lab", Preset: directory.ActiveDirectory, Base: "dc=lab", Domains: []string{"lab.example.com"}},
		},
	}
	for _, s := range f.sources {
		s.Password = in.keys.Seal(nil, directory.BindPasswordPlace(s.ID), []byte("reader"))
		if err := in.store.AddDirectory(t.Context(), s, audit.Change{ID: in.ids.Next(in.clock()), Action: "directory.add"}); err != nil {
			t.Fatal(err)
		}
	}
	f.names = directory.NewNames([]string{"example.com"})
	homes := bind.New(bind.Config{
		Sources: f, Reach: f.reach, Keep: func([]directory.Source) {}, Roster: f, Names: f.names, MAC: in.keys.MAC,
		Rand: rand.Reader, Now: in.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err := homes.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.Engine = authn.New(authn.Config{
		Store: in.store, Clients: testClients, Names: f.names, Keys: in.keys, Passwords: &in.hash, IDs: in.ids, Rand: rand.Reader, Now: in.clock,
		EnrollURL: "https://mfa.example.com/e", Log: slog.New(slog.DiscardHandler), Directories: homes, Passkeys: testParty,
	})
	in.addFrom(7, "alice", object(0), aliceKey)
	in.addFrom(8, "bob", object(2), aliceKey)
	in.add("carol", "right", aliceKey)
	return f, homes
}

// seenOf is all that somebody at a door, or at the wires behind it, can see.
type seenOf struct {
	failed   bool
	outcome  authn.Outcome
	message  authn.Message
	language string
	prompts  int
	hashes   int64
	searches [2]int64
	binds    [2]int64
}

// tries is one attempt, from a place of its own: nobody is locked.
func (f *forest) tries(client, door, name, password string, n int) (seen seenOf, reason authn.Reason) {
	before := f.work()
	hashes := f.in.hash.done.Load()
	d, err := f.in.Begin(context.Background(), authn.Request{
		Door: door, Client: client, Username: name, Password: secret.New(password),
		Source: authn.Source{Peer: fmt.Sprintf("peer-%d", n)}, Once: audit.Once{1, byte(n), byte(n >> 8)},
	})
	after := f.work()
	seen = seenOf{failed: err != nil, outcome: d.Outcome, message: d.Message, language: d.Language, prompts: len(d.Prompts)}
	if err != nil {
		return seen, d.Reason // nothing is said, and others need not be waited for
	}
	seen.hashes = f.in.hash.done.Load() - hashes
	for i := range 2 {
		seen.searches[i], seen.binds[i] = after[i]-before[i], after[2+i]-before[2+i]
	}
	return seen, d.Reason
}

// settle waits for the searches that go on after no answer was given.
func (f *forest) settle(before [4]int64) {
	for f.work()[0] == before[0] || f.work()[1] == before[1] {
		time.Sleep(time.Millisecond)
	}
}

func (f *forest) work() [4]int64 {
	corp, lab := f.servers[7], f.servers[8]
	return [4]int64{corp.searches.Load(), lab.searches.Load(), corp.binds.Load(), lab.binds.Load()}
}

// TestSilenceTellsNobodyWhoExists: whichever directories are silent, a name
// without a record is answered, and puts the machines to work, as somebody of
// the directory that it stands in for.
func TestSilenceTellsNobodyWhoExists(t *testing.T) {
	f, homes := plantForest(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		f.in.wait(time.Hour) // no counter of the attempt before matters
		silent := 0
		for source, s := range f.servers {
			s.down.Store(rapid.Bool().Draw(t, fmt.Sprint("silent ", int64(source))))
			if s.down.Load() {
				silent++
			}
		}
		typed := rapid.OneOf(
			rapid.SampledFrom([]string{
				"carol", "dora", "erin", "dora@lab.example.com", "dora@corp.example.com", "nobody@corp.example.com", "zz@evil.example",
				`EVIL\zz`, "a b", "*", "zz@example.com", "carol@example.com",
			}),
			rapid.StringMatching(`[a-z]{5,8}`),
		).Draw(t, "name")
		client, door := "vpn", authn.DoorRADIUS
		if rapid.Bool().Draw(t, "in the portal") {
			client, door = "portal", authn.DoorPortal
		}
		name, _ := f.names.Parse(typed)
		home := homes.StandIn(name, strings.ToLower(typed))
		for source, s := range f.servers {
			if s.people[name.User] != "" && silent == 0 && (name.Directory == 0 || name.Directory == source) {
				home = source // found there
			}
		}
		model := map[id.ID]string{7: "alice", 8: "bob"}[home]
		if name.Directory != 0 {
			model += map[id.ID]string{7: "@corp.example.com", 8: "@lab.example.com"}[home]
		}
		n++
		before := f.work()
		got, reason := f.tries(client, door, typed, "wrong", n)
		if got.failed && name.Directory == 0 {
			f.settle(before)
		}
		want, _ := f.tries(client, door, model, "wrong", n+1<<12)
		if got != want {
			t.Fatalf("%q shows %+v (%s), %s shows %+v", typed, got, reason, model, want)
		}
		if got.failed != f.servers[home].down.Load() || got.outcome != authn.Deny || got.language != "" {
			t.Fatalf("%q shows %+v", typed, got)
		}
	})
}

// TestSilenceLetsNobodyIn: while a directory is silent that may have them too,
// nobody without a record is tried, let in or given one.
func TestSilenceLetsNobodyIn(t *testing.T) {
	for _, tc := range []struct {
		typed  string
		silent id.ID
		ends   authn.Outcome // Deny: refused, or no answer
	}{
		{"alice", 8, authn.Ask},
		{"bob", 8, authn.Deny},
		{"bob", 7, authn.Ask},
		{"carol", 8, authn.Ask},
		{"dora", 8, authn.Deny},
		{"dora@corp.example.com", 8, authn.Enroll},
		{"dora@corp.example.com", 7, authn.Deny},
		{"dora@example.com", 8, authn.Deny},
		{"erin", 8, authn.Deny},
		{"erin", 7, authn.Deny},
		{"erin@lab.example.com", 7, authn.Enroll},
		{"erin", 0, authn.Enroll},
	} {
		f, homes := plantForest(t)
		if tc.silent != 0 {
			f.servers[tc.silent].down.Store(true)
		}
		before := f.work()
		got, reason := f.tries("vpn", authn.DoorRADIUS, tc.typed, "right", 1)
		if got.outcome != tc.ends {
			t.Errorf("%s with %v silent: %+v, %s", tc.typed, tc.silent, got, reason)
		}
		name, _ := f.names.Parse(tc.typed)
		r, _, err := f.in.store.Person(t.Context(), name.User, true)
		if err != nil || (r != nil) != (tc.ends != authn.Deny || name.User == "bob") {
			t.Errorf("%s with %v silent has the record %v, %v", tc.typed, tc.silent, r, err)
		}
		if tc.ends != authn.Deny || name.User == "bob" {
			continue
		}
		home := homes.StandIn(name, tc.typed)
		if got.failed != (home == tc.silent) || !got.failed && reason != authn.ReasonDirectorySilent {
			t.Errorf("%s with %v silent, standing in for %v: %+v, %s", tc.typed, tc.silent, home, got, reason)
		}
		if after := f.work(); !got.failed && after[2]+after[3]-before[2]-before[3] != 1 {
			t.Errorf("%s with %v silent: %v, %v", tc.typed, tc.silent, before, after)
		}
	}
}
