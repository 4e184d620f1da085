package testkit

import (
	"bytes"
	"errors"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a server that runs beside the test. What it writes is kept, and
// shown if the test fails.
type Process struct {
	t      testing.TB
	name   string
	cmd    *exec.Cmd
	output lockedBuffer
	exited chan struct{} // closed once the process is gone
}

// Start runs cmd in the background until the test ends. Its end before that is
// no fault by itself: servers are killed on purpose too.
func Start(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, name: name, cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // so that its children go with it
	p.launch()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("output of %s:\n%s", name, p.Output())
		}
	})
	return p
}

// launch starts the process and watches for its end.
func (p *Process) launch() {
	p.t.Helper()
	p.cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // it goes with us, should we be killed
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("starting %s: %v", p.name, err)
	}
	go func() {
		_ = p.cmd.Wait() // the exit code is in ProcessState
		close(p.exited)
	}()
}

// Output returns what the process has written so far, to standard output and
// standard error.
func (p *Process) Output() string { return p.output.String() }

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Running tells whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Stop asks the process and its children to end, waits for it, and kills them
// if it takes longer than 10 seconds. Stopping twice is fine.
func (p *Process) Stop() {
	p.signalGroup(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		p.t.Errorf("%s does not end when asked to", p.name)
	}
	p.Kill()
}

// Kill ends the process and its children at once, as a power cut would.
func (p *Process) Kill() {
	p.signalGroup(syscall.SIGKILL)
	<-p.exited
}

func (p *Process) signalGroup(signal syscall.Signal) {
	err := syscall.Kill(-p.Pid(), signal)
	if err != nil && !errors.Is(err, syscall.ESRCH) { // gone already
		p.t.Errorf("sending %s %v: %v", p.name, signal, err)
	}
}

// Wait returns the exit code of a process that ends by itself. It fails the
// test when that takes longer than patience.
func (p *Process) Wait(patience time.Duration) int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("%s still runs after %v; its output:\n%s", p.name, patience, p.Output())
		return -1
	}
}

// lockedBuffer is written by a process while the test reads it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
