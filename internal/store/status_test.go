package store_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// TestStatusInSQLIsStatusOf: what a list selects by, and a census counts, is
// the one rule about statuses, at every instant.
func TestStatusInSQLIsStatusOf(t *testing.T) {
	s := storetest.New(t)
	now := storetest.Start
	people := 0
	for _, duty := range []policy.Duty{policy.NotRequired, policy.RequiredNow, policy.InPeriod, policy.Exempt} {
		for _, due := range []time.Time{{}, now.Add(-time.Microsecond), now, now.Add(time.Microsecond)} {
			for kind := range 3 {
				p := storetest.Somebody(fmt.Sprintf("user%d", people))
				switch kind {
				case 1:
					p.Factors[0].Suspended = true
				case 2:
					p.Factors = nil
				}
				storetest.Add(t, s, p)
				store.SetRequirement(t, s, p.Person.Key, policy.Requirement{Duty: duty, Due: due})
				people++
			}
		}
	}
	census, err := s.CountPeople(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, status := range enrollment.Statuses() {
		list, err := s.FindPeople(t.Context(), operator.PeopleQuery{Status: status, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		found += len(list)
		if census.ByStatus[status] != len(list) {
			t.Errorf("%s: %d counted, %d listed", status, census.ByStatus[status], len(list))
		}
		for _, row := range list {
			if want := enrollment.StatusOf(row.Factors, row.Requirement, now); want != status {
				t.Errorf("%+v with %d factors is listed as %s, and is %s", row.Requirement, len(row.Factors), status, want)
			}
		}
	}
	if found != people {
		t.Errorf("%d of %d people have a status", found, people)
	}
}
