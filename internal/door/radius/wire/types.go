package wire

import "strconv"

// Code is the kind of a packet, RFC 2865 section 4 and RFC 5997.
type Code uint8

// The codes that concern authentication, and accounting's two, which a server
// of authentication meets when a device is set to the wrong port.
const (
	AccessRequest      Code = 1
	AccessAccept       Code = 2
	AccessReject       Code = 3
	AccountingRequest  Code = 4
	AccountingResponse Code = 5
	AccessChallenge    Code = 11
	StatusServer       Code = 12
)

// String returns the code's name in its RFC, or its number.
func (c Code) String() string {
	switch c {
	case AccessRequest:
		return "Access-Request"
	case AccessAccept:
		return "Access-Accept"
	case AccessReject:
		return "Access-Reject"
	case AccountingRequest:
		return "Accounting-Request"
	case AccountingResponse:
		return "Accounting-Response"
	case AccessChallenge:
		return "Access-Challenge"
	case StatusServer:
		return "Status-Server"
	default:
		return "Code-" + strconv.Itoa(int(c))
	}
}

// Type is the type of an attribute.
type Type uint8

// The attributes that this server or its test client handles by name; the
// dictionary knows more. Names are those of the RFCs.
const (
	UserName             Type = 1  // RFC 2865 section 5.1
	UserPassword         Type = 2  // RFC 2865 section 5.2
	CHAPPassword         Type = 3  // RFC 2865 section 5.3
	NASIPAddress         Type = 4  // RFC 2865 section 5.4
	NASPort              Type = 5  // RFC 2865 section 5.5
	ServiceType          Type = 6  // RFC 2865 section 5.6
	ReplyMessage         Type = 18 // RFC 2865 section 5.18
	State                Type = 24 // RFC 2865 section 5.24
	Class                Type = 25 // RFC 2865 section 5.25
	VendorSpecific       Type = 26 // RFC 2865 section 5.26
	CalledStationID      Type = 30 // RFC 2865 section 5.30
	CallingStationID     Type = 31 // RFC 2865 section 5.31
	NASIdentifier        Type = 32 // RFC 2865 section 5.32
	ProxyState           Type = 33 // RFC 2865 section 5.33
	CHAPChallenge        Type = 60 // RFC 2865 section 5.40
	NASPortType          Type = 61 // RFC 2865 section 5.41
	ARAPPassword         Type = 70 // RFC 2869 section 5.4
	Prompt               Type = 76 // RFC 2869 section 5.10
	ConnectInfo          Type = 77 // RFC 2869 section 5.11
	EAPMessage           Type = 79 // RFC 2869 section 5.13
	MessageAuthenticator Type = 80 // RFC 2869 section 5.14
	NASPortID            Type = 87 // RFC 2869 section 5.17
	NASIPv6Address       Type = 95 // RFC 3162 section 2.1
)

// Values of Prompt, RFC 2869 section 5.10: whether the device shows what the
// person types.
const (
	PromptNoEcho uint32 = 0
	PromptEcho   uint32 = 1
)

// Microsoft's vendor code and attributes, RFC 2548 and [MS-RNAP].
const (
	VendorMicrosoft  uint32 = 311
	MSCHAPResponse   byte   = 1
	MSCHAPChallenge  byte   = 11
	MSCHAP2Response  byte   = 25
	MSCHAP2CPW       byte   = 27
	MSMachineName    byte   = 50
	MSRDGDeviceRedir byte   = 63
)

// String returns the attribute's name in its RFC, or "Attr-" and its number.
func (t Type) String() string {
	if name := dictionary[t].name; name != "" {
		return name
	}
	return "Attr-" + strconv.Itoa(int(t))
}
