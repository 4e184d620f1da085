package wire

import "strings"

// Result is how an operation ended (RFC 4511 section 4.1.9).
type Result struct {
	Code       Code
	MatchedDN  string
	Diagnostic string // the server's own words
}

// Result reads the answer of a bind, a finished search or an extended
// operation.
func (m Message) Result() (Result, error) {
	switch m.Op {
	case BindResponse, SearchDone, ExtendedResponse:
	default:
		return Result{}, ErrMalformed
	}
	e := elements(m.Body)
	code, ok := e.takeNumber(tagEnumerated)
	if !ok || code < 0 {
		return Result{}, ErrMalformed
	}
	matched, ok := e.take(tagOctetString)
	if !ok {
		return Result{}, ErrMalformed
	}
	said, ok := e.take(tagOctetString)
	if !ok {
		return Result{}, ErrMalformed
	}
	for !e.end() { // referral, SASL credentials, name and value of an extended operation
		if _, _, ok := e.next(); !ok {
			return Result{}, ErrMalformed
		}
	}
	return Result{
		Code:       Code(code),
		MatchedDN:  strings.ToValidUTF8(string(matched), "�"),
		Diagnostic: strings.ToValidUTF8(strings.TrimRight(string(said), "\x00"), "�"),
	}, nil
}

// Entry is one entry as it lies in the buffer of its message: names and values
// are valid until the next message is read. The zero Entry can be read into,
// and again.
type Entry struct {
	DN         []byte
	attributes []attribute
	values     [][]byte // of all attributes, one after another
}

type attribute struct {
	name        []byte
	first, last int // of its values
}

// ReadEntry reads the entry of a search answer into e.
func (m Message) ReadEntry(e *Entry) error {
	if m.Op != SearchEntry {
		return ErrMalformed
	}
	e.attributes, e.values = e.attributes[:0], e.values[:0]
	body := elements(m.Body)
	dn, ok := body.take(tagOctetString)
	if !ok {
		return ErrMalformed
	}
	e.DN = dn
	content, ok := body.take(tagSequence)
	if !ok || !body.end() {
		return ErrMalformed
	}
	for list := elements(content); !list.end(); {
		one, ok := list.take(tagSequence)
		if !ok || !e.readAttribute(elements(one)) {
			return ErrMalformed
		}
	}
	return nil
}

func (e *Entry) readAttribute(one elements) bool {
	name, ok := one.take(tagOctetString)
	if !ok {
		return false
	}
	content, ok := one.take(tagSet)
	if !ok || !one.end() {
		return false
	}
	first := len(e.values)
	for set := elements(content); !set.end(); {
		value, ok := set.take(tagOctetString)
		if !ok {
			return false
		}
		e.values = append(e.values, value)
	}
	e.attributes = append(e.attributes, attribute{name, first, len(e.values)})
	return true
}

// Values returns the values of the attribute, whose name is compared without
// regard to case and options such as ";binary"; nil: it has none.
func (e *Entry) Values(name string) [][]byte {
	for _, a := range e.attributes {
		if sameName(a.name, name) {
			return e.values[a.first:a.last]
		}
	}
	return nil
}

// Value returns the first value of the attribute, nil if it has none.
func (e *Entry) Value(name string) []byte {
	if values := e.Values(name); len(values) > 0 {
		return values[0]
	}
	return nil
}

// Range returns the values of an attribute of which the server gives only a
// part (MS-ADTS section 3.1.1.3.1.3.3), and where the next part starts; next is
// 0 when this was the last, or when the attribute has come whole.
func (e *Entry) Range(name string) (values [][]byte, next int) {
	for _, a := range e.attributes {
		base, option, ranged := strings.Cut(string(a.name), ";range=")
		if !strings.EqualFold(base, name) {
			continue
		}
		if !ranged {
			if a.last > a.first { // beside a range Active Directory sends the bare name, empty
				return e.values[a.first:a.last], 0
			}
			continue
		}
		_, end, ok := strings.Cut(option, "-")
		if !ok || end == "*" {
			return e.values[a.first:a.last], 0
		}
		last := 0
		for _, c := range []byte(end) {
			if c < '0' || c > '9' || last > 1<<28 {
				return e.values[a.first:a.last], 0
			}
			last = 10*last + int(c-'0')
		}
		return e.values[a.first:a.last], last + 1
	}
	return nil, 0
}

// Attributes calls each for every attribute that has come.
func (e *Entry) Attributes(each func(name []byte, values [][]byte)) {
	for _, a := range e.attributes {
		each(a.name, e.values[a.first:a.last])
	}
}

func sameName(got []byte, want string) bool {
	if len(got) < len(want) || len(got) > len(want) && got[len(want)] != ';' {
		return false
	}
	for i := range len(want) {
		if lower(got[i]) != lower(want[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
