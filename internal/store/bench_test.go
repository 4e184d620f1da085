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
