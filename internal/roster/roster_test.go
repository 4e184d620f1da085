package roster_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// paper is a directory on paper: what it says is what a test has written.
type paper struct {
	entries []directory.Entry
	groups  []directory.Group
	changes []directory.EntryChange // what Read with a cursor and Poll hand over
	err     error                   // after half of the entries
	during  func()                  // called after the first piece
	reads   int
	listed  bool  // Read with a cursor names everybody besides
	broken  id.ID // an item that cannot be read
	domains []string
	outside map[string]bool // objects that no item includes
}

const pieceOfPaper = 3

func (p *paper) Read(_ context.Context, _ directory.Source, i directory.Item, cursor []byte, groups func([]directory.Group) error,
	each func([]directory.EntryChange) error,
) (roster.Reading, error) {
	p.reads++
	if p.broken != 0 && i.ID == p.broken {
		return roster.Reading{}, errors.New("its base is gone")
	}
	if groups != nil {
		if err := groups(p.groups); err != nil {
			return roster.Reading{}, err
		}
	}
	if cursor != nil {
		changes := slices.Clone(p.changes)
		for i := 0; p.listed && i < len(p.entries); i++ {
			changes = append(changes, directory.EntryChange{Entry: directory.Entry{Object: p.entries[i].Object}, Same: true})
		}
		return roster.Reading{Listed: p.listed, Cursor: []byte("next")}, each(changes)
	}
	for n, i := 0, 0; i < len(p.entries); n, i = n+1, i+pieceOfPaper {
		if p.err != nil && i >= len(p.entries)/2 {
			return roster.Reading{}, p.err
		}
		var piece []directory.EntryChange
		for _, e := range p.entries[i:min(i+pieceOfPaper, len(p.entries))] {
			e.Groups = slices.Clone(e.Groups)
			piece = append(piece, directory.EntryChange{Entry: e})
		}
		if err := each(piece); err != nil {
			return roster.Reading{}, err
		}
		if n == 0 && p.during != nil {
			p.during()
		}
	}
	return roster.Reading{Whole: true, Cursor: []byte("next")}, p.err
}

func (p *paper) Poll(_ context.Context, _ directory.Source, cursor []byte, each func([]directory.EntryChange) error) ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	if cursor != nil {
		return []byte("polled again"), each(slices.Clone(p.changes))
	}
	return []byte("polled"), nil
}

func (p *paper) DomainNames(context.Context, directory.Source) ([]string, error) {
	return p.domains, p.err
}

func (p *paper) Includes(_ context.Context, _ directory.Source, _ directory.Item, object string) (bool, error) {
	return !p.outside[object], p.err
}

func (p *paper) Lookup(_ context.Context, _ directory.Source, objects []string) (found []directory.Entry, err error) {
	for _, e := range p.entries {
		if slices.Contains(objects, e.Object) {
			found = append(found, e)
		}
	}
	return found, p.err
}

// office is a roster over a real store and a directory on paper.
type office struct {
	t      *testing.T
	paper  *paper
	store  *store.Store
	roster *roster.Roster
	source directory.Source
	item   directory.Item
	ids    *id.Source
	now    time.Time
}

func open(t *testing.T, people int, change ...func(*directory.Item)) *office {
	t.Helper()
	o := &office{t: t, paper: &paper{}, ids: id.NewSource(storetest.NextID() + 1<<30), now: storetest.Start}
	d := storetest.SQLite(t)
	d.Options.Now = o.clock
	o.store = d.Open(t)
	o.roster = roster.New(roster.Config{
		Store: o.store, Reader: o.paper, IDs: o.ids, Now: o.clock, Log: slog.New(slog.DiscardHandler),
	})
	o.source = storetest.Forest()
	o.must(o.store.AddDirectory(t.Context(), o.source, storetest.Entry("directory.add", "forest")))
	o.item = directory.Item{
		ID: storetest.NextID(), Name: "everybody", Source: o.source.ID, Interval: time.Hour,
		Guard: directory.DefaultGuard, Grace: directory.DefaultGrace, Enabled: true,
	}
	for _, c := range change {
		c(&o.item)
	}
	o.must(o.store.AddSyncItem(t.Context(), o.item, storetest.Entry("sync.add", "everybody")))
	for i := range people {
		o.paper.entries = append(o.paper.entries, someone(i))
	}
	return o
}

func (o *office) clock() time.Time { o.now = o.now.Add(time.Millisecond); return o.now }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// someone is an entry like any other.
func someone(i int) directory.Entry {
	return directory.Entry{
		Object: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), DN: fmt.Sprintf("cn=User %d,ou=People,dc=example,dc=com", i),
		Username: fmt.Sprintf("user%d", i), DisplayName: fmt.Sprintf("User %d", i), Mail: fmt.Sprintf("user%d@example.com", i),
		Mobile: fmt.Sprintf("0171 55501%02d", i), Groups: []string{"cn=VPN Users,dc=example,dc=com", `cn=Staff\, all,dc=example,dc=com`},
		Manager: "cn=User 0,ou=People,dc=example,dc=com", Language: "de-AT, en;q=0.5",
	}
}

// run runs the item and compares what came of it.
func (o *office) run(want roster.Counts, state roster.RunState, opt ...roster.RunOptions) roster.Run {
	o.t.Helper()
	o.now = o.now.Add(time.Minute)
	var how roster.RunOptions
	if len(opt) > 0 {
		how = opt[0]
	}
	run, err := o.roster.Run(o.t.Context(), o.item, how)
	o.must(err)
	if run.Counts != want || run.State != state {
		o.t.Errorf("the run is %s: %v; want %s: %v\n%v", run.State, run.Counts, state, want, o.rows(run, ""))
	}
	stored, err := o.store.FindRuns(o.t.Context(), roster.RunQuery{ID: run.ID})
	o.must(err)
	if len(stored) != 1 || stored[0].Counts != want || stored[0].State != state {
		o.t.Errorf("written down is %+v", stored)
	}
	return run
}

func (o *office) rows(run roster.Run, kind roster.RowKind) (list []string) {
	o.t.Helper()
	rows, err := o.store.RunRows(o.t.Context(), run.ID, kind, 0, 1000)
	o.must(err)
	for _, r := range rows {
		list = append(list, string(r.Kind)+" "+r.Username+": "+string(r.Reason))
	}
	return list
}

// entry is whoever an entry is, also if they have no name.
func (o *office) entry(i int) *authn.Record {
	o.t.Helper()
	key, _, err := o.store.KeyOf(o.t.Context(), o.source.ID, someone(i).Object)
	o.must(err)
	return storetest.Find(o.t, o.store, key)
}

func (o *office) person(key string) *directory.Person {
	o.t.Helper()
	r, _, err := o.store.Person(o.t.Context(), key, true)
	o.must(err)
	if r == nil {
		o.t.Fatalf("nobody is called %s", key)
	}
	return r.Person
}

func (o *office) nobody(key string) {
	o.t.Helper()
	if r, _, err := o.store.Person(o.t.Context(), key, true); err != nil || r != nil {
		o.t.Errorf("%s is there (%v)", key, err)
	}
}

var whole = roster.RunOptions{Whole: true}

func TestPeopleCome(t *testing.T) {
	o := open(t, 10, func(i *directory.Item) { i.Defaults = directory.Defaults{Required: true, Period: 7 * 24 * time.Hour} })
	o.run(roster.Counts{Added: 10}, roster.Done)
	p := o.person("user7")
	if p.Username != "user7" || p.DisplayName != "User 7" || p.Email != "user7@example.com" || p.Phone != "+491715550107" ||
		p.Language != "de-AT" || !slices.Equal(p.Groups, []string{"Staff, all", "VPN Users"}) || p.Disabled || p.HasPassword {
		t.Errorf("user7 is %+v", p)
	}
	if p.Origin.Directory != o.source.ID || p.Origin.Object != someone(7).Object || p.Origin.DN != someone(7).DN || p.Origin.Barred != "" {
		t.Errorf("user7 comes from %+v", p.Origin)
	}
	r := storetest.Find(t, o.store, "user7")
	if len(r.Requirements) != 1 || r.Requirements[0].Duty != policy.InPeriod {
		t.Errorf("required is %+v", r.Requirements)
	}
	o.run(roster.Counts{Unchanged: 10}, roster.Done, whole)
	if again := storetest.Find(t, o.store, "user7"); again.Standing.Version != r.Standing.Version {
		t.Error("nothing changed, and the person was written")
	}
}

func TestWhatChangesIsTakenOver(t *testing.T) {
	o := open(t, 3)
	o.run(roster.Counts{Added: 3}, roster.Done)
	before := storetest.Find(t, o.store, "user1")
	e := &o.paper.entries[1]
	e.DN, e.Username, e.DisplayName, e.Mobile, e.Groups = "cn=User 1,ou=Moved,dc=example,dc=com", "Renamed", "New Name", "", nil
	e.Phone = "+1 212 555 0123"
	o.run(roster.Counts{Changed: 1, Unchanged: 2}, roster.Done, whole)
	o.nobody("user1")
	after := storetest.Find(t, o.store, "renamed")
	p := after.Person
	if p.ID != before.Person.ID || p.DisplayName != "New Name" || p.Username != "Renamed" || p.Phone != "+12125550123" ||
		len(p.Groups) != 0 || p.Origin.DN != e.DN || after.Standing.Version <= before.Standing.Version {
		t.Errorf("the person is %+v", p)
	}
}

func TestNamesMayBeSwapped(t *testing.T) {
	o := open(t, 6)
	o.run(roster.Counts{Added: 6}, roster.Done)
	first := o.person("user0").ID
	o.paper.entries[0].Username, o.paper.entries[5].Username = "user9", "user0"
	o.run(roster.Counts{Changed: 2, Unchanged: 4}, roster.Done, whole)
	o.paper.entries[0].Username, o.paper.entries[5].Username = "user0", "user5"
	o.run(roster.Counts{Changed: 2, Unchanged: 4}, roster.Done, whole) // the first one's new name is taken at first
	if o.person("user0").ID != first {
		t.Error("the name is somebody else's")
	}
}

func TestLocalPeopleAreNotTouched(t *testing.T) {
	o := open(t, 3)
	local := storetest.Add(t, o.store, storetest.Somebody("user1"))
	run := o.run(roster.Counts{Added: 2, Refused: 1}, roster.Done)
	if rows := o.rows(run, roster.RowRefused); len(rows) != 1 || !strings.HasSuffix(rows[0], ": local-name") {
		t.Errorf("the rows are %v", rows)
	}
	if again := storetest.Find(t, o.store, "user1"); again.Standing.Version != local.Standing.Version {
		t.Error("the local user was written")
	}
}

func TestBadEntriesAreListed(t *testing.T) {
	o := open(t, 9)
	o.paper.entries[0].Username = "two words"
	o.paper.entries[1].Username = "user2" // as another one
	o.paper.entries[3].Mobile = "call reception"
	o.paper.entries[4].Mail = "not an address"
	o.paper.entries[5].Mail = "USER6@example.com"
	o.paper.entries[7].Object = "no identity"
	o.paper.entries[8].Username = "user@elsewhere.example.net"
	run := o.run(roster.Counts{Added: 5, Refused: 4}, roster.Done)
	rows := strings.Join(o.rows(run, ""), "\n")
	for _, want := range []string{
		"refused two words: bad-username", "warned user3: bad-phone", "warned user4: bad-mail",
		"warned user6: same-mail", "refused user7: no-identity", "refused user@elsewhere.example.net: foreign-domain",
		"refused user2: name-twice",
	} {
		if !strings.Contains(rows, want) {
			t.Errorf("missing %q in\n%s", want, rows)
		}
	}
	if p := o.person("user3"); p.Phone != "" {
		t.Errorf("the number is %q", p.Phone)
	}
}

func TestNamesAreComparedByTheirForm(t *testing.T) {
	o := open(t, 2)
	o.paper.entries[0].Username, o.paper.entries[1].Username = "Ångström", "A\u030angstro\u0308M"
	o.run(roster.Counts{Added: 1, Refused: 1}, roster.Done)
	o.person("ångström")
}

func TestTheGuardAsks(t *testing.T) {
	o := open(t, 20)
	o.run(roster.Counts{Added: 20}, roster.Done)
	everybody := o.paper.entries
	o.paper.entries = everybody[:10]
	held := o.run(roster.Counts{Unchanged: 10}, roster.Waiting, whole)
	if rows := o.rows(held, roster.RowHeld); len(rows) != 10 || !strings.HasSuffix(rows[0], ": held-gone") {
		t.Errorf("held are %v", rows)
	}
	if p := o.person("user15"); p.Excluded(o.now) {
		t.Error("shut out without being asked")
	}
	// Meanwhile one is back, and another one is gone.
	o.paper.entries = append(slices.Clone(everybody[1:10]), everybody[15])
	run := o.run(roster.Counts{Unchanged: 10, Removed: 10}, roster.Done, roster.RunOptions{Approval: approval(held)})
	if !run.Whole {
		t.Error("an approved run looked only at changes")
	}
	if o.person("user15").Excluded(o.now) || !o.entry(14).Person.Excluded(o.now) || !o.entry(0).Person.Excluded(o.now) {
		t.Error("the wrong ones are shut out")
	}
	if runs, err := o.store.FindRuns(t.Context(), roster.RunQuery{State: roster.Waiting}); err != nil || len(runs) > 0 {
		t.Errorf("%v wait still, %v", runs, err)
	}
}

func TestNobodyAtAllIsNotBelieved(t *testing.T) {
	o := open(t, 2)
	o.run(roster.Counts{Added: 2}, roster.Done)
	o.paper.entries = nil
	o.run(roster.Counts{}, roster.Waiting, whole)
	if o.person("user0").Excluded(o.now) {
		t.Error("shut out")
	}
}

func TestAnErrorConcludesNothing(t *testing.T) {
	o := open(t, 12)
	o.run(roster.Counts{Added: 12}, roster.Done)
	o.paper.err = errors.New("the line went dead")
	o.paper.entries[0].DisplayName = "Before the error"
	o.now = o.now.Add(time.Minute)
	run, err := o.roster.Run(t.Context(), o.item, whole)
	if err == nil || run.State != roster.Failed || !strings.Contains(run.Problem, "line went dead") {
		t.Errorf("the run is %+v, %v", run, err)
	}
	if o.person("user11").Excluded(o.now) {
		t.Error("shut out")
	}
	o.paper.err = nil
	o.run(roster.Counts{Changed: 1, Unchanged: 11}, roster.Done, whole)
}

func TestLifeCycle(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	somebody := storetest.Find(t, o.store, "user1")
	e := o.paper.entries[1]

	o.paper.entries[1].Barred = directory.BarredDisabled
	o.run(roster.Counts{Disabled: 1, Unchanged: 3}, roster.Done, whole)
	if p := o.person("user1"); p.Origin.Barred != directory.BarredDisabled || p.Disabled || !p.Excluded(o.now) {
		t.Errorf("disabled there: %+v", p)
	}
	o.paper.entries[1].Barred = ""
	o.run(roster.Counts{Back: 1, Unchanged: 3}, roster.Done, whole)

	o.paper.entries = slices.Delete(o.paper.entries, 1, 2)
	o.run(roster.Counts{Removed: 1, Unchanged: 3}, roster.Done, whole)
	o.nobody("user1")
	gone := o.entry(1).Person
	if gone.Origin.Barred != directory.BarredGone || gone.Origin.GoneAt.IsZero() {
		t.Errorf("gone: %+v", gone.Origin)
	}
	o.run(roster.Counts{Unchanged: 3}, roster.Done, whole) // and not again

	disabled := true
	r := o.entry(1)
	o.must(o.store.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, Disabled: &disabled, Log: storetest.Entry("user.disable", "user1"),
	}))
	o.paper.entries = append(o.paper.entries, e)
	o.run(roster.Counts{Back: 1, Unchanged: 3}, roster.Done, whole)
	back := o.person("user1")
	if back.ID != somebody.Person.ID || back.Origin.Barred != "" || !back.Origin.GoneAt.IsZero() {
		t.Errorf("back: %+v", back)
	}
	if !back.Disabled || !back.Excluded(o.now) {
		t.Error("what an administrator has disabled was enabled by the directory")
	}
}

func TestSomebodyNewMayHaveTheNameOfSomebodyGone(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	old := o.person("user1").ID
	was := o.paper.entries[1]
	o.paper.entries[1] = someone(77)
	o.paper.entries[1].Username = "user1"
	o.run(roster.Counts{Added: 1, Removed: 1, Unchanged: 3}, roster.Done, whole)
	if fresh := o.person("user1"); fresh.ID == old || fresh.Excluded(o.now) {
		t.Errorf("user1 is %+v", fresh)
	}
	o.paper.entries[1] = was
	o.run(roster.Counts{Back: 1, Removed: 1, Unchanged: 3}, roster.Done, whole)
	if o.person("user1").ID != old {
		t.Error("the first one is back, under another name")
	}
}

func TestTwoDirectoriesMayHaveTheSameName(t *testing.T) {
	o := open(t, 3)
	o.run(roster.Counts{Added: 3}, roster.Done)
	first := o.person("user1").ID
	other := storetest.Forest()
	other.Name, other.Domains = "annex", []string{"annex.example.org"}
	o.must(o.store.AddDirectory(t.Context(), other, storetest.Entry("directory.add", "annex")))
	item := o.item
	item.ID, item.Name, item.Source = storetest.NextID(), "annex", other.ID
	o.must(o.store.AddSyncItem(t.Context(), item, storetest.Entry("sync.add", "annex")))
	o.paper.entries = []directory.Entry{someone(1), someone(8)}
	run, err := o.roster.Run(t.Context(), item, whole)
	o.must(err)
	if run.Added != 2 {
		t.Fatalf("%v", run.Counts)
	}
	o.nobody("user1")
	if o.person("user1@example.com").ID != first || o.person("user1@annex.example.org").Origin.Directory != other.ID {
		t.Error("the wrong one has the name")
	}
	o.person("user8")
}

func TestTwoItemsMayCoverSomebody(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	second := o.item
	second.ID, second.Name = storetest.NextID(), "also"
	o.must(o.store.AddSyncItem(t.Context(), second, storetest.Entry("sync.add", "also")))
	first := o.item
	o.item = second
	o.run(roster.Counts{Changed: 4}, roster.Done, whole)
	all := o.paper.entries
	o.paper.entries = all[:3]
	o.run(roster.Counts{Unchanged: 3}, roster.Done, whole)
	if o.person("user3").Excluded(o.now) {
		t.Error("shut out although the first item covers them")
	}
	o.item = first
	o.run(roster.Counts{Unchanged: 3, Removed: 1}, roster.Done, whole)
	if !o.entry(3).Person.Excluded(o.now) {
		t.Error("nothing covers them")
	}
}

func TestChangesAloneAreRead(t *testing.T) {
	o := open(t, 4)
	o.run(roster.Counts{Added: 4}, roster.Done)
	e := someone(2)
	e.DisplayName = "Changed"
	o.paper.changes = []directory.EntryChange{
		{Entry: e},
		{Entry: someone(3), Gone: true},
		{Entry: someone(9)},
		{Entry: directory.Entry{Object: someone(1).Object}, Same: true},
		{Entry: someone(50), Gone: true},
		{Entry: directory.Entry{Username: "junk"}, Refused: "it is junk"},
	}
	run := o.run(roster.Counts{Added: 1, Changed: 1, Unchanged: 1, Removed: 1, Refused: 1}, roster.Done)
	if run.Whole {
		t.Error("everything was read")
	}
	if o.person("user0").Excluded(o.now) || !o.entry(3).Person.Excluded(o.now) {
		t.Error("the wrong ones are shut out")
	}
	o.now = o.now.Add(24 * time.Hour)
	if run := o.run(roster.Counts{Back: 1, Removed: 1, Changed: 1, Unchanged: 2}, roster.Done); !run.Whole {
		t.Error("everything was not read for a day")
	}
}

func TestATypedTelephoneNumberStays(t *testing.T) {
	o := open(t, 1)
	o.run(roster.Counts{Added: 1}, roster.Done)
	r := storetest.Find(t, o.store, "user0")
	o.must(o.store.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, Log: storetest.Entry("user.edit", "user0"),
		Details: &operator.Details{DisplayName: "User 0", Phone: "+441632960001"},
	}))
	o.paper.entries[0].Mobile, o.paper.entries[0].DisplayName = "0171 9999999", "Another Name"
	o.run(roster.Counts{Changed: 1}, roster.Done, whole)
	if p := o.person("user0"); p.Phone != "+441632960001" || p.DisplayName != "Another Name" {
		t.Errorf("user0 is %+v", p)
	}
}

func TestAnItemRunsOnce(t *testing.T) {
	o := open(t, 9)
	o.paper.during = func() {
		if _, err := o.roster.Run(t.Context(), o.item, whole); !errors.Is(err, roster.ErrRunning) {
			t.Errorf("it ran twice at the same time: %v", err)
		}
		if live := o.roster.Live(); len(live) != 1 || live[0].Item != o.item.ID {
			t.Errorf("running is %+v", live)
		}
	}
	o.run(roster.Counts{Added: 9}, roster.Done)
}

func TestWhoeverTakesOverARunEndsTheFirst(t *testing.T) {
	o := open(t, 9)
	o.paper.during = func() {
		o.paper.during = nil
		another := roster.New(o.roster.Config) // after a crash, say
		if run, err := another.Run(t.Context(), o.item, whole); err != nil || run.State != roster.Done {
			t.Errorf("%+v, %v", run, err)
		}
	}
	_, err := o.roster.Run(t.Context(), o.item, whole)
	if !errors.Is(err, roster.ErrOver) {
		t.Errorf("the first one went on: %v", err)
	}
	o.person("user8")
	o.run(roster.Counts{Unchanged: 9}, roster.Done, whole)
}
