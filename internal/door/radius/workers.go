package radius

import (
	"sync"
	"sync/atomic"
)

// maxIdle is how many workers wait for work; more end when theirs is done.
const maxIdle = 256

// workers are goroutines that are used again: the engine needs a deeper stack
// than a new goroutine has, and growing it costs more than the door's own work.
type workers struct {
	idle    chan *request
	waiting atomic.Int64
	end     sync.Once
}

// give lets a worker do the request, a new one if none is idle.
func (w *workers) give(r *request, work func(*request)) {
	select {
	case w.idle <- r:
	default:
		go w.run(r, work)
	}
}

func (w *workers) run(r *request, work func(*request)) {
	for open := true; open; {
		work(r)
		if w.waiting.Add(1) > maxIdle {
			w.waiting.Add(-1)
			return
		}
		r, open = <-w.idle
		w.waiting.Add(-1)
	}
}

// dismiss ends the idle workers; nothing may be given any more.
func (w *workers) dismiss() { w.end.Do(func() { close(w.idle) }) }
