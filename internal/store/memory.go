package store

import (
	"hash/maphash"
	"sync"
	"time"

	"example.com/muster/internal/authn"
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

type memoryShard struct {
	mu      sync.RWMutex
	limit   int
	people  map[string]memoryEntry // by key
	evicted uint64                 // how many made room
}

type memoryEntry struct {
	record remembered
	readAt int64 // Unix microseconds at which it was last known to be current
	// witnessed says that every recent decision about the person was made by
	// this process, so that no other can have answered a request that comes
	// again.
	witnessed bool
}

func newMemory(limit int) *memory {
	m := &memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].limit = max(1, limit/memoryShards)
		m.shards[i].people = map[string]memoryEntry{}
	}
	return m
}

func (m *memory) number(key string) uint64 { return maphash.String(m.seed, key) % memoryShards }

func (m *memory) shard(key string) *memoryShard { return &m.shards[m.number(key)] }

// get returns the record of the person with this key, nil if it is not known,
// and whether all recent decisions about them were made here.
func (m *memory) get(key string) (r *authn.Record, witnessed bool) {
	s := m.shard(key)
	s.mu.RLock()
	e, ok := s.people[key]
	s.mu.RUnlock()
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
	s := m.shard(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.evicted
}

// offer puts in a record that was just read, unless something later is known,
// or was known since the ticket was given and has made room since.
func (m *memory) offer(key string, r *authn.Record, ticket uint64) {
	packed := remember(r)
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evicted == ticket {
		s.put(key, memoryEntry{record: packed, readAt: micros(r.ReadAt)})
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
	packed := remember(r)
	n := m.number(key)
	s := &m.shards[n]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.people[key]; !known && len(s.people) >= s.limit {
		return false
	}
	if s.evicted == tickets[n] {
		s.put(key, memoryEntry{record: packed, readAt: micros(r.ReadAt)})
	}
	return true
}

// commit puts in a record that was just written. quiet says that nothing had
// been decided about the person for a while.
func (m *memory) commit(key string, packed remembered, at time.Time, quiet bool) {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, memoryEntry{record: packed, readAt: micros(at), witnessed: quiet || s.people[key].witnessed})
}

// forget drops every edition of a person's record before e.
func (m *memory) forget(key string, e edition) {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.people[key]; !ok || known.record.edition().before(e) {
		s.put(key, memoryEntry{record: forgotten(e)})
	}
}

// put is called with the lock held.
func (s *memoryShard) put(key string, e memoryEntry) {
	known, ok := s.people[key]
	if ok && e.record.edition().before(known.record.edition()) {
		return
	}
	if !ok && len(s.people) >= s.limit {
		for other := range s.people {
			delete(s.people, other)
			s.evicted++
			break
		}
	}
	s.people[key] = e
}

// clear forgets everybody.
func (m *memory) clear() {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		clear(s.people)
		s.evicted++ // what is being read just now is not put in
		s.mu.Unlock()
	}
}
