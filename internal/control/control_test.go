package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/muster/internal/control"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server for one test and returns its data folder.
func serve(t *testing.T, s *control.Server) string {
	t.Helper()
	dir := t.TempDir()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); done.Wait() })
	return dir
}

func TestEverythingGoesThrough(t *testing.T) {
	var got control.Call
	var from control.Caller
	dir := serve(t, &control.Server{Run: func(_ context.Context, c control.Caller, call control.Call, s control.Streams) control.Result {
		got, from = call, c
		s.Progress(1, 2)
		if _, err := io.Copy(s.File, s.In); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(s.Out, "done\n")
		_, _ = io.WriteString(s.Err, "careful\n")
		s.Progress(2, 2)
		return control.Result{Code: 7, Error: "no", Hint: "yes"}
	}})

	input := strings.Repeat("0123456789", 100_000) // many frames
	payload := json.RawMessage(`{"Users":"` + strings.Repeat("u000000 ", 1_000_000) + `"}`)
	var out, messages, file bytes.Buffer
	var progress []int64
	call := control.Call{Name: "user add", Payload: payload, JSON: true, Sudo: "bob"}
	result, err := control.Send(t.Context(), dir, call, control.Streams{
		In: strings.NewReader(input), Out: &out, Err: &messages, File: &file,
		Progress: func(done, total int64) { progress = append(progress, done, total) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if result != (control.Result{Code: 7, Error: "no", Hint: "yes"}) {
		t.Errorf("result %+v", result)
	}
	if got.Name != call.Name || string(got.Payload) != string(call.Payload) || !got.JSON || got.Sudo != "bob" {
		t.Errorf("call %+v", got)
	}
	if from.UID != os.Getuid() {
		t.Errorf("caller %+v", from)
	}
	if out.String() != "done\n" || messages.String() != "careful\n" || file.String() != input {
		t.Errorf("output %q, messages %q, file of %d bytes", out.String(), messages.String(), file.Len())
	}
	if len(progress) != 4 || progress[2] != 2 || progress[3] != 2 {
		t.Errorf("progress %v", progress)
	}
}

func TestOutputComesWhileTheCommandRuns(t *testing.T) {
	seen := make(chan struct{})
	dir := serve(t, &control.Server{Run: func(_ context.Context, _ control.Caller, _ control.Call, s control.Streams) control.Result {
		_, _ = io.WriteString(s.Out, "half way")
		select {
		case <-seen:
			return control.Result{}
		case <-time.After(10 * time.Second):
			return control.Result{Code: 1, Error: "nobody saw the output"}
		}
	}})
	result, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{Out: writerFunc(func([]byte) { close(seen) })})
	if err != nil || result.Code != 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestServerDies: whoever waits for a command is told that the connection broke,
// and not that something in here went wrong.
func TestServerDies(t *testing.T) {
	dir := t.TempDir()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_ = conn.Close()
		}
	}()
	if _, err := control.Send(t.Context(), dir, control.Call{Name: "sync run"}, control.Streams{}); !errors.Is(err, control.ErrBroken) {
		t.Errorf("a server that died: %v", err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestCommandEndsWhenTheCallerGoesAway(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	dir := serve(t, &control.Server{Run: func(ctx context.Context, _ control.Caller, _ control.Call, _ control.Streams) control.Result {
		close(started)
		<-ctx.Done()
		close(ended)
		return control.Result{}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	if _, err := control.Send(ctx, dir, control.Call{}, control.Streams{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	<-ended
}

func TestInputThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	got := make(chan error, 1)
	dir := serve(t, &control.Server{Run: func(_ context.Context, _ control.Caller, _ control.Call, s control.Streams) control.Result {
		_, err := io.ReadAll(s.In)
		got <- err
		return control.Result{}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	input := io.MultiReader(strings.NewReader("half"), readerFunc(func() error { cancel(); return errors.New("the disk is gone") }))
	_, _ = control.Send(ctx, dir, control.Call{}, control.Streams{In: input})
	if err := <-got; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the command read to %v", err)
	}
}

type readerFunc func() error

func (f readerFunc) Read([]byte) (int, error) { return 0, f() }

func TestResultArrivesThoughInputWasNotRead(t *testing.T) {
	dir := serve(t, &control.Server{Run: func(context.Context, control.Caller, control.Call, control.Streams) control.Result {
		return control.Result{Code: 1, Error: "not now"}
	}})
	result, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{In: strings.NewReader(strings.Repeat("x", 5<<20))})
	if err != nil || result.Error != "not now" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	dir := serve(t, &control.Server{
		Welcome: func(control.Caller) bool { return false },
		Run: func(context.Context, control.Caller, control.Call, control.Streams) control.Result {
			t.Error("a stranger's command ran")
			return control.Result{}
		},
	})
	result, err := control.Send(t.Context(), dir, control.Call{Name: "user list"}, control.Streams{In: strings.NewReader("x")})
	if err != nil || result.Code == 0 || result.Hint == "" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestTooManyCommandsAtOnce(t *testing.T) {
	release := make(chan struct{})
	started := make(chan struct{}, 100)
	dir := serve(t, &control.Server{Run: func(context.Context, control.Caller, control.Call, control.Streams) control.Result {
		started <- struct{}{}
		<-release
		return control.Result{}
	}})
	var running sync.WaitGroup
	for range 16 {
		running.Go(func() {
			if result, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{}); err != nil || result.Code != 0 {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
	for range 16 {
		<-started
	}
	result, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{})
	if err != nil || result.Error == "" {
		t.Errorf("the seventeenth: %+v, %v", result, err)
	}
	close(release)
	running.Wait()
}

func TestStoppingEndsRunningCommands(t *testing.T) {
	dir := t.TempDir()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	server := control.Server{Log: slog.New(slog.DiscardHandler), Run: func(ctx context.Context, _ control.Caller, _ control.Call, _ control.Streams) control.Result {
		stop()
		<-ctx.Done()
		return control.Result{Code: 3, Error: "the server stops"}
	}}
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	result, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{})
	if err != nil || result.Code != 3 {
		t.Errorf("%+v, %v", result, err)
	}
	done.Wait()
	if _, err := os.Stat(filepath.Join(dir, control.SocketName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestSocketIsForItsOwnerOnlyAndReplacesADeadOne(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second finds what a killed server left
		l, err := control.Listen(dir)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, control.SocketName))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		f, err := l.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
}

func TestDeepDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 40))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{}); !errors.Is(err, control.ErrNoServer) {
		t.Errorf("before: %v", err)
	}
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			err = conn.Close()
		}
		accepted <- err
	}()
	if _, err := control.Send(t.Context(), dir, control.Call{}, control.Streams{}); errors.Is(err, control.ErrNoServer) {
		t.Error("the server was not reached")
	}
	if err := <-accepted; err != nil {
		t.Error(err)
	}
}

func TestNoiseIsNoCommand(t *testing.T) {
	dir := serve(t, &control.Server{Run: func(context.Context, control.Caller, control.Call, control.Streams) control.Result {
		t.Error("noise ran as a command")
		return control.Result{}
	}})
	for _, noise := range []string{"", "GET / HTTP/1.1\r\n\r\n", "c\x00\x00\x00\x01{", "c\xff\xff\xff\xff", "i\x00\x00\x00\x01x"} {
		conn, err := net.Dial("unix", filepath.Join(dir, control.SocketName))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, noise)
		_ = conn.(*net.UnixConn).CloseWrite()
		if answer, _ := io.ReadAll(conn); len(answer) > 0 {
			t.Errorf("%q was answered with %q", noise, answer)
		}
		_ = conn.Close()
	}
}
