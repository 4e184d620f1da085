package password

import (
	"encoding/gob"
	"errors"
	"io"
	"os/exec"
	"sync"
	"time"

	"example.com/muster/internal/problem"
)

// jobLimit is when a worker that does not answer is given up: far beyond the
// dearest hash on a busy machine.
const jobLimit = time.Minute

// process has jobs done by a worker process.
type process struct {
	command func() *exec.Cmd

	mu      sync.Mutex // held while starting, too, so that only one starts
	running *running   // nil: none yet, or it ended
	closed  bool
}

// running is one worker process.
type running struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone

	mu      sync.Mutex // guards what follows
	jobs    *gob.Encoder
	last    uint64
	pending map[uint64]chan verdict // nil: it takes no more jobs
}

func newProcess(command func() *exec.Cmd) *process { return &process{command: command} }

var errClosed = errors.New("the password checker is closed")

func (p *process) do(j job) (verdict, error) {
	r, err := p.current()
	if err != nil {
		return verdict{}, unavailable(err)
	}
	answer, err := r.send(j)
	if err != nil {
		return verdict{}, unavailable(err)
	}
	watchdog := time.AfterFunc(jobLimit, r.kill)
	defer watchdog.Stop()
	v, ok := <-answer
	if !ok {
		return verdict{}, unavailable(errors.New("the worker process ended"))
	}
	return v, nil
}

func (p *process) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.running == nil {
		return
	}
	p.running.kill()
	<-p.running.ended
}

// current returns the worker process, started if need be.
func (p *process) current() (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, errClosed
	case p.running != nil && !p.running.gone():
		return p.running, nil
	}
	r, err := start(p.command())
	if err != nil {
		return nil, err
	}
	p.running = r
	return r, nil
}

func start(cmd *exec.Cmd) (*running, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startWithLowPriority(cmd); err != nil {
		return nil, err
	}
	r := &running{
		cmd: cmd, ended: make(chan struct{}),
		jobs: gob.NewEncoder(stdin), pending: map[uint64]chan verdict{},
	}
	go r.read(stdout)
	return r, nil
}

// send hands the job over. The channel it returns is closed without a value if
// the process ends.
func (r *running) send(j job) (<-chan verdict, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		return nil, errors.New("the worker process is ending")
	}
	r.last++
	j.Number = r.last
	answer := make(chan verdict, 1)
	if err := r.jobs.Encode(j); err != nil {
		return nil, err
	}
	r.pending[j.Number] = answer
	return answer, nil
}

// read hands out answers until the process ends.
func (r *running) read(stdout io.Reader) {
	answers := gob.NewDecoder(stdout)
	for {
		var v verdict
		if err := answers.Decode(&v); err != nil {
			break
		}
		r.mu.Lock()
		if answer, ok := r.pending[v.Number]; ok {
			delete(r.pending, v.Number)
			answer <- v
		}
		r.mu.Unlock()
	}
	r.mu.Lock()
	for _, answer := range r.pending {
		close(answer)
	}
	r.pending = nil
	r.mu.Unlock()
	r.kill() // it may have written nonsense and live on
	_ = r.cmd.Wait()
	close(r.ended)
}

// gone reports whether the process takes no more jobs.
func (r *running) gone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending == nil
}

func (r *running) kill() { _ = r.cmd.Process.Kill() }

func unavailable(cause error) error {
	return problem.Wrap(problem.Unavailable, cause, "passwords cannot be checked just now").
		WithHint("the server log says why")
}
