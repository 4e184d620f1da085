package operator_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store/storetest"
)

// BenchmarkRequire starts a period for 100,000 people, half of whom have done
// it, while somebody signs in all the time: the longest wait of theirs is told
// too.
func BenchmarkRequire(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		o := newOffice(b)
		crowd(b, o, 100_000)
		o.require(named("user000001"), week) // and this one is changed again and again
		waits, stop := signIns(b, o, "user000003")
		b.StartTimer()
		if result := o.require(everybody, week); result.Done != 99_999 {
			b.Fatalf("%+v", result)
		}
		b.StopTimer()
		stop()
		slices.Sort(*waits)
		b.ReportMetric(float64((*waits)[len(*waits)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64((*waits)[len(*waits)-1].Microseconds())/1000, "max-ms")
		b.StartTimer()
	}
}

// BenchmarkTell sweeps a million people in a period of whom a thousand are to
// be reminded.
func BenchmarkTell(b *testing.B) {
	o := newOffice(b)
	crowd(b, o, 1_000_000)
	o.require(everybody, operator.Order{Factor: "passkey", Length: 30 * day, Postpone: -1})
	begun := time.Now()
	o.sweep()
	b.Logf("told a million of the beginning in %v", time.Since(begun))
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		var names []string
		for i := range 1000 {
			names = append(names, fmt.Sprintf("user%06d", n*1000+i))
		}
		if _, err := o.Extend(b.Context(), local, named(names...), operator.Change{Until: o.now.Add(time.Hour)}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		o.sweep()
	}
}

func crowd(b testing.TB, o *office, people int) {
	b.Helper()
	const batch = 500
	for i := 0; i < people; i += batch {
		entries := make([]operator.Entry, batch)
		for j := range entries {
			entries[j].NewPerson = storetest.Somebody(fmt.Sprintf("user%06d", i+j))
			if j%2 == 0 {
				entries[j].Factors = nil
			}
		}
		if _, err := o.store.PutPeople(b.Context(), entries, o.entry()); err != nil {
			b.Fatal(err)
		}
	}
}

// signIns signs somebody in again and again, as the engine does, until it is
// stopped, and notes how long each took.
func signIns(b *testing.B, o *office, key string) (waits *[]time.Duration, stop func()) {
	b.Helper()
	var over atomic.Bool
	done := make(chan struct{})
	waits = &[]time.Duration{}
	go func() {
		defer close(done)
		for n := int64(1); !over.Load(); n++ {
			begun := time.Now()
			for {
				r, _, err := o.store.Person(context.Background(), key, false)
				if err != nil {
					b.Error(err)
					return
				}
				c := storetest.Allowed(r, n)
				if err = o.store.Commit(context.Background(), c); err == nil {
					break
				}
				if err != authn.ErrConflict { //nolint:errorlint // it is returned as it is
					b.Error(err)
					return
				}
			}
			*waits = append(*waits, time.Since(begun))
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return waits, func() { over.Store(true); <-done }
}
