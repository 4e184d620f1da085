//go:build system

package test

import (
	"time"

	"example.com/muster/test/testkit"
)

// itemPeriod is what the command line tells of the period of an import item.
type itemPeriod struct {
	ID, State, Chosen, Item, Factor string
	Days, People                    int
	ClosedAt                        *time.Time `json:"closed_at"`
	Stages                          map[string]int
}

// itemPeriods are those of the item, the newest first, with their figures.
func (m *syncing) itemPeriods() (list []itemPeriod) {
	m.t.Helper()
	var all []itemPeriod
	m.JSON(&all, "period", "list")
	for _, p := range all {
		if p.Item != "everybody" || p.Chosen != "item everybody" {
			continue
		}
		var shown itemPeriod
		m.JSON(&shown, "period", "show", p.ID)
		list = append(list, shown)
	}
	return list
}

// asksTogether: whom the item has brought is in one period, which counts in all
// together; whoever is gone is in it as disabled.
func (m *syncing) asksTogether(when string, people, gone int) {
	m.t.Helper()
	list := m.itemPeriods()
	var all itemPeriod
	m.JSON(&all, "period", "show", "all")
	if len(list) != 1 || list[0].People != people || list[0].Stages["disabled"] != gone || all.People != people || list[0].State != "running" || list[0].Days != 14 {
		m.t.Errorf("%s: %+v, all together %+v", when, list, all)
	}
}

// asksSomethingElse: who is in the period of an item that requires something else
// stays in it, and whoever comes is in another one; what is done to all of a
// period counts for who comes later.
func (m *syncing) asksSomethingElse(s *testkit.Slapd) {
	m.t.Helper()
	before := m.itemPeriods()[0]
	m.Run("sync", "set", "everybody", "--method", "passkey", "--period", "3d")
	s.AddPerson("late")
	m.run()
	list := m.itemPeriods()
	if len(list) != 2 || list[0].People != 1 || list[0].Factor != "passkey" || list[0].ClosedAt != nil ||
		list[1].ID != before.ID || list[1].People != before.People || list[1].ClosedAt == nil || list[1].State != "running" {
		m.t.Fatalf("before %+v, then %+v", before, list)
	}
	var result struct {
		Done  int
		Later []struct{ Item, What string }
	}
	m.JSON(&result, "period", "cancel", "--period", list[0].ID, "--reason", "another time")
	if result.Done != 1 || len(result.Later) != 1 || result.Later[0].Item != "everybody" || result.Later[0].What != "not-required" {
		m.t.Errorf("cancelled: %+v", result)
	}
	var items []struct{ Required bool }
	if m.JSON(&items, "sync", "list"); items[0].Required {
		m.t.Error("the item still requires something")
	}
	s.AddPerson("later")
	m.run()
	for _, name := range []string{"late", "later"} {
		if p := m.person(name); p.Status != "not-required" {
			m.t.Errorf("%s is %s", name, p.Status)
		}
	}
	m.Run("period", "undo")
	m.JSON(&items, "sync", "list")
	if now := m.itemPeriods()[0]; now.People != 2 || !items[0].Required {
		m.t.Errorf("taken back: %+v, %+v", now, items)
	}
	s.Delete("uid=late,"+testkit.SlapdPeople, "uid=later,"+testkit.SlapdPeople)
	m.run()
}
