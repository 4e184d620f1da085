package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/jobs"
)

// remains counts what is left of each thing, and notes the instants asked for.
type remains struct {
	left  map[string]int
	asked map[string]time.Duration // ago
	calls int
	limit int
	away  error
}

func (r *remains) remove(what string, then time.Time, limit int) (int, error) {
	if r.away != nil {
		return 0, r.away
	}
	r.calls++
	r.asked[what], r.limit = time.Since(then), max(r.limit, limit)
	n := min(limit, r.left[what])
	r.left[what] -= n
	return n, nil
}

func (r *remains) RemoveChallenges(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("challenges", t, n)
}

func (r *remains) RemoveInvitations(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("invitations", t, n)
}

func (r *remains) RemovePending(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("pending", t, n)
}

func (r *remains) RemoveSessions(_ context.Context, end, seen time.Time, n int) (int, error) {
	r.asked["sessions seen"] = time.Since(seen)
	return r.remove("sessions", end, n)
}

func (r *remains) RemoveSignIns(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("sign-ins", t, n)
}

func (r *remains) RemoveChanges(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("changes", t, n)
}

func (r *remains) RemoveMails(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("mails", t, n)
}

func (r *remains) RemoveRuns(_ context.Context, t time.Time, n int) (int, error) {
	return r.remove("runs", t, n)
}

func sweeper(r *remains) *jobs.Sweeper {
	r.asked = map[string]time.Duration{}
	if r.left == nil {
		r.left = map[string]int{}
	}
	return &jobs.Sweeper{Remains: r, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

func TestEachThingHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &remains{}
		defer runs(t, leading(sweeper(r).Job()))()
		const year = 365 * 24 * time.Hour
		for what, want := range map[string]time.Duration{
			"challenges": 10 * time.Minute, "invitations": 24 * time.Hour, "pending": time.Hour,
			"sessions": 0, "sessions seen": 20 * time.Minute, "sign-ins": year, "changes": year, "mails": year, "runs": year,
		} {
			if got, asked := r.asked[what]; !asked || got != want {
				t.Errorf("%s: removed when %v old, want %v", what, got, want)
			}
		}
	})
}

func TestSweepsInSmallBatchesUntilNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &remains{left: map[string]int{"sign-ins": 10_000, "sessions": 1}}
		defer runs(t, leading(sweeper(r).Job()))()
		pass(30 * time.Second)
		if r.left["sign-ins"] != 0 || r.left["sessions"] != 0 || r.limit > 500 {
			t.Errorf("left %v, at most %d at once", r.left, r.limit)
		}
		calls := r.calls
		pass(31 * time.Second)
		if r.calls != calls+8 {
			t.Errorf("%d calls in the next minute", r.calls-calls)
		}
	})
}

func TestSweeperEndsSoonAndSurvivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &remains{left: map[string]int{"challenges": 1e9}, away: errors.New("no database")}
		stop := runs(t, leading(sweeper(r).Job()))
		pass(10 * time.Second)
		r.away = nil
		pass(time.Minute)
		if r.left["challenges"] == 1e9 {
			t.Error("does not go on after an outage")
		}
		began := time.Now()
		stop() // in the middle of a long chore
		if took := time.Since(began); took > 0 {
			t.Errorf("the end took %v", took)
		}
	})
}

// TestABellBringsARunForward: to the instant it is rung for, not the next
// minute.
func TestABellBringsARunForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var runs []time.Duration
		bell := jobs.NewBell()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go leading(jobs.Job{Name: "any", Every: time.Hour, Bell: bell, Run: func(context.Context) error {
			runs = append(runs, time.Since(began))
			return nil
		}})(ctx)
		time.Sleep(10 * time.Second)
		first := len(runs)
		bell.RingIn(3 * time.Second)
		time.Sleep(10 * time.Second)
		bell.RingIn(-time.Second)
		synctest.Wait()
		if len(runs) != first+2 || runs[first] != 13*time.Second || runs[first+1] != 20*time.Second {
			t.Errorf("ran after %v", runs)
		}
	})
}
