package wire

import (
	"fmt"
	"io"
)

// Message is one LDAP message as it lies in its reader's buffer.
type Message struct {
	ID       int32
	Op       Op
	Body     []byte // contents of the operation
	controls []byte // contents of the controls, empty: none
}

// smallest is the size that a reader's buffer starts with and returns to.
const smallest = 32 << 10

// Reader reads the messages of one connection. Its buffer grows with what has
// arrived, not with what a length claims, and shrinks again after a long
// message.
type Reader struct {
	source io.Reader
	limit  int // octets of one message
	buf    []byte
	start  int // of what has arrived and was not handed out
	end    int
}

// NewReader returns a reader of messages of at most limit octets.
func NewReader(source io.Reader, limit int) *Reader {
	return &Reader{source: source, limit: limit}
}

// SetLimit changes the longest message, in octets, from the next one on.
func (r *Reader) SetLimit(limit int) { r.limit = limit }

// Buffered reports whether octets have arrived that no message has used. Before
// TLS starts there must be none (RFC 4511 section 4.14.2).
func (r *Reader) Buffered() bool { return r.end > r.start }

// Next returns the next message, valid until it is called again. The error is
// ErrMalformed, ErrTooLong, or the source's; io.EOF only between two messages.
func (r *Reader) Next() (Message, error) {
	size, err := r.frame()
	if err != nil {
		return Message{}, err
	}
	m, ok := parseMessage(r.buf[r.start : r.start+size])
	r.start += size
	if !ok {
		return Message{}, ErrMalformed
	}
	return m, nil
}

// frame waits for a whole message at start and returns its size.
func (r *Reader) frame() (size int, err error) {
	for wanted := 2; ; {
		if have := r.end - r.start; have < wanted {
			if err := r.fill(wanted); err != nil {
				return 0, err
			}
			continue
		}
		b := r.buf[r.start:r.end]
		if b[0] != tagSequence {
			return 0, ErrMalformed
		}
		length, head, ok := lengthOf(b)
		if !ok {
			if octets := int(b[1] & 0x7f); b[1] == 0x80 || octets > 4 || len(b) >= 2+octets {
				return 0, ErrMalformed
			}
			wanted = 2 + int(b[1]&0x7f)
			continue
		}
		if length > r.limit-head {
			return 0, fmt.Errorf("%w: %d octets", ErrTooLong, length)
		}
		if size = head + length; len(b) >= size {
			return size, nil
		}
		wanted = size
	}
}

// fill reads once, making room for more of the wanted octets first.
func (r *Reader) fill(wanted int) error {
	r.makeRoom(wanted)
	n, err := r.source.Read(r.buf[r.end:])
	r.end += n
	switch {
	case n > 0:
		return nil
	case err == io.EOF && r.end > r.start:
		return io.ErrUnexpectedEOF
	case err == nil:
		return io.ErrNoProgress
	default:
		return err
	}
}

func (r *Reader) makeRoom(wanted int) {
	have := r.end - r.start
	switch {
	case have == 0 && len(r.buf) > 8*smallest && wanted <= smallest, r.buf == nil:
		r.buf = make([]byte, smallest)
	case len(r.buf)-r.start < wanted && wanted <= len(r.buf), have == 0:
		copy(r.buf, r.buf[r.start:r.end])
	case r.end == len(r.buf): // full of the beginning of this message: double it
		grown := make([]byte, 2*len(r.buf))
		copy(grown, r.buf[r.start:r.end])
		r.buf = grown
	default:
		return
	}
	r.start, r.end = 0, have
}

func parseMessage(b []byte) (Message, bool) {
	outer := elements(b)
	content, ok := outer.take(tagSequence)
	if !ok || !outer.end() {
		return Message{}, false
	}
	inner := elements(content)
	id, ok := inner.takeNumber(tagInteger)
	if !ok || id < 0 {
		return Message{}, false
	}
	op, body, ok := inner.next()
	if !ok {
		return Message{}, false
	}
	m := Message{ID: id, Op: Op(op), Body: body}
	if !inner.end() {
		if m.controls, ok = inner.take(tagControls); !ok {
			return Message{}, false
		}
	}
	return m, true
}
