package authn_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
)

// homes are directories in memory that count what they are asked.
type homes struct {
	in      *installation
	entries []*home
	answer  *authn.Found // to every Look; nil: what is among the entries
	down    atomic.Bool

	looks, binds, tried, currents atomic.Int64 // tried: binds with what was typed
	mu                            sync.Mutex
	seen                          []string // passwords
}

// home is somebody in a directory.
type home struct {
	directory id.ID
	entry     directory.Entry
	password  string
	why       authn.Reason // kept out, told to the right password
}

var errDown = errors.New("no server answers")

func (h *homes) Any() bool { return true }

func (h *homes) StandIn(directory.Name, string) id.ID { return 7 }

func (h *homes) Elsewhere(context.Context, id.ID) {}

func (h *homes) Look(_ context.Context, s authn.Sought) (authn.Found, error) {
	h.looks.Add(1)
	if h.down.Load() {
		return authn.Found{}, errDown
	}
	if h.answer != nil {
		return *h.answer, nil
	}
	var found authn.Found
	if !s.Origin.Local() && h.find(s.Origin.Object) == nil {
		return authn.Found{Directory: s.Origin.Directory, Entry: directory.Entry{Object: s.Origin.Object}, Barred: directory.BarredGone, Spare: true}, nil
	}
	for _, e := range h.entries {
		known := !s.Origin.Local()
		called := e.entry.Username == s.Name.User || s.Name.Principal != "" && e.entry.Principal == s.Name.Principal
		if s.Nobody || known && e.entry.Object != s.Origin.Object || !known && !called ||
			s.Name.Directory != 0 && e.directory != s.Name.Directory {
			continue
		}
		if found.Directory != 0 {
			return authn.Found{Ambiguous: true}, nil
		}
		found = authn.Found{Directory: e.directory, Entry: e.entry, Barred: e.entry.Barred}
	}
	return found, nil
}

func (h *homes) Bind(_ context.Context, f authn.Found, password secret.Text) (authn.Bound, error) {
	h.binds.Add(1)
	if h.down.Load() {
		return authn.Bound{}, errDown
	}
	if f.Directory == 0 || f.Spare {
		return authn.Bound{}, nil
	}
	h.tried.Add(1)
	h.mu.Lock()
	h.seen = append(h.seen, password.Reveal())
	h.mu.Unlock()
	e := h.find(f.Entry.Object)
	if e.why == authn.ReasonDirectoryLocked {
		return authn.Bound{Why: e.why}, nil // said to any password
	}
	if password.Reveal() != e.password {
		return authn.Bound{}, nil
	}
	return authn.Bound{Right: true, Why: e.why}, nil
}

func (h *homes) Current(_ context.Context, o directory.Origin) (directory.Barred, error) {
	h.currents.Add(1)
	if h.down.Load() {
		return "", errDown
	}
	if e := h.find(o.Object); e != nil {
		return e.entry.Barred, nil
	}
	return directory.BarredGone, nil
}

func (h *homes) Admit(_ context.Context, f authn.Found) (string, error) {
	if f.Entry.Mail == "refused" {
		return "", authn.ErrNotAdmitted
	}
	h.in.addPerson(directory.Person{
		Username: f.Entry.Username, Key: f.Entry.Username,
		Origin: directory.Origin{Directory: f.Directory, Object: f.Entry.Object, Principal: f.Entry.Principal, SeenAt: h.in.clock()},
	}, "", nil)
	return f.Entry.Username, nil
}

func (h *homes) find(object string) *home {
	for _, e := range h.entries {
		if e.entry.Object == object {
			return e
		}
	}
	return nil
}

func object(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// installHomes is an installation with the directories corp (with alice, bob
// and unrecorded dora) and lab (with another bob).
func installHomes(t *testing.T) (*installation, *homes) {
	in := install(t)
	h := &homes{in: in}
	sources := []directory.Source{
		{ID: 7, Name: "corp", Preset: directory.ActiveDirectory, Domains: []string{"corp.example.com", "corp"}},
		{ID: 8, Name: "lab", Preset: directory.OpenLDAP, Domains: []string{"lab.example.com"}},
	}
	names := directory.NewNames(nil)
	names.SetSources(sources)
	for _, s := range sources {
		s.Password = in.keys.Seal(nil, directory.BindPasswordPlace(s.ID), []byte("reader"))
		if err := in.store.AddDirectory(t.Context(), s, audit.Change{ID: in.ids.Next(in.clock()), Action: "directory.add"}); err != nil {
			t.Fatal(err)
		}
	}
	for i, e := range []home{
		{directory: 7, entry: directory.Entry{Username: "alice"}, password: "alice-ad"},
		{directory: 7, entry: directory.Entry{Username: "bob"}, password: "bob-ad"},
		{directory: 8, entry: directory.Entry{Username: "bob"}, password: "bob-lab"},
		{directory: 7, entry: directory.Entry{Username: "dora"}, password: "dora-ad"},
	} {
		e.entry.Object = object(i)
		h.entries = append(h.entries, &e)
	}
	in.Engine = authn.New(authn.Config{
		Store: in.store, Clients: testClients, Names: names, Keys: in.keys, Passwords: &in.hash, IDs: in.ids, Rand: rand.Reader, Now: in.clock,
		EnrollURL: "https://mfa.example.com/e", Log: slog.New(slog.DiscardHandler), Directories: h,
	})
	in.addFrom(7, "alice", object(0), aliceKey)
	return in, h
}

// addFrom adds somebody of a directory.
func (in *installation) addFrom(source id.ID, key, object string, code []byte) {
	in.t.Helper()
	in.addPerson(directory.Person{
		Username: key, Key: key, Origin: directory.Origin{Directory: source, Object: object, DN: "cn=" + key, SeenAt: in.clock()},
	}, "", code)
}

func TestADirectoryChecksThePassword(t *testing.T) {
	in, h := installHomes(t)
	in.add("carol", "carol-pw", nil)
	for i, name := range []string{"alice", `CORP\Alice`, "alice@corp.example.com"} {
		d := in.begin("vpn", name, "alice-ad", byte(1+2*i))
		in.want(d, authn.Ask, authn.ReasonCodeNeeded)
		in.want(in.answer("vpn", name, d.Handle, in.code(aliceKey), byte(2+2*i)), authn.Allow, authn.ReasonCodeRight)
		in.wait(30 * time.Second)
	}
	in.want(in.begin("vpn", "alice", "wrong", 10), authn.Deny, authn.ReasonPasswordWrong)
	in.want(in.begin("vpn", "alice@lab.example.com", "alice-ad", 11), authn.Deny, authn.ReasonUnknownUser)
	in.want(in.begin("vpn", "alice@evil.example.com", "alice-ad", 12), authn.Deny, authn.ReasonForeignDomain)
	in.want(in.begin("vpn", "bob", "bob-ad", 13), authn.Deny, authn.ReasonAmbiguousName)
	in.want(in.begin("vpn", "alice", "", 14), authn.Deny, authn.ReasonEmptyPassword)
	in.want(in.begin("mute", "alice", in.code(aliceKey), 15), authn.Deny, authn.ReasonEmptyPassword)
	in.want(in.begin("mute", "alice", "alice-ad,"+in.code(aliceKey), 16), authn.Allow, authn.ReasonCodeRight)
	in.want(in.begin("vpn", "carol", "carol-pw", 17), authn.Enroll, authn.ReasonMustEnroll)
	in.want(in.begin("vpn", "carol", "wrong-pw", 18), authn.Deny, authn.ReasonPasswordWrong)
	for _, typed := range h.seen {
		if typed != "alice-ad" && typed != "wrong" {
			t.Errorf("a directory has seen %q", typed)
		}
	}
}

func TestEveryRefusalCostsASearchAndABindToo(t *testing.T) {
	in, h := installHomes(t)
	in.add("carol", "carol-pw", aliceKey)
	in.add("disabled", "right-pw", nil)
	in.amend("disabled", operator.Amendment{Disabled: new(true)})
	for i := range 5 {
		in.begin("nps", "carol", "000000", byte(100+i))
	}
	in.addFrom(7, "gone", object(77), nil)
	in.addFrom(8, "locked", object(2), nil)
	for i := range 5 {
		in.begin("vpn", "locked", "wrong", byte(120+i))
	}
	h.entries[3].why = authn.ReasonPasswordChange
	for i, tc := range []struct {
		name, user, password string
		reason               authn.Reason
	}{
		{"unknown", "nobody", "whatever", authn.ReasonUnknownUser},
		{"foreign domain", "alice@evil.example.com", "whatever", authn.ReasonForeignDomain},
		{"malformed", "al\x00ice", "whatever", authn.ReasonMalformedName},
		{"injection", "*)(uid=*", "whatever", authn.ReasonUnknownUser},
		{"wrong", "alice", "wrong", authn.ReasonPasswordWrong},
		{"unrecorded, wrong", "dora", "wrong", authn.ReasonPasswordWrong},
		{"ambiguous", "bob", "bob-ad", authn.ReasonAmbiguousName},
		{"local, wrong", "carol", "wrong", authn.ReasonPasswordWrong},
		{"local, code locked", "carol", "carol-pw", authn.ReasonCodeLocked},
		{"local, disabled", "disabled", "right-pw", authn.ReasonDisabled},
		{"gone", "gone", "whatever", authn.ReasonDirectoryGone},
		{"locked, right", "locked", "bob-lab", authn.ReasonPasswordLocked},
	} {
		hashes, looks, binds := in.hash.done.Load(), h.looks.Load(), h.binds.Load()
		d := in.begin("vpn", tc.user, tc.password, byte(i))
		if d.Outcome != authn.Deny || d.Message != authn.MessageRefused || d.Language != "" || d.Reason != tc.reason {
			t.Errorf("%s: %+v", tc.name, d)
		}
		if n, l, b := in.hash.done.Load()-hashes, h.looks.Load()-looks, h.binds.Load()-binds; n != 1 || l != 1 || b != 1 {
			t.Errorf("%s: %d hashes, %d searches, %d binds", tc.name, n, l, b)
		}
	}
	if d := in.begin("mute", "dora", "dora-ad", 50); d.Message != authn.MessageRefused {
		t.Errorf("a client without a prompt is told: %s", d.Message)
	}
	if d := in.begin("vpn", "alice", "alice-ad", 51); d.Outcome != authn.Ask {
		t.Errorf("%+v", d)
	}
}

func TestThePersonIsToldToChangeThePassword(t *testing.T) {
	in, h := installHomes(t)
	once := byte(0)
	for i, name := range map[int]string{0: "alice", 3: "dora"} { // dora has no record
		for _, tc := range []struct {
			why      authn.Reason
			client   string
			password string
			reason   authn.Reason
			shown    authn.Message
		}{
			{authn.ReasonPasswordChange, "vpn", name + "-ad", authn.ReasonPasswordChange, authn.MessageChangePassword},
			{authn.ReasonPasswordExpired, "vpn", name + "-ad", authn.ReasonPasswordExpired, authn.MessageChangePassword},
			{authn.ReasonPasswordChange, "mute", name + "-ad", authn.ReasonPasswordChange, authn.MessageRefused},
			{authn.ReasonPasswordChange, "vpn", "wrong", authn.ReasonPasswordWrong, authn.MessageRefused},
			{authn.ReasonDirectoryDisabled, "vpn", name + "-ad", authn.ReasonDirectoryDisabled, authn.MessageRefused},
			{authn.ReasonDirectoryLocked, "vpn", name + "-ad", authn.ReasonDirectoryLocked, authn.MessageRefused},
			{authn.ReasonDirectoryLocked, "vpn", "wrong", authn.ReasonDirectoryLocked, authn.MessageRefused},
		} {
			h.entries[i].why = tc.why
			once++
			d := in.begin(tc.client, name, tc.password, once)
			in.want(d, authn.Deny, tc.reason)
			if d.Message != tc.shown {
				t.Errorf("%s, %s at %s with %q is shown %s", name, tc.why, tc.client, tc.password, d.Message)
			}
		}
	}
}

// TestGuessingLocksNobodysAccount: what reaches the directory is what the
// lockout here allows, however many come at once.
func TestGuessingLocksNobodysAccount(t *testing.T) {
	for _, name := range []string{"alice", "dora"} {
		in, h := installHomes(t)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				guess := fmt.Sprintf("guess-%d", i)
				if i == 67 {
					guess = name + "-ad"
				}
				if _, err := in.Begin(context.Background(), authn.Request{
					Door: authn.DoorRADIUS, Client: "vpn", Username: name, Password: secret.New(guess),
					Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{byte(i + 1)},
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wrong := h.tried.Load()
		for _, p := range h.seen {
			if p == name+"-ad" {
				wrong--
			}
		}
		if wrong > 9 || wrong < 5 { // five, and up to four before the right one
			t.Errorf("%s: %d wrong passwords reached the directory", name, wrong)
		}
		before := h.tried.Load()
		in.want(in.begin("vpn", name, name+"-ad", 201), authn.Deny, authn.ReasonPasswordLocked)
		if h.tried.Load() != before {
			t.Errorf("%s: a locked source's password reached the directory", name)
		}
	}
}

func TestWhoHasNoRecordGetsOne(t *testing.T) {
	in, h := installHomes(t)
	in.want(in.begin("vpn", "dora", "dora-ad", 1), authn.Enroll, authn.ReasonMustEnroll)
	in.want(in.begin("vpn", "dora", "dora-ad", 2), authn.Enroll, authn.ReasonMustEnroll)
	in.want(in.begin("nps", "frank", "123456", 3), authn.Deny, authn.ReasonUnknownUser)
	if r, _, err := in.store.Person(t.Context(), "dora", true); err != nil || r == nil || r.Person.Origin.Object != object(3) {
		t.Errorf("%v, %v", r, err)
	}
	h.entries = append(h.entries, &home{directory: 7, entry: directory.Entry{Username: "erin", Object: object(9), Mail: "refused"}, password: "erin-ad"})
	in.want(in.begin("vpn", "erin", "erin-ad", 4), authn.Deny, authn.ReasonNotAdmitted)
	h.entries[1].entry.Barred = directory.BarredDisabled
	in.want(in.begin("vpn", `CORP\bob`, "bob-ad", 5), authn.Deny, authn.ReasonDirectoryDisabled)
	in.want(in.begin("vpn", "bob@lab.example.com", "bob-lab", 6), authn.Enroll, authn.ReasonMustEnroll)
}

func TestADirectoryThatIsSilentLetsNobodyIn(t *testing.T) {
	in, h := installHomes(t)
	in.add("carol", "carol-pw", []byte("carol-carol-carol-12"))
	asked := in.begin("vpn", "alice", "alice-ad", 1)
	in.want(asked, authn.Ask, authn.ReasonCodeNeeded)
	h.down.Store(true)
	fails := func(name string, d authn.Decision, err error) {
		t.Helper()
		if err == nil || d.Outcome != authn.Deny || d.Message != "" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	attempt := func(client, user, password string, once byte) (authn.Decision, error) {
		return in.Begin(t.Context(), authn.Request{
			Door: authn.DoorRADIUS, Client: client, Username: user, Password: secret.New(password),
			Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{once},
		})
	}
	for i, user := range []string{"alice", "nobody", "dora", "carol", "al\x00ice", "alice@evil.example.com"} {
		d, err := attempt("vpn", user, "wrong", byte(10+i))
		fails(user, d, err)
	}
	d, err := attempt("nps", "alice", in.code(aliceKey), 20)
	fails("a code where the client checks the password", d, err)
	reply := authn.Reply{
		Handle: asked.Handle, Door: authn.DoorRADIUS, Client: "vpn", Username: "alice", Code: secret.New(in.code(aliceKey)),
		Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{21},
	}
	d, err = in.Answer(t.Context(), reply)
	fails("the right code at a prompt", d, err)

	// Who is local gets in, and their wrong password was counted, once.
	d, err = attempt("vpn", "carol", "wrong", 13)
	fails("the same request again", d, err)
	r, _, err := in.store.Person(t.Context(), "carol", true)
	if err != nil || r.Standing.Passwords.Wrong != 1 {
		t.Errorf("counted: %+v, %v", r.Standing.Passwords, err)
	}
	in.want(in.begin("vpn", "carol", "carol-pw", 30), authn.Ask, authn.ReasonCodeNeeded)

	// It recovers by itself, and nothing was used up.
	h.down.Store(false)
	if d, err = in.Answer(t.Context(), reply); err != nil || d.Outcome != authn.Allow {
		t.Errorf("after it is back: %+v, %v", d, err)
	}
}

func TestASessionLastsAsLongAsTheDirectorySaysSo(t *testing.T) {
	in, h := installHomes(t)
	in.add("carol", "carol-pw", nil)
	stays := func(name string, want, fails bool) {
		t.Helper()
		r, _, err := in.store.Person(t.Context(), name, true)
		if err != nil || r == nil {
			t.Fatal(r, err)
		}
		got, _, err := in.Stay(t.Context(), session.Session{Person: r.Person.ID, Proof: factor.Proof{Methods: []factor.Method{factor.MethodTOTP}}})
		if (got == session.StayIn) != want || (err != nil) != fails {
			t.Errorf("%s stays: %v, %v", name, got, err)
		}
	}
	stays("alice", true, false)
	h.down.Store(true)
	stays("alice", false, true)
	stays("carol", true, false)
	h.down.Store(false)
	h.entries[0].entry.Barred = directory.BarredLocked
	stays("alice", true, false)
	h.entries[0].entry.Barred = directory.BarredExpired
	stays("alice", false, false)
}

func TestWhomTheDirectoryKeepsOutGetsInNowhere(t *testing.T) {
	in, h := installHomes(t)
	asked := in.begin("vpn", "alice", "alice-ad", 1)
	h.entries[0].entry.Barred = directory.BarredDisabled
	in.want(in.begin("nps", "alice", in.code(aliceKey), 2), authn.Deny, authn.ReasonDirectoryDisabled)
	in.want(in.answer("vpn", "alice", asked.Handle, in.code(aliceKey), 3), authn.Deny, authn.ReasonDirectoryDisabled)
	h.entries[0].why = authn.ReasonDirectoryDisabled
	in.want(in.begin("vpn", "alice", "alice-ad", 4), authn.Deny, authn.ReasonDirectoryDisabled)
	h.entries[0].entry.Barred, h.entries[0].why = directory.NotBarred, ""
	in.want(in.begin("nps", "alice", in.code(aliceKey), 5), authn.Allow, authn.ReasonCodeRight)
	before := h.currents.Load()
	in.want(in.begin("nps", "alice", "000000", 6), authn.Deny, authn.ReasonCodeWrong)
	if h.currents.Load() != before {
		t.Error("a wrong code made us ask the directory: that takes time, and tells who is in it")
	}
}
