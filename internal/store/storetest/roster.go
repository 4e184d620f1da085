package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// item is a part of a directory.
func item(s directory.Source, name string) directory.Item {
	return directory.Item{
		ID: NextID(), Name: name, Source: s.ID, Base: "ou=People,dc=example,dc=com", Filter: "(cn=*)",
		Group: "cn=VPN,dc=example,dc=com", Interval: 90 * time.Minute, Guard: directory.Guard{Count: 7, Percent: 3},
		Defaults: directory.Defaults{Required: true, Period: 24 * time.Hour, Method: "passkey", Mail: true}, Grace: 48 * time.Hour, Order: 2, Enabled: true,
	}
}

// put is an entry with a number, of a user name.
func put(s directory.Source, n int, name string) roster.Put {
	object := fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
	p := Somebody(name).Person
	p.Origin = directory.Origin{Directory: s.ID, Object: object, DN: "cn=" + name, SeenAt: Start}
	return roster.Put{Person: p, Name: name, Digest: int64(n) + 1, ReadAt: Start, Shown: roster.Shown{Phone: "5550123"}}
}

func backEntry(username string) audit.Change { return Entry("user.back", username) }

func outEntry(username string, _ directory.Barred) audit.Change {
	return Entry("user.barred", username)
}

func take(t *testing.T, s *store.Store, source directory.Source, item id.ID, puts ...roster.Put) []roster.Result {
	t.Helper()
	results, err := s.TakeEntries(t.Context(), roster.Batch{
		Source: source, Item: item, Puts: puts, Now: Start, Back: backEntry,
		Appointed: func(username string, role directory.Role) audit.Change { return groupEntry(username, "", role) },
	})
	must(t, err)
	return results
}

// testTakeEntries: entries become people and stay the same ones.
func testTakeEntries(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	everybody := item(forest, "everybody")
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	Add(t, s, Somebody("local"))

	alice := put(forest, 1, "alice")
	alice.Person.GroupRole = directory.HelpDesk
	results := take(t, s, forest, everybody.ID, alice, put(forest, 2, "bob"), put(forest, 3, "local"), put(forest, 4, "alice"))
	same(t, "the results", []roster.Result{roster.Added, roster.Added, roster.NameOfLocal, roster.NameTwice}, results)
	r := Find(t, s, "alice")
	same(t, "the person", &alice.Person, r.Person)
	if len(r.Requirements) != 1 {
		t.Errorf("required is %v", r.Requirements)
	}
	// The same entry again, not known to whoever hands it in.
	same(t, "again", []roster.Result{roster.Nothing, roster.Added}, take(t, s, forest, everybody.ID, put(forest, 1, "carol"), put(forest, 5, "dave")))

	change := put(forest, 1, "Alice2")
	change.Person.ID, change.Person.Key, change.Name, change.Known, change.Digest = r.Person.ID, "alice2", "alice2", true, 99
	same(t, "changed", []roster.Result{roster.Changed}, take(t, s, forest, everybody.ID, change))
	renamed := Find(t, s, "alice2")
	if renamed.Person.ID != r.Person.ID || renamed.Standing.Version <= r.Standing.Version || renamed.Person.Username != "Alice2" ||
		!renamed.Person.CreatedAt.Equal(r.Person.CreatedAt) || len(renamed.Requirements) != 1 {
		t.Errorf("renamed: %+v", renamed.Person)
	}
	if old, _, err := s.Person(t.Context(), "alice", false); err != nil || old != nil {
		t.Errorf("the old name still means %+v, %v", old, err)
	}
	known := map[id.ID]roster.Known{}
	must(t, s.KnownEntries(t.Context(), forest.ID, everybody.ID, nil, func(k roster.Known) { known[k.Person] = k }))
	if k := known[r.Person.ID]; len(known) != 3 || k.Digest != 99 || !k.Covered || k.Gone || k.Object.String() != alice.Person.Origin.Object {
		t.Errorf("known is %+v", known)
	}
	refused, err := s.RefusedNames(t.Context(), forest, []string{"alice2", "nobody"})
	if err != nil || len(refused) != 1 || refused["alice2"] != roster.NameTwice {
		t.Errorf("refused are %v, %v", refused, err)
	}
	some := 0
	object, _ := directory.ParseObject(alice.Person.Origin.Object)
	must(t, s.KnownEntries(t.Context(), forest.ID, 0, []directory.Object{object, {}}, func(roster.Known) { some++ }))
	if some != 1 {
		t.Errorf("%d are known by their object", some)
	}
	testShutOut(t, s, everybody, r.Person.ID)
}

// testPrincipals: a principal name follows the entry; two who have it are both named.
func testPrincipals(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	principal := func(source id.ID, name string, want ...string) {
		t.Helper()
		keys, err := s.PrincipalKeys(t.Context(), source, name)
		must(t, err)
		slices.Sort(keys)
		same(t, name, want, keys)
	}
	alice, frank, grace := put(forest, 1, "alice"), put(forest, 2, "frank"), put(forest, 3, "grace")
	take(t, s, forest, 0, alice)
	alice.Person.ID, alice.Known = Find(t, s, "alice").Person.ID, true
	for _, p := range []*roster.Put{&alice, &frank, &grace} {
		p.Person.Origin.Principal = "mary.smith@example.com"
	}
	frank.Person.Origin.GoneAt = Start
	take(t, s, forest, 0, alice, frank)
	principal(forest.ID, "mary.smith@example.com", "alice")
	principal(0, "mary.smith@example.com", "alice")
	principal(forest.ID+1, "mary.smith@example.com")
	principal(forest.ID, "")
	if got := Find(t, s, "alice").Person.Origin.Principal; got != "mary.smith@example.com" {
		t.Errorf("the principal name is %q", got)
	}
	take(t, s, forest, 0, grace)
	principal(forest.ID, "mary.smith@example.com", "alice", "grace")
	alice.Person.Origin.Principal = ""
	take(t, s, forest, 0, alice)
	principal(forest.ID, "mary.smith@example.com", "grace")
}

// testSwaps: two people of one batch may have each other's names, also for
// whoever has just asked; one whose name another keeps has none any more.
func testSwaps(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	puts := []roster.Put{put(forest, 1, "alice"), put(forest, 2, "bob"), put(forest, 3, "carol")}
	take(t, s, forest, 0, puts...)
	ids := map[string]id.ID{}
	for i, name := range []string{"alice", "bob", "carol"} {
		r := Find(t, s, name)
		puts[i].Person.ID, puts[i].Known, ids[name] = r.Person.ID, true, r.Person.ID
		must(t, s.PutSession(t.Context(), session.Session{
			ID: NextID(), Person: r.Person.ID, Hash: session.Hash{byte(i + 1)}, SeenAt: Start, EndsAt: Start.Add(time.Hour),
		}))
	}
	for i, name := range []string{"bob", "alice", "alice"} {
		puts[i].Person.Username, puts[i].Person.Key, puts[i].Name = name, name, name
	}
	same(t, "swapped", []roster.Result{roster.Changed, roster.Changed, roster.NameTwice}, take(t, s, forest, 0, puts...))
	if a, b := Find(t, s, "bob").Person, Find(t, s, "alice").Person; a.ID != ids["alice"] || b.ID != ids["bob"] || a.Username != "bob" {
		t.Errorf("bob is %v, alice is %v; were %v", a.ID, b.ID, ids)
	}
	if r, _, err := s.Person(t.Context(), "carol", true); err != nil || r != nil {
		t.Errorf("carol is still called so: %v, %v", r, err)
	}
	if r, err := s.PersonByID(t.Context(), ids["carol"]); err != nil || r == nil || r.Person.Username != "carol" {
		t.Errorf("carol is %v, %v", r, err)
	}
	puts[2].Person.Username, puts[2].Person.Key, puts[2].Name = "dave", "dave", "dave"
	same(t, "free", []roster.Result{roster.Changed}, take(t, s, forest, 0, puts[2]))
	if Find(t, s, "dave").Person.ID != ids["carol"] {
		t.Error("dave is somebody else")
	}
}

// testShutOut: whoever is shut out loses what is open, and nothing else.
func testShutOut(t *testing.T, s *store.Store, i directory.Item, person id.ID) {
	t.Helper()
	must(t, s.PutSession(t.Context(), session.Session{
		ID: NextID(), Person: person, Hash: session.Hash{1}, SeenAt: Start, EndsAt: Start.Add(time.Hour),
	}))
	shut := func(o roster.Out) []roster.Result {
		t.Helper()
		o.Person = person
		results, err := s.ShutOut(t.Context(), roster.Shutting{
			Item: i.ID, Outs: []roster.Out{o}, Now: Start, Entry: outEntry, Back: backEntry,
		})
		must(t, err)
		return results
	}
	early := roster.Out{Barred: directory.BarredDisabled, ReadAt: Start.Add(-time.Hour)}
	same(t, "known better", []roster.Result{roster.Nothing}, shut(early))
	same(t, "disabled", []roster.Result{roster.ShutOut}, shut(roster.Out{Barred: directory.BarredDisabled, ReadAt: Start}))
	if p := Find(t, s, "alice2").Person; p.Origin.Barred != directory.BarredDisabled || p.Disabled {
		t.Errorf("disabled: %+v", p)
	}
	if open, err := s.SessionsOf(t.Context(), person, Start); err != nil || len(open) > 0 {
		t.Errorf("%d sessions are open, %v", len(open), err)
	}
	same(t, "enabled", []roster.Result{roster.Back}, shut(roster.Out{ReadAt: Start.Add(time.Second), ExpiresAt: Start}))
	expired, err := s.ExpiredPeople(t.Context(), Start, 10)
	must(t, err)
	if len(expired) != 1 || expired[0].Person != person {
		t.Errorf("expired are %+v", expired)
	}
	same(t, "gone", []roster.Result{roster.ShutOut}, shut(roster.Out{Barred: directory.BarredGone, ReadAt: Start.Add(time.Minute)}))
	missing, err := s.MissingPeople(t.Context(), 10)
	must(t, err)
	if len(missing) != 1 || missing[0].Person != person || len(missing[0].Items) != 1 {
		t.Fatalf("missing are %+v", missing)
	}
	if result, err := s.RemoveMissing(t.Context(), missing[0], Entry("user.remove", "alice2")); err != nil || result != roster.ShutOut {
		t.Errorf("removed: %v, %v", result, err)
	}
	if r, _, err := s.Person(t.Context(), "alice2", true); err != nil || r != nil {
		t.Errorf("still there: %v, %v", r, err)
	}
}

// testSyncRuns: a run is begun by one, and ended once.
func testSyncRuns(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	everybody := item(forest, "everybody")
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	first := roster.Run{ID: NextID(), Item: everybody.ID, Name: "everybody", State: roster.Running}
	must(t, s.BeginRun(t.Context(), first, Start.Add(-time.Minute)))
	if d.Shared {
		second := first
		second.ID = NextID()
		if err := s.BeginRun(t.Context(), second, Start.Add(-time.Minute)); !errors.Is(err, roster.ErrRuns) {
			t.Errorf("two runs at a time: %v", err)
		}
	}
	rows := []roster.Row{
		{Kind: roster.RowRefused, Username: "bob", DN: "cn=bob", Reason: "why"},
		{Kind: roster.RowHeld, Object: "00000000-0000-4000-8000-000000000001", Username: "alice", Reason: "is gone"},
	}
	must(t, s.NoteRows(t.Context(), first, 0, rows, Start))
	first.Counts = roster.Counts{Added: 1, Changed: 2, Disabled: 3, Removed: 4, Back: 5, Unchanged: 6, Refused: 7}
	first.Whole, first.State, first.Ended, first.Problem = true, roster.Waiting, Start.Add(time.Minute), "no problem"
	log := Entry("sync.run", "everybody")
	must(t, s.EndRun(t.Context(), first, &roster.Progress{Cursor: []byte("here"), WholeAt: Start}, &log))
	if err := s.EndRun(t.Context(), first, nil, nil); !errors.Is(err, roster.ErrOver) {
		t.Errorf("ended twice: %v", err)
	}
	found, err := s.FindRuns(t.Context(), roster.RunQuery{Item: everybody.ID, State: roster.Waiting, Limit: 5})
	must(t, err)
	same(t, "the runs", []roster.Run{first}, found)
	found, err = s.FindRuns(t.Context(), roster.RunQuery{Item: everybody.ID, Whole: true, Limit: 5})
	must(t, err)
	same(t, "the runs that read everything", []roster.Run{first}, found)
	held, err := s.RunRows(t.Context(), first.ID, roster.RowHeld, 0, 10)
	must(t, err)
	same(t, "the rows", rows[1:], held)
	progress, err := s.ItemProgress(t.Context(), everybody.ID)
	must(t, err)
	same(t, "the progress", roster.Progress{Cursor: []byte("here"), WholeAt: Start}, progress)

	must(t, s.DecideRun(t.Context(), first.ID, roster.Rejected, "alice", Entry("sync.reject", "everybody")))
	if err := s.DecideRun(t.Context(), first.ID, roster.Approved, "bob", Entry("sync.approve", "everybody")); !errors.Is(err, roster.ErrOver) {
		t.Errorf("decided twice: %v", err)
	}
	poll := roster.Poll{Cursor: []byte("there"), Current: Start, Problem: "slow", Since: Start, Refused: true, AlarmedAt: Start}
	must(t, s.SetPoll(t.Context(), forest.ID, poll, nil))
	got, err := s.PollOf(t.Context(), forest.ID)
	must(t, err)
	same(t, "the poll", poll, got)
}

// testDirectories: what is configured is kept, and not removed under people.
func testDirectories(t *testing.T, d Database) {
	s := d.Open(t)
	forest := Forest()
	must(t, s.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	twin := forest
	twin.ID = NextID()
	if err := s.AddDirectory(t.Context(), twin, Entry("directory.add", forest.Name)); !errors.Is(err, operator.ErrNameTaken) {
		t.Errorf("two of a name: %v", err)
	}
	everybody := item(forest, "everybody")
	must(t, s.AddSyncItem(t.Context(), everybody, Entry("sync.add", "everybody")))
	take(t, s, forest, everybody.ID, put(forest, 1, "alice"), put(forest, 2, "bob"))
	entry, err := s.EntryOf(t.Context(), Find(t, s, "alice").Person.ID)
	must(t, err)
	same(t, "the entry", operator.KnownEntry{Shown: roster.Shown{Phone: "5550123"}, Items: []id.ID{everybody.ID}}, entry)
	none, err := s.EntryOf(t.Context(), NextID())
	must(t, err)
	same(t, "the entry of nobody", operator.KnownEntry{}, none)
	wasForest, wasEverybody := forest, everybody
	forest.Base, everybody.Interval = "dc=example,dc=org", time.Hour
	must(t, s.SetDirectory(t.Context(), wasForest, forest, Entry("directory.set", forest.Name)))
	must(t, s.SetSyncItem(t.Context(), wasEverybody, everybody, Entry("sync.set", "everybody")))
	if err := s.SetDirectory(t.Context(), wasForest, wasForest, Entry("directory.set", forest.Name)); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("two change a directory at the same time: %v", err)
	}
	if err := s.SetSyncItem(t.Context(), wasEverybody, wasEverybody, Entry("sync.set", "everybody")); !errors.Is(err, operator.ErrChangedMeanwhile) {
		t.Errorf("two change an item at the same time: %v", err)
	}
	forest.Learned = []string{"lab", "grove"}
	must(t, s.SetLearned(t.Context(), forest.ID, forest.Learned, Entry("directory.learn", forest.Name)))
	must(t, s.SetLearned(t.Context(), forest.ID, forest.Learned, Entry("directory.learn", forest.Name))) // writes nothing
	must(t, s.SetLearned(t.Context(), twin.ID, forest.Learned, Entry("directory.learn", forest.Name)))   // nor does this
	if list, err := s.FindChanges(t.Context(), operator.ChangeQuery{Action: "directory.learn"}); err != nil || len(list) != 1 {
		t.Errorf("learned once, the log has %v, %v", list, err)
	}
	if err := s.SetDirectory(t.Context(), twin, twin, Entry("directory.set", "elsewhere")); !errors.Is(err, operator.ErrNameTaken) {
		t.Errorf("a name that is another's: %v", err)
	}
	twin.Name = "elsewhere"
	if err := s.SetDirectory(t.Context(), twin, twin, Entry("directory.set", "elsewhere")); !errors.Is(err, operator.ErrGone) {
		t.Errorf("one that is not there: %v", err)
	}
	sources, err := s.Directories(t.Context())
	must(t, err)
	same(t, "the directories", []directory.Source{forest}, sources)
	items, err := s.SyncItems(t.Context())
	must(t, err)
	same(t, "the items", []directory.Item{everybody}, items)

	if err := s.RemoveDirectory(t.Context(), forest.ID, Entry("directory.remove", forest.Name)); !errors.Is(err, operator.ErrInUse) {
		t.Errorf("removed under people: %v", err)
	}
	for _, want := range []int{1, 0} {
		if left, err := s.RemovePeopleOf(t.Context(), forest.ID, 1); err != nil || left != want {
			t.Errorf("%d are left, %v; want %d", left, err, want)
		}
	}
	must(t, s.RemoveDirectory(t.Context(), forest.ID, Entry("directory.remove", forest.Name)))
	if items, err = s.SyncItems(t.Context()); err != nil || len(items) > 0 {
		t.Errorf("items of no directory: %v, %v", items, err)
	}
}
