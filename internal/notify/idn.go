package notify

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// OnTheWire returns an address with its domain as mail servers know it: in
// A-labels (RFC 5891), which every server takes. What stands before the @ is
// left as it is. The error is about the address.
func OnTheWire(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if IsASCII(address[at+1:]) {
		return address, nil
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return "", BadAddress(errors.New(ProblemNoDomain))
	}
	return address[:at+1] + domain, nil
}

// IsASCII reports whether an address can be told to a server that knows no
// SMTPUTF8 (RFC 6531).
func IsASCII(address string) bool {
	return !strings.ContainsFunc(address, func(r rune) bool { return r >= 0x80 })
}
