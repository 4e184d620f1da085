package wire

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// Filter is a search filter in its form on the wire. Values go into it as they
// are and need no escaping: `*()\` and NUL in a name mean themselves.
// The zero Filter matches every entry.
type Filter struct{ ber []byte }

// ParseFilter reads the text of RFC 4515, such as an administrator configures.
// It must never be given text with a value of somebody else's in it.
func ParseFilter(text string) (Filter, error) {
	if text == "" {
		return Filter{}, nil
	}
	packet, err := ldap.CompileFilter(text)
	if err != nil {
		return Filter{}, fmt.Errorf("reading the filter %q: %w", text, err)
	}
	return Filter{packet.Bytes()}, nil
}

// The choices of Filter in RFC 4511 section 4.5.1.7.
const (
	filterAnd        = 0xa0
	filterOr         = 0xa1
	filterNot        = 0xa2
	filterEqual      = 0xa3
	filterSubstrings = 0xa4
	filterAtLeast    = 0xa5
	filterPresent    = 0x87
	filterExtensible = 0xa9
)

// Equal matches entries of which a value of the attribute is this one.
func Equal[T string | []byte](attribute string, value T) Filter {
	return Filter{assertion(filterEqual, attribute, value)}
}

// AtLeast matches entries of which a value is this one or comes after it.
func AtLeast(attribute, value string) Filter {
	return Filter{assertion(filterAtLeast, attribute, value)}
}

func assertion[T string | []byte](tag byte, attribute string, value T) []byte {
	content := field(nil, tagOctetString, attribute)
	return field(nil, tag, field(content, tagOctetString, value))
}

// Present matches entries that have the attribute.
func Present(attribute string) Filter {
	return Filter{field(nil, filterPresent, attribute)}
}

// Contains matches entries of which a value has the text somewhere in it.
func Contains(attribute, text string) Filter {
	const anywhere = 0x81
	content := field(nil, tagOctetString, attribute)
	content = field(content, tagSequence, field(nil, anywhere, text))
	return Filter{field(nil, filterSubstrings, content)}
}

// Matches applies a matching rule, named by its object identifier, to the
// attribute (RFC 4511 section 4.5.1.7.7).
func Matches(attribute, rule, value string) Filter {
	content := field(nil, 0x81, rule)
	content = field(content, 0x82, attribute)
	return Filter{field(nil, filterExtensible, field(content, 0x83, value))}
}

// And matches entries that all filters match; zero filters among them count
// for nothing.
func And(filters ...Filter) Filter {
	given := make([]Filter, 0, len(filters))
	for _, f := range filters {
		if len(f.ber) > 0 {
			given = append(given, f)
		}
	}
	switch len(given) {
	case 0:
		return Filter{}
	case 1:
		return given[0]
	}
	return Filter{combine(filterAnd, given)}
}

// Or matches entries that any of the filters matches; of none it is Nobody.
func Or(filters ...Filter) Filter {
	if len(filters) == 1 {
		return filters[0]
	}
	return Filter{combine(filterOr, filters)}
}

// Not matches the entries that f does not.
func Not(f Filter) Filter { return Filter{field(nil, filterNot, f.orEverything())} }

// Nobody matches no entry at all: every entry has a class.
func Nobody() Filter { return Not(Present("objectClass")) }

func combine(tag byte, filters []Filter) []byte {
	if len(filters) == 0 {
		return Nobody().ber
	}
	var content []byte
	for _, f := range filters {
		content = append(content, f.orEverything()...)
	}
	return field(nil, tag, content)
}

func (f Filter) orEverything() []byte {
	if len(f.ber) == 0 {
		return Present("objectClass").ber
	}
	return f.ber
}
