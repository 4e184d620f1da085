package wire

// field appends one element: tag, length in the shortest form, contents.
func field[T string | []byte](dst []byte, tag byte, content T) []byte {
	return append(header(dst, tag, len(content)), content...)
}

func header(dst []byte, tag byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(dst, tag, byte(length))
	case length < 1<<8:
		return append(dst, tag, 0x81, byte(length))
	case length < 1<<16:
		return append(dst, tag, 0x82, byte(length>>8), byte(length))
	case length < 1<<24:
		return append(dst, tag, 0x83, byte(length>>16), byte(length>>8), byte(length))
	default:
		return append(dst, tag, 0x84, byte(length>>24), byte(length>>16), byte(length>>8), byte(length))
	}
}

// number appends an INTEGER or ENUMERATED that is not negative.
func number(dst []byte, tag byte, n int32) []byte {
	content := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for len(content) > 1 && content[0] == 0 && content[1] < 0x80 {
		content = content[1:]
	}
	return field(dst, tag, content)
}

func boolean(dst []byte, tag byte, b bool) []byte {
	if b {
		return append(dst, tag, 1, 0xff)
	}
	return append(dst, tag, 1, 0)
}

// elements walks over BER elements one after another.
type elements []byte

// next takes the first element. ok is false at the end and at anything that is
// no element; [elements.end] tells which.
func (e *elements) next() (tag byte, content []byte, ok bool) {
	b := *e
	if len(b) < 2 || b[0]&0x1f == 0x1f { // LDAP has no tags of several octets
		return 0, nil, false
	}
	length, head, ok := lengthOf(b)
	if !ok || length > len(b)-head {
		return 0, nil, false
	}
	*e = b[head+length:]
	return b[0], b[head : head+length : head+length], true
}

// take is next for an element that must have the tag.
func (e *elements) take(tag byte) (content []byte, ok bool) {
	rest := *e
	got, content, ok := e.next()
	if !ok || got != tag {
		*e = rest
		return nil, false
	}
	return content, true
}

// end tells whether all was taken.
func (e *elements) end() bool { return len(*e) == 0 }

// takeNumber takes an INTEGER or ENUMERATED that fits 32 bits.
func (e *elements) takeNumber(tag byte) (n int32, ok bool) {
	content, ok := e.take(tag)
	if !ok {
		return 0, false
	}
	return numberOf(content)
}

// takeBoolean takes a BOOLEAN with a default of false.
func (e *elements) takeBoolean() bool {
	content, ok := e.take(tagBoolean)
	return ok && len(content) == 1 && content[0] != 0
}

func numberOf(content []byte) (n int32, ok bool) {
	if len(content) == 0 || len(content) > 4 {
		return 0, false
	}
	n = int32(int8(content[0])) // the first octet carries the sign
	for _, b := range content[1:] {
		n = n<<8 | int32(b)
	}
	return n, true
}

// lengthOf reads the length at the start of an element, and how many octets
// tag and length take. ok is false for the indefinite form, which LDAP forbids,
// for more than four octets, and where octets are missing.
func lengthOf(b []byte) (length, head int, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	if b[1] < 0x80 {
		return int(b[1]), 2, true
	}
	octets := int(b[1] & 0x7f)
	if octets == 0 || octets > 4 || len(b) < 2+octets {
		return 0, 0, false
	}
	var n int64
	for _, c := range b[2 : 2+octets] {
		n = n<<8 | int64(c)
	}
	if n > 1<<31-1 {
		return 0, 0, false
	}
	return int(n), 2 + octets, true
}
