package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/leader"
)

// testLeader: of many that saw the same, one leads; the number only rises.
func testLeader(t *testing.T, d Database) {
	s := d.Open(t)
	nobody, err := s.Leader(t.Context())
	must(t, err)
	if nobody != (leader.State{}) || !nobody.Vacant() {
		t.Errorf("at first: %+v", nobody)
	}
	seen := nobody
	for want := leader.Term(1); want <= 3; want++ {
		var won atomic.Int32
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				switch term, err := s.TakeLead(t.Context(), fmt.Sprint("node", n), seen, Start); {
				case err == nil && term == want:
					won.Add(1)
				case !errors.Is(err, leader.ErrLost):
					t.Errorf("term %d, %v", term, err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d lead", won.Load())
		}
		if seen, err = s.Leader(t.Context()); err != nil || seen.Term != want || seen.Vacant() || !seen.Since.Equal(Start) {
			t.Fatalf("%+v, %v", seen, err)
		}
	}
	alive := Start.Add(time.Minute)
	must(t, s.KeepLead(t.Context(), 3, alive))
	if _, err := s.TakeLead(t.Context(), "late", seen, alive); !errors.Is(err, leader.ErrLost) {
		t.Errorf("the lead was taken from one that is alive: %v", err)
	}
	state, err := s.Leader(t.Context())
	must(t, err)
	if state.Beat <= seen.Beat || !state.AliveAt.Equal(alive) || !state.Since.Equal(Start) {
		t.Errorf("after a beat: %+v", state)
	}
	for _, term := range []leader.Term{0, 2, 4} {
		if err := s.KeepLead(t.Context(), term, alive); !errors.Is(err, leader.ErrLost) {
			t.Errorf("term %d goes on: %v", term, err)
		}
		if err := s.LeaveLead(t.Context(), term); !errors.Is(err, leader.ErrLost) {
			t.Errorf("term %d ends: %v", term, err)
		}
	}
	must(t, s.LeaveLead(t.Context(), 3))
	if err := s.KeepLead(t.Context(), 3, alive); !errors.Is(err, leader.ErrLost) {
		t.Errorf("a term goes on after its end: %v", err)
	}
	state, err = s.Leader(t.Context())
	must(t, err)
	if !state.Vacant() || state.Term != 3 {
		t.Errorf("afterwards: %+v", state)
	}
	if term, err := s.TakeLead(t.Context(), "next", state, alive); err != nil || term != 4 {
		t.Errorf("the next: %d, %v", term, err)
	}
}

// testFence: every write under a term that is over is refused, whole; one that
// has begun before holds the next leader up.
func testFence(t *testing.T, d Database) {
	s := d.Open(t)
	lead := func() context.Context {
		state, err := s.Leader(t.Context())
		must(t, err)
		term, err := s.TakeLead(t.Context(), "node", state, Start)
		must(t, err)
		return leader.With(t.Context(), term)
	}
	old := lead()
	must(t, s.AddPerson(old, Somebody("alice"), Entry("user.add", "alice")))
	now := lead()
	if err := s.AddPerson(old, Somebody("bob"), Entry("user.add", "bob")); !errors.Is(err, leader.ErrLost) {
		t.Errorf("a leader that was replaced: %v", err)
	}
	if _, err := s.RemoveSignIns(old, Start, 10); err != nil {
		t.Errorf("reading needs no lead: %v", err)
	}
	must(t, s.AddPerson(now, Somebody("bob"), Entry("user.add", "bob")))

	var running sync.WaitGroup
	var stop atomic.Bool
	for n := range 4 {
		running.Go(func() {
			for i := 0; !stop.Load(); i++ {
				name := fmt.Sprintf("user%d-%d", n, i)
				err := s.AddPerson(now, Somebody(name), Entry("user.add", name))
				if errors.Is(err, leader.ErrLost) {
					return
				}
				must(t, err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	last := lead()
	census, err := s.CountPeople(last, "", Start)
	must(t, err)
	time.Sleep(20 * time.Millisecond)
	stop.Store(true)
	running.Wait()
	after, err := s.CountPeople(last, "", Start)
	must(t, err)
	if after.All != census.All {
		t.Errorf("%d people were added in a term that was over", after.All-census.All)
	}
}

// testRuns: the good ones do not push out those that tell of trouble.
func testRuns(t *testing.T, d Database) {
	s := d.Open(t)
	for i := range 100 {
		r := leader.Run{Job: "sweep", Node: "node", Term: 1, StartedAt: Start.Add(time.Duration(i) * time.Minute)}
		r.EndedAt, r.NextAt = r.StartedAt.Add(time.Second), r.StartedAt.Add(time.Minute)
		if i < 3 {
			r.Problem = "no disk"
		}
		must(t, s.NoteRun(t.Context(), r))
	}
	want := leader.Run{
		Job: "another", Node: "node", Term: 2,
		StartedAt: Start, EndedAt: Start.Add(time.Second), NextAt: Start.Add(time.Hour), Problem: "x",
	}
	must(t, s.NoteRun(t.Context(), want))
	runs, err := s.JobRuns(t.Context())
	must(t, err)
	if len(runs) != 24 {
		t.Fatalf("%d runs", len(runs))
	}
	same(t, "the newest", want, runs[0])
	if !runs[1].StartedAt.Equal(Start.Add(99*time.Minute)) || runs[23].Problem != "no disk" {
		t.Errorf("%+v … %+v", runs[1], runs[23])
	}
}
