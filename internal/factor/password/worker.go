package password

import (
	"encoding/gob"
	"errors"
	"io"
	"runtime"
	"sync"
)

// ServeWorker is the whole of a worker process: it reads jobs from in, does
// each in a goroutine of its own, since the other side bounds how many are
// under way, and writes the answers to out. It returns when in ends.
//
// The process should ignore interrupts from the terminal: it ends with the one
// that started it.
func ServeWorker(in io.Reader, out io.Writer) error {
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
			// The 19 MiB are garbage now. In a process with nothing else to
			// look at, a collection takes a hundredth of what a hash does;
			// left to itself it would come when twice as much is in use.
			runtime.GC()
			writing.Lock()
			defer writing.Unlock()
			_ = answers.Encode(v) // if nobody listens, in ends too
		}()
	}
}
