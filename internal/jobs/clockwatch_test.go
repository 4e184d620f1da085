package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/jobs"
)

// settable is a clock that somebody sets.
type settable struct{ off atomic.Int64 }

func (c *settable) now() time.Time      { return time.Now().Add(time.Duration(c.off.Load())) }
func (c *settable) set(d time.Duration) { c.off.Store(int64(d)) }

func watch(c *settable, log *strings.Builder, newest func(context.Context) (time.Time, error)) *jobs.ClockWatch {
	if newest == nil {
		newest = func(context.Context) (time.Time, error) { return time.Time{}, nil }
	}
	return &jobs.ClockWatch{Now: c.now, Newest: newest, Log: slog.New(slog.NewTextHandler(log, nil))}
}

func TestAClockSetBackIsAnAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c settable
		var log strings.Builder
		w := watch(&c, &log, nil)
		defer runs(t, w.Run)()
		pass(time.Hour)
		if w.State() != (jobs.ClockState{}) || log.Len() > 0 {
			t.Fatalf("%+v\n%s", w.State(), log.String())
		}

		c.set(-time.Hour)
		pass(time.Second)
		if s := w.State(); s.Against != "itself" || s.Behind < 59*time.Minute || s.Behind > time.Hour {
			t.Errorf("%+v", s)
		}
		pass(30 * time.Minute)
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "the clock has gone back") {
			t.Errorf("told %d times:\n%s", n, log.String())
		}

		pass(31 * time.Minute) // it has caught up: every instant is new again
		if w.State() != (jobs.ClockState{}) || !strings.Contains(log.String(), "right again") {
			t.Errorf("%+v\n%s", w.State(), log.String())
		}
	})
}

func TestSmallCorrectionsAndJumpsAheadAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c settable
		var log strings.Builder
		w := watch(&c, &log, nil)
		defer runs(t, w.Run)()
		for _, off := range []time.Duration{2 * time.Second, 0, 24 * time.Hour, 24*time.Hour - 2*time.Second} {
			pass(10 * time.Second)
			c.set(off)
			pass(10 * time.Second)
			if w.State() != (jobs.ClockState{}) {
				t.Errorf("off by %v: %+v", off, w.State())
			}
		}
	})
}

// TestTheLogTellsToo: the clock was set back while nothing ran.
func TestTheLogTellsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c settable
		var log strings.Builder
		newest := time.Now().Add(10 * time.Minute)
		w := watch(&c, &log, func(context.Context) (time.Time, error) { return newest, nil })
		defer runs(t, w.Run)()
		if s := w.State(); s.Against != "the log" || s.Behind != 10*time.Minute {
			t.Errorf("%+v", s)
		}
		pass(10 * time.Minute)
		if w.State() != (jobs.ClockState{}) {
			t.Errorf("%+v", w.State())
		}
	})
}

func TestTheClockIsWatchedWithoutADatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c settable
		var log strings.Builder
		w := watch(&c, &log, func(context.Context) (time.Time, error) { return time.Time{}, errors.New("no database") })
		defer runs(t, w.Run)()
		pass(time.Minute)
		c.set(-time.Minute)
		pass(time.Second)
		if w.State().Against != "itself" {
			t.Errorf("%+v\n%s", w.State(), log.String())
		}
	})
}
