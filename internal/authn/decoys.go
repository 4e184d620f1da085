package authn

import (
	"sync"
	"time"

	"example.com/muster/internal/challenge"
)

// mostDecoys is how many questions of nobody may be open on a node: a client
// that asks for more names than that is refused instead.
const mostDecoys = 4096

// decoys counts the questions of nobody that this node has asked lately.
type decoys struct {
	mu     sync.Mutex
	opened [mostDecoys]int64 // Unix nanoseconds, in a ring
	next   int
}

// room takes a place, and reports whether there was one.
func (d *decoys) room(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if oldest := d.opened[d.next]; oldest != 0 && now.UnixNano()-oldest < int64(challenge.PromptLifetime) {
		return false
	}
	d.opened[d.next] = now.UnixNano()
	d.next = (d.next + 1) % mostDecoys
	return true
}
