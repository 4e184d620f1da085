package wire

// UUID identifies an entry (RFC 4530).
type UUID [16]byte

// SyncState is what an entry of a refresh is (RFC 4533 section 2.3).
type SyncState int32

// The states.
const (
	SyncPresent SyncState = 0 // still there, unchanged
	SyncAdded   SyncState = 1
	SyncChanged SyncState = 2
	SyncDeleted SyncState = 3
)

// SyncState returns the state of an entry and its identity.
func (m Message) SyncState() (state SyncState, id UUID, ok bool) {
	e, ok := m.sequence(oidSyncState)
	if !ok {
		return 0, UUID{}, false
	}
	n, ok := e.takeNumber(tagEnumerated)
	if !ok || n < 0 || n > int32(SyncDeleted) {
		return 0, UUID{}, false
	}
	octets, ok := e.take(tagOctetString)
	if !ok || len(octets) != len(id) {
		return 0, UUID{}, false
	}
	return SyncState(n), UUID(octets), true
}

// SyncDone returns the cookie at the end of a refresh, and whether deletions
// were told one by one; if not, whoever was not mentioned is gone.
func (m Message) SyncDone() (cookie []byte, refreshDeletes, ok bool) {
	e, ok := m.sequence(oidSyncDone)
	if !ok {
		return nil, false, false
	}
	cookie, _ = e.take(tagOctetString)
	return cookie, e.takeBoolean(), true
}

// SyncInfo is what comes between the entries of a refresh (RFC 4533 section
// 2.5).
type SyncInfo struct {
	IDs     []UUID // a set of identities, all of one fate
	Deleted bool   // they are gone; otherwise they are there, unchanged
	// DeletesDone and PresentsDone end the one phase and the other.
	DeletesDone, PresentsDone bool
}

// SyncInfo reads an intermediate message. Another kind than that of RFC 4533
// is an empty SyncInfo.
func (m Message) SyncInfo() (SyncInfo, error) {
	if m.Op != Intermediate {
		return SyncInfo{}, ErrMalformed
	}
	body := elements(m.Body)
	if name, ok := body.take(0x80); !ok || string(name) != oidSyncInfo {
		return SyncInfo{}, nil
	}
	value, ok := body.take(0x81)
	if !ok {
		return SyncInfo{}, ErrMalformed
	}
	outer := elements(value)
	tag, content, ok := outer.next()
	if !ok {
		return SyncInfo{}, ErrMalformed
	}
	switch tag {
	case 0xa1:
		return SyncInfo{DeletesDone: true}, nil
	case 0xa2:
		return SyncInfo{PresentsDone: true}, nil
	case 0xa3:
		return syncIDSet(content)
	default: // [0] newcookie
		return SyncInfo{}, nil
	}
}

func syncIDSet(content elements) (SyncInfo, error) {
	var info SyncInfo
	_, _ = content.take(tagOctetString) // a cookie, which counts at the end only
	info.Deleted = content.takeBoolean()
	set, ok := content.take(tagSet)
	if !ok {
		return SyncInfo{}, ErrMalformed
	}
	for list := elements(set); !list.end(); {
		octets, ok := list.take(tagOctetString)
		if !ok || len(octets) != len(UUID{}) {
			return SyncInfo{}, ErrMalformed
		}
		info.IDs = append(info.IDs, UUID(octets))
	}
	return info, nil
}
