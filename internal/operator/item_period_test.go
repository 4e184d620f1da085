package operator_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// importing is an office with an import item that requires an authenticator
// within a week.
type importing struct {
	*office
	source directory.Source
	item   directory.Item
	came   int
}

func newImporting(t *testing.T) *importing {
	o := &importing{office: newOffice(t), source: storetest.Forest()}
	if err := o.store.AddDirectory(t.Context(), o.source, o.entry()); err != nil {
		t.Fatal(err)
	}
	yes, length, method := true, 7*day, policy.WantTOTP
	var err error
	o.item, err = o.AddSyncItem(t.Context(), local, "staff", o.source.Name, operator.SyncSpec{Required: &yes, Period: &length, Method: &method})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// comes imports somebody and returns where they stand.
func (o *importing) comes(name string) enrollment.State {
	o.t.Helper()
	o.came++
	p := storetest.Somebody(name).Person
	p.ID, p.CreatedAt = o.IDs.Next(o.now), o.now
	p.Origin = directory.Origin{
		Directory: o.source.ID, Object: fmt.Sprintf("00000000-0000-4000-8000-%012x", o.came), DN: "cn=" + name, SeenAt: o.now,
	}
	results, err := o.store.TakeEntries(o.t.Context(), roster.Batch{
		Source: o.source, Item: o.item.ID, Now: o.now, Puts: []roster.Put{{Person: p, Name: name, Digest: int64(o.came), ReadAt: o.now}},
		Back: func(string) audit.Change { return o.entry() },
	})
	if err != nil || results[0] != roster.Added {
		o.t.Fatalf("%s: %v, %v", name, results, err)
	}
	r := o.record(name)
	return enrollment.StateOf("", r.Factors, r.Requirements, o.now)
}

// period is the last one of the item.
func (o *importing) period() enrollment.Period {
	o.t.Helper()
	list, err := o.Periods(o.t.Context(), local)
	if err != nil || len(list) == 0 {
		o.t.Fatalf("no period: %v", err)
	}
	return list[0]
}

// everybody means whom the item has brought, and will.
func (o *importing) everybody() operator.Selection { return operator.Selection{Period: o.period().ID} }

// acts does what was looked at first; it is said of whom the item brings later.
func (o *importing) acts(do func(operator.Change) (operator.BulkResult, error), c operator.Change, want operator.Later) {
	o.t.Helper()
	c.Dry = true
	seen, err := do(c)
	if err != nil {
		o.t.Fatal(err)
	}
	c.Dry = false
	for _, result := range []operator.BulkResult{seen, o.act(do(c))} {
		if len(result.Later) != 1 || result.Later[0].Item != "staff" || result.Later[0].What != want || result.Done != seen.Done {
			o.t.Errorf("%d of %d, of later people: %+v, want %s", result.Done, seen.Done, result.Later, want)
		}
	}
}

// requires checks whether the item says that it requires something.
func (o *importing) requires(want bool) {
	o.t.Helper()
	items, err := o.SyncItems(o.t.Context(), local)
	if err != nil || items[0].Defaults.Required != want {
		o.t.Errorf("the item requires something: %v, %v", !want, err)
	}
}

// TestAnItemsClocksAreMovedForAll: whom an item brings later has a clock like
// those who were there, as in a group.
func TestAnItemsClocksAreMovedForAll(t *testing.T) {
	o := newImporting(t)
	begin := o.now
	o.comes("one")
	o.now = begin.Add(2 * day)
	if s := o.comes("two"); s.Status != enrollment.InPeriod || !s.Until.Equal(begin.Add(9*day)) {
		t.Errorf("a clock of their own: %+v", s)
	}
	o.acts(func(c operator.Change) (operator.BulkResult, error) {
		return o.Pause(t.Context(), local, o.everybody(), c)
	},
		operator.Change{}, operator.LaterStopped)
	o.now = begin.Add(4 * day)
	if s := o.comes("three"); !s.Paused || !s.Until.Equal(o.now.Add(7*day)) {
		t.Errorf("while the clocks stand still: %+v", s)
	}
	o.acts(func(c operator.Change) (operator.BulkResult, error) {
		return o.Resume(t.Context(), local, o.everybody(), c)
	},
		operator.Change{}, operator.LaterRuns)
	o.acts(func(c operator.Change) (operator.BulkResult, error) {
		return o.Extend(t.Context(), local, operator.Selection{All: true}, c)
	}, operator.Change{Until: begin.Add(40 * day)}, operator.LaterEnd)
	if s := o.comes("four"); !s.Until.Equal(begin.Add(40 * day)) {
		t.Errorf("after the end has moved for all: %+v", s)
	}
	o.act(o.UndoLast(t.Context(), local, nil))
	if s := o.comes("five"); !s.Until.Equal(o.now.Add(7 * day)) {
		t.Errorf("after the undo: %+v", s)
	}
	o.acts(func(c operator.Change) (operator.BulkResult, error) {
		return o.Reset(t.Context(), local, o.everybody(), c)
	},
		operator.Change{Length: 20 * day}, operator.LaterEnd)
	for _, name := range []string{"one", "four", "six"} {
		if name == "six" {
			o.comes(name)
		}
		if r := o.record(name).Requirements[0]; !r.Due.Equal(o.now.Add(20 * day)) {
			t.Errorf("%s anew: %+v", name, r)
		}
	}
	p, err := o.Period(t.Context(), local, o.period().ID)
	if err != nil || p.People != 6 || p.Asked() != 6 {
		t.Errorf("%d people, %d asked, %v", p.People, p.Asked(), err)
	}
	all, err := o.Overall(t.Context(), local)
	if err != nil || len(all.Periods) != 1 || all.Periods[0].Asked != 6 || all.People != 6 {
		t.Errorf("all together: %+v, %v", all.Periods, err)
	}
}

// TestAnItemRequiresWhatItsPeriodDoes: what an act takes from those who are in
// it, the item requires of nobody who comes, until it is taken back.
func TestAnItemRequiresWhatItsPeriodDoes(t *testing.T) {
	o := newImporting(t)
	o.comes("first")
	o.act(o.RemoveRequirement(t.Context(), local, operator.Selection{Names: []string{"first"}}, operator.Change{}))
	o.requires(true)
	o.comes("kept")
	for n, do := range []func(operator.Selection, operator.Change) (operator.BulkResult, error){
		func(s operator.Selection, c operator.Change) (operator.BulkResult, error) {
			return o.Cancel(t.Context(), local, s, c)
		},
		func(s operator.Selection, c operator.Change) (operator.BulkResult, error) {
			return o.RemoveRequirement(t.Context(), local, s, c)
		},
	} {
		who := o.everybody()
		o.now = o.now.Add(time.Hour)
		o.acts(func(c operator.Change) (operator.BulkResult, error) { return do(who, c) }, operator.Change{}, operator.LaterFree)
		o.requires(false)
		o.stands(map[string]enrollment.Status{"kept": enrollment.NotRequired, "first": enrollment.NotRequired})
		o.now = o.now.Add(time.Hour)
		meanwhile := fmt.Sprint("meanwhile", n)
		if s := o.comes(meanwhile); s.Status != enrollment.NotRequired {
			t.Errorf("whoever comes then: %+v", s)
		}
		if result := o.act(o.UndoLast(t.Context(), local, nil)); len(result.Later) != 1 || result.Later[0].What != operator.LaterAgain {
			t.Errorf("taken back, of later people: %+v", result.Later)
		}
		o.requires(true)
		o.stands(map[string]enrollment.Status{"kept": enrollment.InPeriod, meanwhile: enrollment.InPeriod, "first": enrollment.NotRequired})
	}
	was := o.period().ID
	if err := o.DiscardPeriod(t.Context(), local, was); err != nil {
		t.Fatal(err)
	}
	o.requires(false)
	o.stands(map[string]enrollment.Status{"kept": enrollment.NotRequired})
	yes := true
	if _, err := o.SetSyncItem(t.Context(), local, "staff", "", operator.SyncSpec{Required: &yes}); err != nil {
		t.Fatal(err)
	}
	if s := o.comes("anew"); s.Status != enrollment.InPeriod || o.period().ID == was {
		t.Errorf("ordered anew: %+v", s)
	}
	if o.comes("last"); o.record("last").Requirements[0].Period != o.period().ID {
		t.Error("they are not in one period")
	}
}
