package store_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

const benchPeople = 100_000

// populate imports people with an authenticator each, as user import does.
func populate(b *testing.B, s *store.Store) {
	b.Helper()
	const batch = 500
	for i := 0; i < benchPeople; i += batch {
		entries := make([]operator.Entry, batch)
		for j := range entries {
			entries[j].NewPerson = storetest.Somebody(fmt.Sprintf("user%06d", i+j))
		}
		if _, err := s.PutPeople(context.Background(), entries, storetest.Entry("user.import", "")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSQLiteCommit(b *testing.B) { benchmarkCommit(b, storetest.SQLite(b)) }

// benchmarkCommit is a sign-in as the store sees it, 64 in flight: read the
// record, commit the spent step and the entry of the log.
func benchmarkCommit(b *testing.B, d storetest.Database) {
	s := d.Open(b)
	populate(b, s)
	const inFlight = 64
	var next atomic.Int64
	sign := func(n int64) {
		r, _, err := s.Person(context.Background(), fmt.Sprintf("user%06d", n*7919%benchPeople), false)
		if err != nil {
			b.Error(err)
			return
		}
		c := storetest.Allowed(r, n)
		c.SignIn.Result = audit.Allowed
		if err := s.Commit(context.Background(), c); err != nil {
			b.Error(err)
		}
	}
	for range benchPeople { // remember everybody
		n := next.Add(1)
		if _, _, err := s.Person(context.Background(), fmt.Sprintf("user%06d", n*7919%benchPeople), false); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	b.ResetTimer()
	before, start := cpuTime(), time.Now()
	var waiting sync.WaitGroup
	end := next.Load() + int64(b.N)
	for range inFlight {
		waiting.Go(func() {
			for n := next.Add(1); n <= end; n = next.Add(1) {
				sign(n)
			}
		})
	}
	waiting.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "commits/s")
	b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	b.ReportMetric(residentMiB(b), "MiB-resident")
}

// residentMiB is the memory of this process, as the kernel counts it.
func residentMiB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(status), &size, &resident); err != nil {
		b.Fatal(err)
	}
	return float64(resident*int64(os.Getpagesize())) / (1 << 20)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkSQLitePeople(b *testing.B) { benchmarkPeople(b, storetest.SQLite(b)) }

// benchmarkPeople is what the console asks about 100,000 people.
func benchmarkPeople(b *testing.B, d storetest.Database) {
	s := d.Open(b)
	start := time.Now()
	populate(b, s)
	b.Logf("import: %v", time.Since(start))
	now := storetest.Start
	for _, page := range []struct {
		name  string
		query operator.PeopleQuery
	}{
		{"first page", operator.PeopleQuery{}},
		{"a page in the middle", operator.PeopleQuery{After: "user050000"}},
		{"search that finds many", operator.PeopleQuery{Search: "user01"}},
		{"search that finds one", operator.PeopleQuery{Search: "user077777"}},
		{"search that finds none", operator.PeopleQuery{Search: "nobody"}},
		{"status that nobody has", operator.PeopleQuery{Status: enrollment.InPeriod}},
		{"locked", operator.PeopleQuery{Locked: true}},
		{"suspended", operator.PeopleQuery{Suspect: true}},
		{"with a role", operator.PeopleQuery{WithRole: true}},
	} {
		page.query.Limit, page.query.Now = 50, now
		b.Run(page.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.FindPeople(b.Context(), page.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CountPeople(b.Context(), "", now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a record that is not remembered", func(b *testing.B) {
		for n := range b.N {
			if _, err := s.PersonByID(b.Context(), 0+id.ID(n)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			_ = s.Close()
			s = d.Open(b)
			if _, _, err := s.Person(b.Context(), "user012345", false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
