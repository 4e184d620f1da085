package wire

// Control changes what an operation means (RFC 4511 section 4.1.11).
type Control struct {
	OID      string
	Critical bool
	value    []byte // nil: none
}

// Object identifiers of controls, as a server lists them in supportedControl.
const (
	OIDPaging       = "1.2.840.113556.1.4.319"    // RFC 2696
	OIDDirSync      = "1.2.840.113556.1.4.841"    // MS-ADTS 3.1.1.3.4.1.3
	OIDShowDeleted  = "1.2.840.113556.1.4.417"    // MS-ADTS 3.1.1.3.4.1.14
	OIDDomainScope  = "1.2.840.113556.1.4.1339"   // MS-ADTS 3.1.1.3.4.1.4
	OIDPolicy       = "1.3.6.1.4.1.42.2.27.8.5.1" // draft-behera-ldap-password-policy-10
	OIDSync         = "1.3.6.1.4.1.4203.1.9.1.1"  // RFC 4533 section 2.2
	oidSyncState    = "1.3.6.1.4.1.4203.1.9.1.2"  // RFC 4533 section 2.3
	oidSyncDone     = "1.3.6.1.4.1.4203.1.9.1.3"  // RFC 4533 section 2.4
	oidSyncInfo     = "1.3.6.1.4.1.4203.1.9.1.4"  // RFC 4533 section 2.5
	syncRefreshOnly = 1
)

func (c Control) append(dst []byte) []byte {
	content := field(nil, tagOctetString, c.OID)
	if c.Critical {
		content = boolean(content, tagBoolean, true)
	}
	if c.value != nil {
		content = field(content, tagOctetString, c.value)
	}
	return field(dst, tagSequence, content)
}

// Paging asks for at most size entries, after those that cookie stands for.
func Paging(size int32, cookie []byte) Control {
	content := number(nil, tagInteger, size)
	content = field(content, tagOctetString, cookie)
	return Control{OID: OIDPaging, Critical: true, value: field(nil, tagSequence, content)}
}

// DirSync asks Active Directory for what has changed since the cookie; flags
// are those of MS-ADTS 3.1.1.3.4.1.3. Empty cookie: everything there is.
func DirSync(flags int32, cookie []byte) Control {
	const most = 1 << 20 // octets of one answer
	content := number(nil, tagInteger, flags)
	content = number(content, tagInteger, most)
	content = field(content, tagOctetString, cookie)
	return Control{OID: OIDDirSync, Critical: true, value: field(nil, tagSequence, content)}
}

// ShowDeleted makes deleted objects visible to who may see them.
func ShowDeleted() Control { return Control{OID: OIDShowDeleted, Critical: true} }

// DomainScope asks Active Directory not to answer with references to other
// servers.
func DomainScope() Control { return Control{OID: OIDDomainScope} }

// Policy asks for the reason when a bind meets a password policy.
func Policy() Control { return Control{OID: OIDPolicy} }

// SyncRefresh asks for what has changed since the cookie, once (RFC 4533
// section 2.2). Empty cookie: everything there is.
func SyncRefresh(cookie []byte) Control {
	content := number(nil, tagEnumerated, syncRefreshOnly)
	if len(cookie) > 0 {
		content = field(content, tagOctetString, cookie)
	}
	return Control{OID: OIDSync, Critical: true, value: field(nil, tagSequence, content)}
}

// control returns the value of a control of the message; ok: it has come, with
// a value or without.
func (m Message) control(oid string) (value []byte, ok bool) {
	for list := elements(m.controls); !list.end(); {
		content, ok := list.take(tagSequence)
		if !ok {
			return nil, false
		}
		one := elements(content)
		name, ok := one.take(tagOctetString)
		if !ok || string(name) != oid {
			continue
		}
		one.takeBoolean()
		value, _ = one.take(tagOctetString)
		return value, true
	}
	return nil, false
}

// sequence opens a control's value.
func (m Message) sequence(oid string) (content elements, ok bool) {
	value, ok := m.control(oid)
	if !ok {
		return nil, false
	}
	outer := elements(value)
	inner, ok := outer.take(tagSequence)
	return inner, ok
}

// NextPage returns the cookie of the page after this one; ok tells whether the
// server pages at all. An empty cookie ends the pages.
func (m Message) NextPage() (cookie []byte, ok bool) {
	e, ok := m.sequence(OIDPaging)
	if !ok {
		return nil, false
	}
	if _, ok := e.takeNumber(tagInteger); !ok { // the server's estimate
		return nil, false
	}
	return e.take(tagOctetString)
}

// DirSyncCookie returns the cookie that continues a DirSync, and whether there
// is more to fetch at once.
func (m Message) DirSyncCookie() (cookie []byte, more, ok bool) {
	e, ok := m.sequence(OIDDirSync)
	if !ok {
		return nil, false, false
	}
	flag, ok := e.takeNumber(tagInteger)
	if !ok {
		return nil, false, false
	}
	if _, ok := e.takeNumber(tagInteger); !ok {
		return nil, false, false
	}
	cookie, ok = e.take(tagOctetString)
	return cookie, flag != 0, ok
}
