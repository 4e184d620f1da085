package storetest

import (
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
)

// imports is a directory with an item that requires a passkey within a day.
type imports struct {
	*store.Store
	t      *testing.T
	clock  clockAt
	forest directory.Source
	item   directory.Item
	people int
}

func newImports(t *testing.T, d Database) *imports {
	i := &imports{t: t, forest: Forest()}
	i.clock.set(Start)
	i.Store = d.Open(t, func(o *store.Options) { o.Now = i.clock.now })
	must(t, i.AddDirectory(t.Context(), i.forest, Entry("directory.add", i.forest.Name)))
	i.item = item(i.forest, "everybody")
	must(t, i.AddSyncItem(t.Context(), i.item, Entry("sync.add", i.item.Name)))
	i.pass()
	return i
}

// pass lets time pass, until every node knows what is in force.
func (i *imports) pass() { i.clock.set(i.clock.now().Add(time.Minute)) }

// come imports people.
func (i *imports) come(untold bool, names ...string) {
	i.t.Helper()
	puts := make([]roster.Put, len(names))
	for n, name := range names {
		i.people++
		puts[n] = put(i.forest, i.people, name)
	}
	i.take(roster.Batch{Untold: untold, Puts: puts})
}

func (i *imports) take(b roster.Batch) {
	i.t.Helper()
	b.Source, b.Item, b.Now, b.Back = i.forest, i.item.ID, i.clock.now(), backEntry
	_, err := i.TakeEntries(i.t.Context(), b)
	must(i.t, err)
}

// set changes what the item says.
func (i *imports) set(change func(*directory.Defaults)) {
	i.t.Helper()
	was := i.item
	change(&i.item.Defaults)
	must(i.t, i.SetSyncItem(i.t.Context(), was, i.item, Entry("sync.set", was.Name)))
	i.pass()
}

// periods are those of the item, the newest first.
func (i *imports) periods() []enrollment.Period {
	i.t.Helper()
	list, err := i.Periods(i.t.Context())
	must(i.t, err)
	return slices.DeleteFunc(list, func(p enrollment.Period) bool { return p.Item != i.item.ID })
}

// in checks by which periods something is required of somebody.
func (i *imports) in(name string, want ...id.ID) policy.Requirement {
	i.t.Helper()
	var got []id.ID
	r := Find(i.t, i.Store, name)
	for _, d := range r.Requirements {
		if got = append(got, d.Period); d.Own || d.Held {
			i.t.Errorf("%s: %+v", name, d)
		}
	}
	same(i.t, name, want, got)
	if len(r.Requirements) != 1 {
		return policy.Requirement{}
	}
	return r.Requirements[0]
}

// requires checks whether the item says that it requires something.
func (i *imports) requires(want bool) {
	i.t.Helper()
	items, err := i.SyncItems(i.t.Context())
	must(i.t, err)
	if items[0].Defaults.Required != want {
		i.t.Errorf("it requires something: %v", !want)
	}
}

// testItemPeriod: whom an item brings is in its period, on a clock of their own,
// until the item requires something else; then who is in it stays.
func testItemPeriod(t *testing.T, d Database) {
	i := newImports(t, d)
	i.come(false, "alice")
	i.clock.set(Start.Add(time.Hour))
	i.come(true, "bob", "carol")
	first := i.periods()[0]
	if first.Chosen != "item everybody" || first.Of() != "everybody" || first.State != enrollment.Running || first.Length != 24*time.Hour {
		t.Errorf("%+v", first)
	}
	alice, bob := i.in("alice", first.ID), i.in("bob", first.ID)
	if alice.Factor != policy.WantPasskey || alice.PostponeLeft != -1 || !bob.Due.Equal(i.clock.now().Add(24*time.Hour)) || !alice.Due.Before(bob.Due) {
		t.Errorf("alice %+v, bob %+v", alice, bob)
	}
	for _, period := range []id.ID{first.ID, operator.EveryPeriod} {
		figures, err := i.Progress(t.Context(), period, "", i.clock.now())
		must(t, err)
		if figures.People != 3 || figures.Asked() != 3 || !figures.Ends.Equal(bob.Due) {
			t.Errorf("%v: %d people, %d asked, until %v", period, figures.People, figures.Asked(), figures.Ends)
		}
	}
	due, err := i.DueDuties(t.Context(), i.clock.now(), 10)
	must(t, err)
	begun := 0
	for _, d := range due {
		if d.Told.Begin {
			begun++
		}
	}
	if len(due) != 3 || begun != 2 {
		t.Errorf("%d are to be told something, of %d the beginning is not told", len(due), begun)
	}

	i.set(func(d *directory.Defaults) { d.Mail = false })
	same(t, "what mails say is no other requirement", 1, len(i.periods()))
	i.set(func(d *directory.Defaults) { d.Method = string(policy.WantTOTP) })
	i.come(true, "dave")
	list := i.periods()
	if len(list) != 2 || list[1].ClosedAt.IsZero() || list[1].State != enrollment.Running || !list[0].ClosedAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	i.in("alice", first.ID)
	i.in("dave", list[0].ID)
	i.requires(true)

	i.set(func(d *directory.Defaults) { d.Required = false })
	i.come(true, "erin")
	i.in("dave", list[0].ID)
	i.in("erin")
	i.requires(false)
	i.set(func(d *directory.Defaults) { d.Required = true })
	must(t, i.RemoveSyncItem(t.Context(), i.item.ID, Entry("sync.remove", i.item.Name)))
	for n, want := range []enrollment.PeriodState{enrollment.Over, enrollment.Running, enrollment.Running} { // nobody is in the last
		if p := i.periods()[n]; p.State != want || p.ClosedAt.IsZero() {
			t.Errorf("%+v", p)
		}
	}
	i.in("alice", first.ID)
}

// testItemSparesAdministrator: an item that finds the one who administers brings
// them under its period only if somebody else can.
func testItemSparesAdministrator(t *testing.T, d Database) {
	i := newImports(t, d)
	i.set(func(d *directory.Defaults) { d.Method = string(policy.WantTOTP) })
	period := i.periods()[0]
	known := func(n int, name string) roster.Put {
		p := fromForest(i.forest, n, name, directory.Administrator, directory.Origin{})
		p.Factors = p.Factors[:0]
		p.Factors = append(p.Factors, aPasskey(p.Person.ID, Start))
		there := put(i.forest, n, name)
		there.Known, there.Person = true, *Add(t, i.Store, p).Person
		return there
	}
	alice := known(1, "alice")
	i.take(roster.Batch{Puts: []roster.Put{alice}})
	i.in("alice")
	if list, err := i.FindChanges(t.Context(), operator.ChangeQuery{Action: "require.spare"}); err != nil || len(list) != 1 || list[0].Subject != "alice" {
		t.Errorf("the log has %v, %v", list, err)
	}
	i.take(roster.Batch{Puts: []roster.Put{known(2, "bob")}})
	i.in("alice")
	i.in("bob", period.ID)
}
