package authn

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestTheTurnstileKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stile := newTurnstile()
		first, err := stile.enter(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		const n = 100
		order := make(chan int, n)
		for i := range n {
			go func() {
				leave, err := stile.enter(t.Context(), "alice")
				if err != nil {
					t.Error(err)
					return
				}
				order <- i
				leave()
			}()
			synctest.Wait() // each is in the queue before the next comes
		}
		first()
		for i := range n {
			if got := <-order; got != i {
				t.Fatalf("%d came before %d", got, i)
			}
		}
	})
}

func TestWhoeverGivesUpHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stile := newTurnstile()
		first, err := stile.enter(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		impatient, giveUp := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := stile.enter(impatient, "alice")
			gone <- err
		}()
		synctest.Wait()
		through := make(chan struct{})
		go func() {
			leave, err := stile.enter(t.Context(), "alice")
			if err == nil {
				leave()
			}
			close(through)
		}()
		synctest.Wait()
		giveUp()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("gave up with %v", err)
		}
		first()
		<-through
		leave, err := stile.enter(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		leave()
	})
}
