package testkit

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is a program on a terminal of its own, with the test at the
// keyboard. Programs ask for passwords only there.
type Terminal struct {
	t       testing.TB
	name    string
	keys    *os.File // the master side: what is written here was typed
	process *Process
	screen  lockedBuffer
	drained chan struct{} // closed when the program has closed its terminal
	read    int           // how much of the screen Expect has consumed
}

// StartTerminal runs cmd on a new terminal.
func StartTerminal(t testing.TB, name string, cmd *exec.Cmd) *Terminal {
	t.Helper()
	keys, tty := openTerminal(t)
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	// A session of its own with this terminal in control: programs read
	// passwords from /dev/tty.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	term := &Terminal{t: t, name: name, keys: keys, drained: make(chan struct{})}
	term.process = &Process{t: t, name: name, cmd: cmd, exited: make(chan struct{})}
	term.process.launch()
	go func() {
		defer close(term.drained)
		_, _ = keys.WriteTo(&term.screen) // ends with EIO once the program has gone
	}()
	t.Cleanup(func() {
		term.process.Kill()
		keys.Close()
		if t.Failed() {
			t.Logf("screen of %s:\n%s", name, term.Screen())
		}
	})
	return term
}

// openTerminal opens both sides of a new pseudo terminal (see pty(7)).
func openTerminal(t testing.TB) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlocking the terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("naming the terminal: %v", err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return keys, tty
}

// Screen returns all that the program has printed.
func (term *Terminal) Screen() string { return term.screen.String() }

// Expect waits until the pattern is on the screen, after what earlier calls
// have matched, and returns the match and its groups.
func (term *Terminal) Expect(pattern string, patience time.Duration) []string {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.Now().Add(patience)
	for {
		ended := !term.process.Running()
		if ended {
			<-term.drained
		}
		fresh := term.Screen()[term.read:]
		if at := re.FindStringSubmatchIndex(fresh); at != nil {
			term.read += at[1]
			return re.FindStringSubmatch(fresh)
		}
		if ended || time.Now().After(deadline) {
			term.t.Fatalf("%s does not print %q (ended: %v); it printed:\n%s", term.name, pattern, ended, fresh)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Type types a line and presses Enter.
func (term *Terminal) Type(line string) {
	term.t.Helper()
	if _, err := term.keys.WriteString(line + "\n"); err != nil {
		term.t.Fatalf("typing at %s: %v", term.name, err)
	}
}

// Wait returns the program's exit code and fails the test if it does not end
// within patience.
func (term *Terminal) Wait(patience time.Duration) int {
	term.t.Helper()
	code := term.process.Wait(patience)
	<-term.drained
	return code
}
