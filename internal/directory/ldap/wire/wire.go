// Package wire owns the octets of LDAP: messages, search filters and the
// controls that reading a directory needs. It meets the network: nothing that
// arrives makes it panic, and nothing is believed about a length until the
// octets are there.
//
// It must not know connections, servers or people. Answers are read where they
// lie in the buffer, without a tree of packets, because a directory of 100,000
// people is read in one go; so they are valid until the next one is read.
//
// Standards: RFC 4511 (the protocol; BER with definite lengths, section 5.1),
// RFC 4515 (filters), RFC 2696 (paged results), RFC 4533 (synchronisation),
// draft-behera-ldap-password-policy (policy answers), MS-ADTS section
// 3.1.1.3.4.1 (controls of Active Directory).
package wire

import "errors"

// ErrMalformed is what is wrong with octets that are not LDAP.
var ErrMalformed = errors.New("not an LDAP message")

// ErrTooLong tells of a message above the limit of its reader.
var ErrTooLong = errors.New("an LDAP message longer than allowed")

// Op says which operation a message carries (RFC 4511 section 4.2 and on).
type Op byte

// The operations that are sent or answered here.
const (
	BindRequest      Op = 0x60
	BindResponse     Op = 0x61
	UnbindRequest    Op = 0x42
	SearchRequest    Op = 0x63
	SearchEntry      Op = 0x64
	SearchDone       Op = 0x65
	SearchReference  Op = 0x73
	ExtendedRequest  Op = 0x77
	ExtendedResponse Op = 0x78
	Intermediate     Op = 0x79
)

// The universal tags in use (X.690 section 8).
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagEnumerated  = 0x0a
	tagSequence    = 0x30
	tagSet         = 0x31
	tagControls    = 0xa0 // [0] of LDAPMessage
)

// Object identifiers of extended operations.
const oidStartTLS = "1.3.6.1.4.1.1466.20037" // RFC 4511 section 4.14
