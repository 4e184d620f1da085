package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/secret"
)

// openTerminal returns both ends of a pseudo-terminal, pty(7).
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// screen is what a person sees.
type screen struct {
	mu   sync.Mutex
	seen bytes.Buffer
}

func (s *screen) watch(from *os.File) {
	buffer := make([]byte, 1024)
	for {
		n, err := from.Read(buffer)
		s.mu.Lock()
		s.seen.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

func (s *screen) await(t *testing.T, text string) {
	t.Helper()
	for range 200 {
		if strings.Contains(s.text(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the screen never shows %q:\n%s", text, s.text())
}

// TestRADIUSTestTalksToAPerson: it asks for the password without showing it,
// and for what the server wants to know.
func TestRADIUSTestTalksToAPerson(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go fakeRADIUS(server)
	person, program := openTerminal(t)
	seen := &screen{}
	go seen.watch(person)
	in := invocation{terminal: &terminal{in: program, out: program, err: program, inIsPerson: true, outIsPerson: true}}
	command := radiusTest{
		Server: server.LocalAddr().String(), User: "challenge", Timeout: 2 * time.Second,
		SecretFile: secretFile{secretText{secret.New("testing123")}},
	}
	ended := make(chan error, 1)
	go func() { ended <- command.runHere(t.Context(), in) }()

	seen.await(t, "Password: ")
	fmt.Fprintln(person, "open sesame")
	seen.await(t, "Answer: ")
	fmt.Fprintln(person, "123456")
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	seen.await(t, "Access-Accept")
	if strings.Contains(seen.text(), "sesame") {
		t.Error("the password was shown")
	}
}

func TestAskGivesUpWithItsContext(t *testing.T) {
	_, program := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := askHidden(ctx, program); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil || after.Lflag != before.Lflag {
		t.Errorf("the terminal was left with flags %x, was %x, %v", after.Lflag, before.Lflag, err)
	}
}

// TestMessages: colour only where it is wanted, further lines indented.
func TestMessages(t *testing.T) {
	for colour, want := range map[bool]string{
		false: "error: a\n       b\n",
		true:  "\x1b[1m\x1b[31merror:\x1b[0m a\n       b\n",
	} {
		var b strings.Builder
		(&terminal{err: &b, colour: colour}).message("error", bold+red, "a\nb")
		if b.String() != want {
			t.Errorf("colour %v: %q, want %q", colour, b.String(), want)
		}
	}
}
