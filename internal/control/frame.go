package control

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// kind says what a frame holds.
type kind byte

// The client sends one call, then input frames and one end of input. The
// server sends output, message, file and progress frames in any order, then one
// result. Each side closes when it has what it wants.
const (
	frameCall     kind = 'c' // JSON of Call
	frameInput    kind = 'i' // bytes
	frameEnd      kind = 'e' // nothing: no more input
	frameOutput   kind = 'o' // bytes
	frameMessage  kind = 'm' // bytes
	frameFile     kind = 'f' // bytes
	frameProgress kind = 'p' // two numbers of 8 bytes: done, total
	frameResult   kind = 'r' // JSON of Result
)

const (
	headerSize = 5
	maxChunk   = 32 << 10 // of a stream
	maxFrame   = 64 << 20 // of a call: a million people by name
)

// ErrTooLong says that a command is too long to be sent.
var ErrTooLong = errors.New("control: the command is too long")

var errFrame = errors.New("control: not a frame of ours")

// writeFrame writes one frame in one call of w.Write.
func writeFrame(w io.Writer, k kind, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("%w: %d octets", ErrTooLong, len(payload))
	}
	frame := make([]byte, headerSize, headerSize+len(payload))
	frame[0] = byte(k)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

// readFrame reads one frame. The error is io.EOF only between frames.
func readFrame(r *bufio.Reader) (kind, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(header[1:])
	if n > maxFrame {
		return 0, nil, errFrame
	}
	var payload bytes.Buffer // grows with what comes, whatever the header claims
	if _, err := io.CopyN(&payload, r, int64(n)); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return kind(header[0]), payload.Bytes(), nil
}

func writeJSON(w io.Writer, k kind, value any) error {
	payload, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return writeFrame(w, k, payload)
}

// lockedWriter lets several goroutines write whole frames.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// chunkWriter sends what is written to it as frames of one kind.
type chunkWriter struct {
	w io.Writer
	k kind
}

func (c chunkWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), maxChunk)
		if err := writeFrame(c.w, c.k, p[:n]); err != nil {
			return written, err
		}
		written += n
		p = p[n:]
	}
	return written, nil
}

func encodeProgress(done, total int64) []byte {
	payload := binary.BigEndian.AppendUint64(nil, uint64(done))
	return binary.BigEndian.AppendUint64(payload, uint64(total))
}

func decodeProgress(payload []byte) (done, total int64, err error) {
	if len(payload) != 16 {
		return 0, 0, errFrame
	}
	return int64(binary.BigEndian.Uint64(payload)), int64(binary.BigEndian.Uint64(payload[8:])), nil
}
