package store

import (
	"sync"

	"example.com/muster/internal/challenge"
)

// questions knows whose the open questions are, so that an answer finds its
// question in the memory of that person. It may forget: then the database is
// asked.
type questions struct {
	mu   sync.RWMutex
	keys map[challenge.Hash]string
}

// questionsLimit is how many are known; 100 octets each.
const questionsLimit = 1 << 16

// key returns the key of the person a question is put to, "" if that is not
// known.
func (q *questions) key(hash challenge.Hash) string {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return q.keys[hash]
}

// update notes what a change has asked the person with this key, and which
// questions it has spent.
func (q *questions) update(key string, put *challenge.Challenge, spent []challenge.Challenge) {
	if put == nil && len(spent) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range spent {
		delete(q.keys, spent[i].Hash)
	}
	if put == nil {
		return
	}
	if q.keys == nil {
		q.keys = map[challenge.Hash]string{}
	}
	if len(q.keys) >= questionsLimit {
		for other := range q.keys {
			delete(q.keys, other)
			break
		}
	}
	q.keys[put.Hash] = key
}
