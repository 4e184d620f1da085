package password

import (
	"encoding/gob"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// workerGCPercent keeps the collector from coming by itself: see
	// [ServeWorker].
	workerGCPercent = 1000

	// releaseAfter is how long a worker without jobs keeps its memory.
	releaseAfter = 2 * time.Second
)

// ServeWorker is the whole of a worker process: it reads jobs from in, does
// each in a goroutine of its own, since the other side bounds how many are
// under way, and writes the answers to out. It returns when in ends.
//
// The process should ignore interrupts and requests to terminate, which go to
// groups of processes: it ends with the one that started it.
//
// It collects garbage itself, after each job. The 19 MiB of a computation are
// garbage at once; left alone, the collector would come when as much again is
// in use, and would give memory back that the next job has to ask for again,
// which costs a fifth of the rate. With nothing else to look at, a collection
// takes a millisecond.
func ServeWorker(in io.Reader, out io.Writer) error {
	debug.SetGCPercent(workerGCPercent)
	release := time.AfterFunc(releaseAfter, debug.FreeOSMemory)
	defer release.Stop()

	jobs, answers := gob.NewDecoder(in), gob.NewEncoder(out)
	var writing sync.Mutex
	for {
		var j job
		err := jobs.Decode(&j)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			v := judge(j)
			runtime.GC()
			release.Reset(releaseAfter)
			writing.Lock()
			defer writing.Unlock()
			_ = answers.Encode(v) // if nobody listens, in ends too
		}()
	}
}
