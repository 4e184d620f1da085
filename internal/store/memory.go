package store

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/policy"
)

// memory keeps people's records, up to a number. When it is full, any other
// one makes room.
//
// A record only ever gives way to a later edition, so it does not matter in
// which order those who write and those who have just read come here. What
// was written by a method that has not the whole record in its hands is
// forgotten: only the edition stays, so that nobody who read before puts the
// old record back.
type memory struct {
	seed   maphash.Seed
	shards [memoryShards]memoryShard
}

const memoryShards = 64

func newMemory(limit int) *memory {
	m := &memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].shelf = shelf{limit: max(1, limit/memoryShards), places: map[uint64]place{}}
	}
	return m
}

type memoryShard struct {
	mu sync.RWMutex
	shelf
}

// locate returns the shard of a key, and what it is filed under there.
func (m *memory) locate(key string) (s *memoryShard, hash uint64) {
	hash = maphash.String(m.seed, key)
	return &m.shards[hash%memoryShards], hash
}

// get returns the record of the person with this key, nil if it is not known,
// and whether all recent decisions about them were made here.
func (m *memory) get(key string) (r *authn.Record, witnessed bool) {
	s, hash := m.locate(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.find(hash, key)
	if !ok || e.record.isForgotten() {
		return nil, false
	}
	r, err := e.record.record()
	if err != nil {
		return nil, false // then the database is asked
	}
	r.ReadAt = instant(e.readAt)
	return r, e.witnessed
}

// ticket is asked for before a record is read from the database, and handed
// in with it.
func (m *memory) ticket(key string) uint64 {
	s, _ := m.locate(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.evicted
}

// offer puts in a record that was just read, unless something later is known,
// or was known since the ticket was given and has made room since.
func (m *memory) offer(key string, r *authn.Record, ticket uint64) {
	packed := remember(make(remembered, 0, 384), r)
	s, hash := m.locate(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evicted == ticket {
		s.put(hash, entry{key: key, record: packed, readAt: micros(r.ReadAt)})
	}
}

// tickets returns the tickets of all keys at once.
func (m *memory) tickets() (tickets [memoryShards]uint64) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.RLock()
		tickets[i] = s.evicted
		s.mu.RUnlock()
	}
	return tickets
}

// offerUnlessFull is offer for a record that nobody has asked for: nobody else
// makes room for it. It reports whether there was room.
func (m *memory) offerUnlessFull(key string, r *authn.Record, tickets [memoryShards]uint64) bool {
	packed := remember(make(remembered, 0, 384), r)
	s, hash := m.locate(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.find(hash, key); !known && s.full() {
		return false
	}
	if s.evicted == tickets[hash%memoryShards] {
		s.put(hash, entry{key: key, record: packed, readAt: micros(r.ReadAt)})
	}
	return true
}

// commit puts in a record that was just written. quiet says that nothing had
// been decided about the person for a while.
func (m *memory) commit(key string, packed remembered, at time.Time, quiet bool) {
	s, hash := m.locate(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, _ := s.find(hash, key)
	s.replace(hash, known, entry{key: key, record: packed, readAt: micros(at), witnessed: quiet || known.witnessed})
}

// forget drops every edition of a person's record before e.
func (m *memory) forget(key string, e edition) {
	s, hash := m.locate(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.find(hash, key); !ok || known.record.edition().before(e) {
		s.put(hash, entry{key: key, record: forgotten(e)})
	}
}

// join brings the record of a person to edition e, which differs from the one
// before by a requirement more. A record of another edition, or of nobody who
// is remembered, is forgotten as forget does.
func (m *memory) join(key string, e edition, r policy.Requirement) {
	s, hash := m.locate(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.find(hash, key)
	if ok && !known.record.isForgotten() && known.record.edition() == (edition{e.person, e.version - 1}) {
		if record, err := known.record.record(); err == nil {
			record.Standing.Version = e.version
			record.Requirements = append(record.Requirements, r)
			slices.SortFunc(record.Requirements, func(a, b policy.Requirement) int { return cmp.Compare(a.Period, b.Period) })
			known.record = remember(make(remembered, 0, len(known.record)+64), record)
			s.put(hash, known)
			return
		}
	}
	if !ok || known.record.edition().before(e) {
		s.put(hash, entry{key: key, record: forgotten(e)})
	}
}

// clear forgets everybody.
func (m *memory) clear() {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		s.shelf.clear()
		s.mu.Unlock()
	}
}
