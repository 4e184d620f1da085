package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Limits of the server, which even root can reach by mistake.
const (
	maxCalls     = 16               // at once
	callTimeout  = 10 * time.Second // from connection to command
	writeTimeout = time.Minute      // for a frame, before the caller counts as gone
)

// in returns an instant for a connection's deadline, which goes by the machine's
// clock whatever clock the rest of the program follows.
func in(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // see above
}

// The code of results that this package makes itself.
const codeUnavailable = 3

// Server runs the commands that come over a socket.
type Server struct {
	Run Runner
	Log *slog.Logger
	// Welcome says who may send commands; nil: root and the user of this
	// process.
	Welcome func(Caller) bool
}

// Serve answers on l until ctx ends, then cancels the commands that still run
// and returns when they have ended. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	defer l.Close()
	var running sync.WaitGroup
	defer running.Wait()
	commands, cancel := context.WithCancel(ctx)
	defer cancel()
	slots := make(chan struct{}, maxCalls)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		running.Go(func() {
			defer conn.Close()
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				s.serve(commands, conn)
			default:
				refuse(conn, "too many commands run at once", "try again later")
			}
		})
	}
}

func refuse(conn net.Conn, problem, hint string) {
	_ = conn.SetWriteDeadline(in(callTimeout))
	_ = writeJSON(conn, frameResult, Result{Code: codeUnavailable, Error: problem, Hint: hint})
	drain(conn)
}

// drain waits for the other end to close: closing with unread input would
// reset the connection and lose the result.
func drain(conn net.Conn) {
	if c, ok := conn.(*net.UnixConn); ok {
		_ = c.CloseWrite()
	}
	_ = conn.SetReadDeadline(in(callTimeout))
	_, _ = io.Copy(io.Discard, conn)
}

func (s *Server) serve(ctx context.Context, conn net.Conn) {
	caller, err := callerOf(conn)
	if err != nil {
		s.Log.Error("command refused", "error", err)
		return
	}
	allowed := s.Welcome
	if allowed == nil {
		allowed = welcome
	}
	if !allowed(caller) {
		s.Log.Warn("command refused", "uid", caller.UID)
		refuse(conn, "the server takes commands only from root and from its own user", "use sudo")
		return
	}
	reader := bufio.NewReader(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(in(0)) })
	defer stop()
	call, err := readCall(conn, reader)
	if err != nil {
		if !errors.Is(err, io.EOF) { // somebody only looked whether a server runs
			s.Log.Warn("command not understood", "uid", caller.UID, "error", err)
		}
		return
	}
	s.run(ctx, conn, reader, caller, call)
}

func readCall(conn net.Conn, reader *bufio.Reader) (Call, error) {
	_ = conn.SetReadDeadline(in(callTimeout))
	var call Call
	k, payload, err := readFrame(reader)
	_ = conn.SetReadDeadline(time.Time{})
	if err != nil {
		return call, err
	}
	if k != frameCall {
		return call, errFrame
	}
	return call, json.Unmarshal(payload, &call)
}

// run connects the streams and runs the command. Input is read all the time,
// also when the command wants none: its end is how the server learns that the
// caller went away.
func (s *Server) run(ctx context.Context, conn net.Conn, reader *bufio.Reader, caller Caller, call Call) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	input, feed := io.Pipe()
	var feeding sync.WaitGroup
	feeding.Go(func() {
		receiveInput(reader, feed)
		cancel()
	})
	defer feeding.Wait()
	defer conn.Close()
	defer closeInput(input)

	out := &lockedWriter{w: &deadlineWriter{conn, cancel}}
	result := s.Run(ctx, caller, call, Streams{
		In:   input,
		Out:  chunkWriter{out, frameOutput},
		Err:  chunkWriter{out, frameMessage},
		File: chunkWriter{out, frameFile},
		Progress: func(done, total int64) {
			_ = writeFrame(out, frameProgress, encodeProgress(done, total))
		},
	})
	_ = writeJSON(out, frameResult, result)
	closeInput(input)
	drainReader(conn, &feeding)
}

// closeInput lets what still comes go to nobody. Closing a pipe never fails.
func closeInput(input *io.PipeReader) { _ = input.Close() }

// drainReader lets the caller read the result before the connection goes.
func drainReader(conn net.Conn, feeding *sync.WaitGroup) {
	if c, ok := conn.(*net.UnixConn); ok {
		_ = c.CloseWrite()
	}
	_ = conn.SetReadDeadline(in(callTimeout))
	feeding.Wait()
}

// receiveInput passes input on to the command until the connection ends. An
// end without an end frame is an error for whoever reads the input.
func receiveInput(reader *bufio.Reader, feed *io.PipeWriter) {
	for {
		k, payload, err := readFrame(reader)
		switch {
		case err != nil:
			_ = feed.CloseWithError(io.ErrUnexpectedEOF)
			return
		case k == frameEnd:
			_ = feed.Close()
		case k == frameInput:
			_, _ = feed.Write(payload) // fails once the command has ended: the rest is for nobody
		default:
			_ = feed.CloseWithError(errFrame)
			return
		}
	}
}

// deadlineWriter gives up on a caller that does not read.
type deadlineWriter struct {
	conn   net.Conn
	cancel context.CancelFunc
}

func (d *deadlineWriter) Write(p []byte) (int, error) {
	_ = d.conn.SetWriteDeadline(in(writeTimeout))
	n, err := d.conn.Write(p)
	if err != nil {
		d.cancel()
	}
	return n, err
}
