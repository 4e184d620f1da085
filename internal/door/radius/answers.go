package radius

import "time"

const (
	// rememberFor is how long an answer is repeated to retransmissions, RFC 5080
	// section 2.2.2 ("5 to 30 seconds").
	rememberFor = 10 * time.Second

	answersInPiece = 1024
	usualReply     = 128 // octets; long replies leave room for fewer
)

// answers keeps replies for as long as they are repeated, numbered as they
// come. They lie in a few large pieces of memory without pointers: tens of
// thousands of them, each on its own, would keep the garbage collector busy.
type answers struct {
	limit  int             // of answers, and of their octets in units of usualReply
	bySlot map[slot]uint64 // the number of the answer that counts

	oldest, next uint64 // numbers; all from oldest on are in pieces
	octets       int    // of their replies
	pieces       []*piece
	spare        *piece
}

// piece holds the answers whose numbers, divided by answersInPiece, are equal.
type piece struct {
	answers [answersInPiece]answer
	replies []byte
}

type answer struct {
	exchange

	at  int64 // Unix nanoseconds
	end int   // of the reply in replies; it begins where the one before ends
}

func newAnswers(limit int) answers {
	return answers{limit: limit, bySlot: map[slot]uint64{}}
}

// find returns the reply to this very request. It is good until the next add.
func (a *answers) find(e *exchange, now time.Time) (reply []byte, found bool) {
	a.forget(now)
	n, found := a.bySlot[e.slot]
	if !found {
		return nil, false
	}
	kept, reply := a.get(n)
	return reply, kept.once == e.once
}

// drop forgets what a device has given up.
func (a *answers) drop(s slot) { delete(a.bySlot, s) }

// add keeps the reply to a request. If there is no room, the oldest go.
func (a *answers) add(e *exchange, reply []byte, now time.Time) {
	for a.oldest < a.next && (a.next-a.oldest >= uint64(a.limit) || a.octets+len(reply) > a.limit*usualReply) {
		a.dropOldest()
	}
	if a.next%answersInPiece == 0 {
		a.pieces = append(a.pieces, a.take())
	}
	p := a.pieces[len(a.pieces)-1]
	p.replies = append(p.replies, reply...)
	p.answers[a.next%answersInPiece] = answer{exchange: *e, at: now.UnixNano(), end: len(p.replies)}
	a.bySlot[e.slot] = a.next
	a.octets += len(reply)
	a.next++
}

// forget drops the answers whose time is over.
func (a *answers) forget(now time.Time) {
	over := now.Add(-rememberFor).UnixNano()
	for a.oldest < a.next {
		if kept, _ := a.get(a.oldest); kept.at > over {
			return
		}
		a.dropOldest()
	}
}

func (a *answers) get(n uint64) (kept *answer, reply []byte) {
	p, i := a.pieces[n/answersInPiece-a.oldest/answersInPiece], n%answersInPiece
	kept = &p.answers[i]
	begin := 0
	if i > 0 {
		begin = p.answers[i-1].end
	}
	return kept, p.replies[begin:kept.end]
}

func (a *answers) dropOldest() {
	kept, reply := a.get(a.oldest)
	if a.bySlot[kept.slot] == a.oldest { // else it was dropped, and the slot used again
		delete(a.bySlot, kept.slot)
	}
	a.octets -= len(reply)
	a.oldest++
	if a.oldest%answersInPiece == 0 {
		a.spare, a.pieces[0] = a.pieces[0], nil
		a.pieces = a.pieces[1:]
	}
}

// take returns an empty piece.
func (a *answers) take() *piece {
	p := a.spare
	if p == nil {
		return &piece{replies: make([]byte, 0, answersInPiece*usualReply/2)}
	}
	a.spare = nil
	p.replies = p.replies[:0]
	return p
}
