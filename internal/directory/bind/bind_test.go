package bind_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/bind"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

// server is one directory in memory.
type server struct {
	people  map[string]directory.Entry // by user name
	twice   string                     // a name that two have
	hidden  string                     // somebody whom Find does not see
	verdict ldap.Verdict
	down    bool

	mu    sync.Mutex
	binds []attempt
	finds []string
	looks int
}

type attempt struct{ dn, password string }

var errDown = errors.New("no server answers")

func (s *server) Bind(_ context.Context, name string, password secret.Text) (ldap.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.binds = append(s.binds, attempt{name, password.Reveal()})
	if s.down {
		return ldap.Verdict{}, errDown
	}
	return s.verdict, nil
}

func (s *server) Find(_ context.Context, username, principal string) (directory.EntryChange, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finds = append(s.finds, username)
	e, ok := s.people[username]
	ok = ok && username != s.hidden
	for name, other := range s.people {
		switch {
		case name == s.hidden:
		case principal == "" || other.Principal != principal || other.Object == e.Object:
		case ok:
			return directory.EntryChange{}, false, bind.ErrAmbiguous
		default:
			e, ok = other, true
		}
	}
	switch {
	case s.down:
		return directory.EntryChange{}, false, errDown
	case username == s.twice:
		return directory.EntryChange{}, false, bind.ErrAmbiguous
	default:
		return directory.EntryChange{Entry: e}, ok, nil
	}
}

func (s *server) Lookup(_ context.Context, objects []string) (found []directory.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	if s.down {
		return nil, errDown
	}
	for _, e := range s.people {
		if e.Object == objects[0] {
			found = append(found, e)
		}
	}
	return found, nil
}

// people is the roster of a stage.
type people struct{ *stage }

// stage has the directories corp and lab.
type stage struct {
	*bind.Directories
	corp, lab *server
	labFinder bind.Finder // in place of lab, if not nil
	now       time.Time
	current   bool
	admitted  []string
	missed    chan id.ID
	kept      []directory.Source
}

func (s people) Current(context.Context, id.ID, time.Time) (bool, error) { return s.current, nil }

func (s people) Missed(_ context.Context, source id.ID) { s.missed <- source }

func (s people) Admit(_ context.Context, d directory.Source, e directory.Entry) (string, error) {
	s.admitted = append(s.admitted, d.Name+"/"+e.Username)
	return e.Username, nil
}

var sources = []directory.Source{
	{ID: 1, Name: "corp", Preset: directory.ActiveDirectory, Base: "dc=corp,dc=example,dc=com", Domains: []string{"corp.example.com"}},
	{ID: 2, Name: "lab", Base: "dc=lab,dc=example,dc=com", Domains: []string{"lab.example.com"}},
}

type sourceList struct{}

func (sourceList) Directories(context.Context) ([]directory.Source, error) { return sources, nil }

func (sourceList) DirectorySizes(context.Context) (map[id.ID]int, error) {
	return map[id.ID]int{1: 3000, 2: 1000}, nil
}

func newStage(t *testing.T) *stage {
	s := &stage{
		corp: &server{people: map[string]directory.Entry{
			"alice": {Object: "a", DN: "cn=alice,dc=corp", Username: "alice"},
			"bob":   {Object: "b", DN: "cn=bob,dc=corp", Username: "bob"},
		}, twice: "twins"},
		lab: &server{people: map[string]directory.Entry{"bob": {Object: "c", DN: "cn=bob,dc=lab", Username: "bob"}}},
		now: time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC), missed: make(chan id.ID, 10),
	}
	s.Directories = bind.New(bind.Config{
		Keep:    func(sources []directory.Source) { s.kept = sources },
		Sources: sourceList{}, Roster: people{s}, Names: directory.NewNames(nil), Rand: rand.Reader, MAC: keyring.Ephemeral(time.Now()).MAC,
		Now: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
		Reach: func(d directory.Source) (bind.Binder, bind.Finder, error) {
			if d.ID == 1 {
				return s.corp, s.corp, nil
			}
			if s.labFinder != nil {
				return s.lab, s.labFinder, nil
			}
			return s.lab, s.lab, nil
		},
	})
	if s.Any() {
		t.Error("there are directories before any was read")
	}
	if err := s.Reload(t.Context()); err != nil || !s.Any() {
		t.Fatal(err)
	}
	if len(s.kept) != len(sources) {
		t.Errorf("connections are kept to %v", s.kept)
	}
	return s
}

func (s *stage) look(t *testing.T, sought authn.Sought) authn.Found {
	t.Helper()
	f, err := s.Look(t.Context(), sought)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLook(t *testing.T) {
	s := newStage(t)
	if f := s.look(t, authn.Sought{Name: directory.Name{User: "alice"}}); f.Directory != 1 || f.Entry.Object != "a" {
		t.Errorf("alice: %+v", f)
	}
	for _, name := range []string{"bob", "twins"} {
		if f := s.look(t, authn.Sought{Name: directory.Name{User: name}}); !f.Ambiguous || f.Directory != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := s.look(t, authn.Sought{Name: directory.Name{User: "bob", Directory: 2}}); f.Entry.Object != "c" {
		t.Errorf("bob of lab: %+v", f)
	}
	before := len(s.corp.finds)
	if f := s.look(t, authn.Sought{Name: directory.Name{User: "alice"}, Nobody: true}); f.Directory != 0 {
		t.Errorf("nobody: %+v", f)
	}
	if got := s.corp.finds[before:]; len(got) != 1 || !strings.HasPrefix(got[0], "nobody-") {
		t.Errorf("searched for %q", got)
	}
	if f := s.look(t, authn.Sought{Origin: directory.Origin{Directory: 1, Object: "x", DN: "cn=alice,dc=corp"}}); !f.Spare || f.Barred != directory.BarredGone {
		t.Errorf("who is gone: %+v", f)
	}
	s.lab.down = true
	alice := directory.Name{User: "alice"}
	if f := s.look(t, authn.Sought{Name: alice, Home: 1}); f.Silent == nil || f.Directory != 0 || f.Entry.DN != "" || f.Home != 1 {
		t.Errorf("another directory, that may have a second one, is silent: %+v", f)
	}
	if _, err := s.Look(t.Context(), authn.Sought{Name: alice, Home: 2}); err == nil {
		t.Error("silence is that of the directory stood in for")
	}
	if f := s.look(t, authn.Sought{Origin: directory.Origin{Directory: 1, Object: "a"}}); f.Entry.DN != "cn=alice,dc=corp" {
		t.Errorf("another directory's trouble: %+v", f)
	}
}

// TestLookByPrincipal: msmith may be called mary.smith@corp.example.com, and
// mallory has a principal name that looks like alice's user name.
func TestLookByPrincipal(t *testing.T) {
	s := newStage(t)
	s.corp.people["msmith"] = directory.Entry{Object: "m", Username: "msmith", Principal: "mary.smith@corp.example.com"}
	s.corp.people["mallory"] = directory.Entry{Object: "x", Username: "mallory", Principal: "alice@corp.example.com"}
	alice := directory.Origin{Directory: 1, Object: "a"}
	mary := directory.Origin{Directory: 1, Object: "m", Principal: "mary.smith@corp.example.com"}
	named := func(user, principal string) directory.Name {
		return directory.Name{User: user, Directory: 1, Principal: principal}
	}
	for _, tc := range []struct {
		what   string
		sought authn.Sought
		object string // empty: ambiguous
	}{
		{"by principal", authn.Sought{Name: named("mary.smith", "mary.smith@corp.example.com")}, "m"},
		{"by user name and domain", authn.Sought{Name: named("msmith", "msmith@corp.example.com")}, "m"},
		{"with a record, by principal", authn.Sought{Origin: mary, Name: named("msmith", "mary.smith@corp.example.com")}, "m"},
		{"with a record that does not know it", authn.Sought{
			Origin: directory.Origin{Directory: 1, Object: "m"}, Name: named("msmith", "mary.smith@corp.example.com"),
		}, "m"},
		{"with a record, by user name and domain", authn.Sought{Origin: mary, Name: named("msmith", "msmith@corp.example.com")}, "m"},
		{"one's user name is another's principal", authn.Sought{Name: named("alice", "alice@corp.example.com")}, ""},
		{"the same with a record", authn.Sought{Origin: alice, Name: named("alice", "alice@corp.example.com")}, ""},
		{"the same with a record of whose principal it is", authn.Sought{
			Origin: directory.Origin{Directory: 1, Object: "x", Principal: "alice@corp.example.com"}, Name: named("mallory", "alice@corp.example.com"),
		}, ""},
		{"it was mary's, and is somebody else's now", authn.Sought{
			Origin: directory.Origin{Directory: 1, Object: "b", Principal: "mary.smith@corp.example.com"}, Name: named("bob", "mary.smith@corp.example.com"),
		}, ""},
		{"the bare name with a record", authn.Sought{Origin: alice, Name: named("alice", "")}, "a"},
	} {
		tc.sought.Home = 1
		f := s.look(t, tc.sought)
		if f.Entry.Object != tc.object || f.Ambiguous != (tc.object == "") || f.Spare || f.Renamed || f.Home != 1 {
			t.Errorf("%s: %+v", tc.what, f)
		}
	}
	if f := s.look(t, authn.Sought{Origin: mary, Name: named("msmith", "former@corp.example.com")}); !f.Renamed {
		t.Errorf("a name that she has no more: %+v", f)
	}
	s.corp.hidden = "msmith" // to Find: a system account, that an item of its own imports
	if f := s.look(t, authn.Sought{Origin: mary, Name: named("msmith", "mary.smith@corp.example.com")}); f.Renamed || f.Spare || f.Entry.Object != "m" {
		t.Errorf("who is not searched for: %+v", f)
	}
	delete(s.corp.people, "msmith")
	if f := s.look(t, authn.Sought{Origin: mary, Name: named("msmith", "mary.smith@corp.example.com")}); f.Renamed || !f.Spare || f.Barred != directory.BarredGone {
		t.Errorf("who is gone: %+v", f)
	}
}

// TestLookAtTheNamed: a record is bound for only under the name that its entry
// has now.
func TestLookAtTheNamed(t *testing.T) {
	s := newStage(t)
	s.lab.people = map[string]directory.Entry{
		"u028":   {Object: "b", Username: "U028", DN: "uid=u028"},
		"u029":   {Object: "a", Username: "u029", DN: "uid=u029"},
		"gianna": {Object: "g", Username: "gianna@lab.example.com", DN: "uid=gianna"},
	}
	for _, tc := range []struct {
		name, object string
		renamed      bool
	}{
		{"u028", "a", true},
		{"u029", "b", true},
		{"u028", "b", false},
		{"u029", "a", false},
		{"gina", "g", true},
		{"gianna", "g", false},
	} {
		f := s.look(t, authn.Sought{Origin: directory.Origin{Directory: 2, Object: tc.object}, Name: directory.Name{User: tc.name}})
		if f.Renamed != tc.renamed || f.Entry.Object != tc.object || f.Spare {
			t.Errorf("%s with the record of %s: %+v", tc.name, tc.object, f)
		}
	}
}

func TestNobodysBindShowsNothing(t *testing.T) {
	s := newStage(t)
	s.corp.verdict = ldap.Verdict{Outcome: ldap.Right}
	spare := authn.Found{Directory: 2, Entry: directory.Entry{Object: "c", DN: "cn=bob,dc=lab"}, Spare: true}
	for _, f := range []authn.Found{{Home: 1}, spare} {
		if _, err := s.Bind(t.Context(), f, secret.New("typed by somebody")); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range append(s.corp.binds, s.lab.binds...) {
		if !strings.HasPrefix(a.dn, "cn=nobody-") || a.password == "" || strings.Contains(a.password, "typed") {
			t.Errorf("bound as %q with %q", a.dn, a.password)
		}
	}
	if len(s.corp.binds) != 1 || len(s.lab.binds) != 1 {
		t.Errorf("%d and %d binds", len(s.corp.binds), len(s.lab.binds))
	}
}

func TestVerdicts(t *testing.T) {
	for reason, want := range map[ldap.Reason]authn.Bound{
		ldap.Disabled:        {Right: true, Why: authn.ReasonDirectoryDisabled},
		ldap.AccountExpired:  {Right: true, Why: authn.ReasonDirectoryExpired},
		ldap.OutsideHours:    {Right: true, Why: authn.ReasonDirectoryHours},
		ldap.WrongHost:       {Right: true, Why: authn.ReasonDirectoryPlace},
		ldap.PasswordExpired: {Right: true, Why: authn.ReasonPasswordExpired},
		ldap.MustChange:      {Right: true, Why: authn.ReasonPasswordChange},
		ldap.Locked:          {Why: authn.ReasonDirectoryLocked},
		ldap.Restricted:      {Why: authn.ReasonDirectoryDisabled},
	} {
		s := newStage(t)
		s.corp.verdict = ldap.Verdict{Outcome: ldap.Refused, Reason: reason}
		f := s.look(t, authn.Sought{Name: directory.Name{User: "alice"}})
		if got, err := s.Bind(t.Context(), f, secret.New("pw")); got != want || err != nil {
			t.Errorf("%s: %+v, %v", reason, got, err)
		}
		if a := s.corp.binds[0]; a != (attempt{"cn=alice,dc=corp", "pw"}) {
			t.Errorf("bound as %+v", a)
		}
	}
	s := newStage(t)
	s.corp.verdict.Outcome = ldap.Right
	f := s.look(t, authn.Sought{Name: directory.Name{User: "alice"}})
	if got, err := s.Bind(t.Context(), f, secret.New("pw")); got != (authn.Bound{Right: true}) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	s.corp.down = true
	if _, err := s.Bind(t.Context(), f, secret.New("pw")); !errors.Is(err, errDown) {
		t.Errorf("down: %v", err)
	}
}

func TestCurrentIsAtMostAMinuteOld(t *testing.T) {
	s := newStage(t)
	o := directory.Origin{Directory: 1, Object: "a"}
	want := func(barred directory.Barred, fails bool, looks int) {
		t.Helper()
		got, err := s.Current(t.Context(), o)
		if got != barred || (err != nil) != fails || s.corp.looks != looks {
			t.Errorf("%q, %v after %d looks; want %q after %d", got, err, s.corp.looks, barred, looks)
		}
	}
	want(directory.NotBarred, false, 1)
	e := s.corp.people["alice"]
	e.Barred = directory.BarredDisabled
	s.corp.people["alice"] = e
	s.now = s.now.Add(authn.DirectoryFreshness - 1)
	want(directory.NotBarred, false, 1)
	s.now = s.now.Add(1)
	want(directory.BarredDisabled, false, 2)
	want(directory.BarredDisabled, false, 3)

	s.corp.down = true
	want(directory.NotBarred, true, 4)
	s.current = true // the roster has heard from it less than a minute ago
	want(directory.NotBarred, false, 5)
	o.Barred = directory.BarredExpired
	want(directory.BarredExpired, false, 6)

	// Not there is gone, whatever the roster has heard: it may not have been told.
	s.corp.down, o.Barred, o.Object = false, directory.NotBarred, "elsewhere"
	want(directory.BarredGone, false, 7)
	s.current = false
	want(directory.BarredGone, false, 8)
	for range 2 {
		if source := <-s.missed; source != 1 {
			t.Errorf("somebody is missed in %v", source)
		}
	}
	o.GoneAt = s.now // the record knows
	want(directory.BarredGone, false, 9)
	select {
	case <-s.missed:
		t.Error("who is known to be gone is missed")
	default:
	}
}
