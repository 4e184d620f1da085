package store

import "encoding/binary"

// shelf keeps entries one after the other in a single piece of memory. A
// hundred thousand of them, each on its own and with pointers to it, would
// keep the garbage collector busy; so it has nothing to look into.
type shelf struct {
	limit   int              // of entries
	places  map[uint64]place // by the hash of the key
	octets  []byte
	unused  int    // octets that no place has
	evicted uint64 // how many entries made room
}

// place is where an entry begins, and how many octets it may take.
type place struct{ at, room uint32 }

// entry is what the memory knows of one person.
type entry struct {
	key    string
	record remembered
	readAt int64 // Unix microseconds at which it was last known to be current
	// witnessed says that every recent decision about the person was made by
	// this process, so that no other can have answered a request that comes
	// again.
	witnessed bool
	place     place // where it was found; without room: nowhere
}

// entryHead is readAt, the length of key, the length of record and witnessed.
const entryHead = 8 + 2 + 4 + 1

func (e *entry) size() int { return entryHead + len(e.key) + len(e.record) }

func (e *entry) appendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.readAt))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.key)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.record)))
	b = append(b, 0)
	if e.witnessed {
		b[len(b)-1] = 1
	}
	b = append(b, e.key...)
	return append(b, e.record...)
}

// find returns the entry of a key. Its record is in the shelf's memory, and
// good until the next put.
func (s *shelf) find(hash uint64, key string) (e entry, ok bool) {
	p, ok := s.places[hash]
	if !ok {
		return entry{}, false
	}
	head, rest := s.octets[p.at:][:entryHead], s.octets[p.at+entryHead:]
	keyLength := int(binary.BigEndian.Uint16(head[8:]))
	if string(rest[:keyLength]) != key {
		return entry{}, false
	}
	return entry{
		key: key, readAt: int64(binary.BigEndian.Uint64(head)), witnessed: head[14] != 0,
		record: remembered(rest[keyLength:][:binary.BigEndian.Uint32(head[10:])]), place: p,
	}, true
}

func (s *shelf) full() bool { return len(s.places) >= s.limit }

// put files an entry, unless there is a later edition. When the shelf is full,
// any other one makes room; so does another key with the same hash.
func (s *shelf) put(hash uint64, e entry) {
	known, _ := s.find(hash, e.key)
	s.replace(hash, known, e)
}

// replace is put for whoever has just found what is known, or has not.
func (s *shelf) replace(hash uint64, known, e entry) {
	p := known.place
	if p.room > 0 && e.record.edition().before(known.record.edition()) {
		return
	}
	if p.room == 0 {
		s.makeRoom(hash)
	}
	if e.size() <= int(p.room) {
		e.appendTo(s.octets[:p.at])
		return
	}
	s.unused += int(p.room)
	s.places[hash] = place{uint32(len(s.octets)), uint32(e.size())}
	s.octets = e.appendTo(s.octets)
	if s.unused > len(s.octets)/4 {
		s.tidy()
	}
}

// makeRoom drops what else has the hash, or anything if the shelf is full.
func (s *shelf) makeRoom(hash uint64) {
	other, taken := s.places[hash]
	if taken {
		s.drop(hash, other)
	} else if s.full() {
		for victim, at := range s.places {
			s.drop(victim, at)
			break
		}
	}
}

func (s *shelf) drop(hash uint64, p place) {
	delete(s.places, hash)
	s.unused += int(p.room)
	s.evicted++
}

// tidy closes the gaps.
func (s *shelf) tidy() {
	octets := make([]byte, 0, len(s.octets)-s.unused)
	for hash, p := range s.places {
		s.places[hash] = place{uint32(len(octets)), p.room}
		octets = append(octets, s.octets[p.at:][:p.room]...)
	}
	s.octets, s.unused = octets, 0
}

// clear drops everything, and what is being read just now is not put in.
func (s *shelf) clear() {
	clear(s.places)
	s.octets, s.unused = nil, 0
	s.evicted++
}
