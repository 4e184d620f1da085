package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Send sends a command to the server of a data folder and returns how it
// ended. Output, messages, file and progress go to s as they come. When ctx ends the
// connection does, and with it the command.
//
// The error is [ErrNoServer] if none is running and nothing was read from
// s.In, [ErrTooLong] if call cannot be sent, else [ErrBroken], or that of ctx.
func Send(ctx context.Context, dir string, call Call, s Streams) (Result, error) {
	conn, err := dial(ctx, dir)
	if err != nil {
		return Result{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	if err := writeJSON(conn, frameCall, call); errors.Is(err, ErrTooLong) {
		return Result{}, err
	} else if err != nil {
		return Result{}, broken(ctx, err)
	}
	// The server may end before it has read all input: it answers even so,
	// and that answer is worth more than the broken pipe seen here.
	go sendInput(conn, s.In)

	result, err := receive(bufio.NewReader(conn), s)
	if err != nil {
		return Result{}, broken(ctx, err)
	}
	return result, nil
}

// ErrBroken says that the connection to the server broke before it had told how
// the command ended.
var ErrBroken = errors.New("control: the connection to the server broke")

func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

func sendInput(w io.Writer, in io.Reader) {
	if in != nil {
		if _, err := io.Copy(chunkWriter{w, frameInput}, in); err != nil {
			return // without an end the server takes the input for broken
		}
	}
	_ = writeFrame(w, frameEnd, nil)
}

func receive(r *bufio.Reader, s Streams) (Result, error) {
	for {
		k, payload, err := readFrame(r)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return Result{}, err
		}
		switch k {
		case frameOutput:
			_, err = s.Out.Write(payload)
		case frameMessage:
			_, err = s.Err.Write(payload)
		case frameFile:
			_, err = s.File.Write(payload)
		case frameProgress:
			var done, total int64
			if done, total, err = decodeProgress(payload); err == nil {
				s.Progress(done, total)
			}
		case frameResult:
			var result Result
			err := json.Unmarshal(payload, &result)
			return result, err
		default:
			err = errFrame
		}
		if err != nil {
			return Result{}, err
		}
	}
}
