package store_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store/storetest"
)

// TestStatusInSQLIsStateOf: what a list selects by, and a census counts, is
// the one rule about statuses, for each kind of factor and at every instant.
func TestStatusInSQLIsStateOf(t *testing.T) {
	s := storetest.New(t)
	now := storetest.Start
	drawn := rapid.Custom(drawRequired)
	const people = 400
	for i := range people {
		p := storetest.Somebody(fmt.Sprintf("user%d", i))
		switch i % 5 {
		case 0:
			p.Factors[0].Suspended = true
		case 1:
			p.Factors[0].Kind = "passkey"
		case 2, 3:
			p.Factors = nil
		}
		p.Requirements = drawn.Example(i)
		for n := range p.Requirements {
			p.Requirements[n].Period, p.Requirements[n].Own = storetest.NextID(), true
		}
		storetest.Add(t, s, p)
	}
	for _, kind := range append(policy.Wants(), "") {
		census, err := s.CountPeople(t.Context(), kind, now)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, status := range enrollment.Statuses() {
			list, err := s.FindPeople(t.Context(), operator.PeopleQuery{Kind: kind, Status: status, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			found += len(list)
			if census.ByStatus[status] != len(list) || len(list) == 0 {
				t.Errorf("%s %s: %d counted, %d listed", kind, status, census.ByStatus[status], len(list))
			}
			for _, row := range list {
				if want := enrollment.StateOf(kind, row.Factors, row.Requirements, now).Status; want != status {
					t.Errorf("%s: %+v with %v is listed as %s, and is %s", kind, row.Requirements, row.Factors, status, want)
				}
			}
		}
		if found != people {
			t.Errorf("%s: %d of %d people have a status", kind, found, people)
		}
	}
}

func drawRequired(t *rapid.T) []policy.Requirement {
	var list []policy.Requirement
	now := storetest.Start
	for range rapid.SampledFrom([]int{0, 1, 1, 2, 3}).Draw(t, "requirements") {
		list = append(list, policy.Requirement{
			Duty:     rapid.SampledFrom([]policy.Duty{policy.RequiredNow, policy.InPeriod, policy.InPeriod, policy.Exempt, policy.Bypass}).Draw(t, "duty"),
			Factor:   rapid.SampledFrom([]policy.Wanted{"", policy.WantAny, policy.WantTOTP, policy.WantPasskey}).Draw(t, "wanted"),
			Due:      rapid.SampledFrom([]time.Time{{}, now.Add(-time.Microsecond), now, now.Add(time.Microsecond)}).Draw(t, "due"),
			PausedAt: rapid.SampledFrom([]time.Time{{}, {}, now.Add(-time.Hour), now.Add(time.Hour)}).Draw(t, "paused"),
			Since:    now.Add(-time.Hour),
		})
	}
	return list
}
