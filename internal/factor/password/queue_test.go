package password

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"example.com/muster/internal/problem"
)

// waiters queues checks in order and returns in which order they were served.
func waiters(t *testing.T, q *queue, from ...string) (served *[]string, refused *[]string) {
	t.Helper()
	served, refused = new([]string), new([]string)
	for _, f := range from {
		go func() {
			if err := q.enter(t.Context(), f); errors.Is(err, errCrowded) {
				*refused = append(*refused, f)
				return
			} else if err != nil {
				t.Error(err)
			}
			*served = append(*served, f)
		}()
		synctest.Wait()
	}
	return served, refused
}

func drain(q *queue, times int) {
	for range times {
		q.leave()
		synctest.Wait()
	}
}

// A flood at one client delays another by one check a turn.
func TestClientsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 100)
		served, refused := waiters(t, q, "flood", "flood", "flood", "flood", "flood", "vpn", "mail", "vpn")
		drain(q, 8)
		want := []string{"flood", "flood", "vpn", "mail", "flood", "vpn", "flood", "flood"}
		if !slices.Equal(*served, want) || len(*refused) > 0 || q.free != 1 || q.length() != 0 {
			t.Errorf("served %v, refused %v, want %v", *served, *refused, want)
		}
	})
}

// A full queue has room for who waits least, at the cost of who floods it.
func TestAFloodGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4)
		served, refused := waiters(t, q, "flood", "flood", "flood", "flood", "flood", "vpn", "flood", "mail", "vpn", "mail")
		drain(q, 5)
		if want := []string{"flood", "flood", "vpn", "mail", "flood"}; !slices.Equal(*served, want) {
			t.Errorf("served %v, want %v", *served, want)
		}
		if want := []string{"flood", "flood", "flood", "vpn", "mail"}; !slices.Equal(*refused, want) {
			t.Errorf("refused %v, want %v", *refused, want)
		}
	})
}

// Who gives up loses the place, and no slot.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4)
		served, _ := waiters(t, q, "a")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- q.enter(ctx, "b") }()
		synctest.Wait()
		after, _ := waiters(t, q, "c")
		cancel()
		if err := <-ended; problem.KindOf(err) != problem.Unavailable {
			t.Errorf("error is %v", err)
		}
		if q.length() != 1 {
			t.Errorf("%d wait, want 1", q.length())
		}
		drain(q, 2)
		if q.free != 1 || len(*served) != 1 || len(*after) != 1 {
			t.Errorf("%d free, served %v, %v", q.free, *served, *after)
		}
	})
}
