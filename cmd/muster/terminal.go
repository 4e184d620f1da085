package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/control"
)

// terminal is where the person or the script is.
type terminal struct {
	in       io.Reader
	out, err io.Writer

	inIsPerson  bool // a person can be asked
	outIsPerson bool // a person reads the output
	errIsPerson bool // a person sees progress
	colour      bool // of messages on err
}

// newTerminal looks at the three standard streams. Colour is for people who
// did not set NO_COLOR (no-color.org).
func newTerminal() *terminal {
	errIsPerson := isTerminal(os.Stderr)
	return &terminal{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inIsPerson:  isTerminal(os.Stdin),
		outIsPerson: isTerminal(os.Stdout),
		errIsPerson: errIsPerson,
		colour:      errIsPerson && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// fail tells an error and returns its exit code.
func (t *terminal) fail(err error) int { return t.tell(resultOf(err)) }

// failAs is fail with another exit code.
func (t *terminal) failAs(code int, err error) int {
	t.fail(err)
	return code
}

func (t *terminal) tell(r control.Result) int {
	if r.Error != "" {
		t.message("error", bold+red, r.Error)
	}
	if r.Hint != "" {
		t.message("hint", bold, r.Hint)
	}
	return r.Code
}

func (t *terminal) warn(text, hint string) {
	t.message("warning", bold, text)
	if hint != "" {
		t.message("hint", bold, hint)
	}
}

// Escape sequences of ECMA-48 (SGR).
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// message writes "word: text"; further lines of the text are indented.
func (t *terminal) message(word, style, text string) {
	text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(word)+2))
	if t.colour {
		word = style + word + ":" + plain
	} else {
		word += ":"
	}
	fmt.Fprintf(t.err, "%s %s\n", word, text)
}

// ask reads a line from a person. It gives up when ctx ends, and leaves behind
// a read that the end of the process ends.
func ask(ctx context.Context, f *os.File) (string, error) {
	type line struct {
		text string
		err  error
	}
	typed := make(chan line, 1)
	go func() {
		text, err := readLine(f)
		typed <- line{text, err}
	}()
	select {
	case l := <-typed:
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// askHidden is ask without showing what is typed.
func askHidden(ctx context.Context, f *os.File) (string, error) {
	before, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return "", err
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &hidden); err != nil {
		return "", err
	}
	defer func() { _ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, before) }()
	return ask(ctx, f)
}

// readLine reads to the end of a line and not a byte further.
func readLine(r io.Reader) (string, error) {
	var line []byte
	var b [1]byte
	for {
		n, err := r.Read(b[:])
		switch {
		case n > 0 && b[0] == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case n > 0:
			line = append(line, b[0])
		case err == io.EOF && len(line) > 0:
			return string(line), nil
		case err != nil:
			return "", err
		}
	}
}
