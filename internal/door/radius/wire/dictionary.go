package wire

// kind is how an attribute's value is written by people.
type kind uint8

const (
	octets  kind = iota // 0x and hexadecimal digits, or plain text
	text                // UTF-8 text
	number              // 32 bits, decimal, or one of the attribute's names
	address             // IPv4, or IPv6 where the RFC says so
	instant             // seconds since 1970, decimal
	hidden              // User-Password: never written
)

type entry struct {
	name  string
	kind  kind
	names map[string]uint32 // named values of a number
}

// dictionary holds the attributes of RFC 2865 section 5, RFC 2866 section 5,
// RFC 2868 section 3 (untagged), RFC 2869 section 5, RFC 3162 section 2 and
// RFC 4372.
var dictionary = [256]entry{
	UserName:             {"User-Name", text, nil},
	UserPassword:         {"User-Password", hidden, nil},
	CHAPPassword:         {"CHAP-Password", octets, nil},
	NASIPAddress:         {"NAS-IP-Address", address, nil},
	NASPort:              {"NAS-Port", number, nil},
	ServiceType:          {"Service-Type", number, serviceTypes},
	7:                    {"Framed-Protocol", number, framedProtocols},
	8:                    {"Framed-IP-Address", address, nil},
	9:                    {"Framed-IP-Netmask", address, nil},
	10:                   {"Framed-Routing", number, nil},
	11:                   {"Filter-Id", text, nil},
	12:                   {"Framed-MTU", number, nil},
	13:                   {"Framed-Compression", number, nil},
	14:                   {"Login-IP-Host", address, nil},
	15:                   {"Login-Service", number, nil},
	16:                   {"Login-TCP-Port", number, nil},
	ReplyMessage:         {"Reply-Message", text, nil},
	19:                   {"Callback-Number", text, nil},
	20:                   {"Callback-Id", text, nil},
	22:                   {"Framed-Route", text, nil},
	23:                   {"Framed-IPX-Network", number, nil},
	State:                {"State", octets, nil},
	Class:                {"Class", octets, nil},
	VendorSpecific:       {"Vendor-Specific", octets, nil},
	27:                   {"Session-Timeout", number, nil},
	28:                   {"Idle-Timeout", number, nil},
	29:                   {"Termination-Action", number, nil},
	CalledStationID:      {"Called-Station-Id", text, nil},
	CallingStationID:     {"Calling-Station-Id", text, nil},
	NASIdentifier:        {"NAS-Identifier", text, nil},
	ProxyState:           {"Proxy-State", octets, nil},
	34:                   {"Login-LAT-Service", text, nil},
	35:                   {"Login-LAT-Node", text, nil},
	36:                   {"Login-LAT-Group", octets, nil},
	37:                   {"Framed-AppleTalk-Link", number, nil},
	38:                   {"Framed-AppleTalk-Network", number, nil},
	39:                   {"Framed-AppleTalk-Zone", text, nil},
	40:                   {"Acct-Status-Type", number, nil},
	41:                   {"Acct-Delay-Time", number, nil},
	42:                   {"Acct-Input-Octets", number, nil},
	43:                   {"Acct-Output-Octets", number, nil},
	44:                   {"Acct-Session-Id", text, nil},
	45:                   {"Acct-Authentic", number, nil},
	46:                   {"Acct-Session-Time", number, nil},
	49:                   {"Acct-Terminate-Cause", number, nil},
	50:                   {"Acct-Multi-Session-Id", text, nil},
	55:                   {"Event-Timestamp", instant, nil},
	CHAPChallenge:        {"CHAP-Challenge", octets, nil},
	NASPortType:          {"NAS-Port-Type", number, portTypes},
	62:                   {"Port-Limit", number, nil},
	63:                   {"Login-LAT-Port", text, nil},
	64:                   {"Tunnel-Type", number, nil},
	65:                   {"Tunnel-Medium-Type", number, nil},
	66:                   {"Tunnel-Client-Endpoint", text, nil},
	67:                   {"Tunnel-Server-Endpoint", text, nil},
	68:                   {"Acct-Tunnel-Connection", text, nil},
	ARAPPassword:         {"ARAP-Password", octets, nil},
	71:                   {"ARAP-Features", octets, nil},
	72:                   {"ARAP-Zone-Access", number, nil},
	73:                   {"ARAP-Security", number, nil},
	74:                   {"ARAP-Security-Data", octets, nil},
	75:                   {"Password-Retry", number, nil},
	Prompt:               {"Prompt", number, prompts},
	ConnectInfo:          {"Connect-Info", text, nil},
	78:                   {"Configuration-Token", octets, nil},
	EAPMessage:           {"EAP-Message", octets, nil},
	MessageAuthenticator: {"Message-Authenticator", octets, nil},
	81:                   {"Tunnel-Private-Group-ID", text, nil},
	84:                   {"ARAP-Challenge-Response", octets, nil},
	85:                   {"Acct-Interim-Interval", number, nil},
	NASPortID:            {"NAS-Port-Id", text, nil},
	88:                   {"Framed-Pool", text, nil},
	89:                   {"Chargeable-User-Identity", octets, nil},
	NASIPv6Address:       {"NAS-IPv6-Address", address, nil},
	96:                   {"Framed-Interface-Id", octets, nil},
	97:                   {"Framed-IPv6-Prefix", octets, nil},
	98:                   {"Login-IPv6-Host", address, nil},
	99:                   {"Framed-IPv6-Route", text, nil},
	100:                  {"Framed-IPv6-Pool", text, nil},
}

// RFC 2865 section 5.6.
var serviceTypes = map[string]uint32{
	"Login": 1, "Framed": 2, "Callback Login": 3, "Callback Framed": 4,
	"Outbound": 5, "Administrative": 6, "NAS Prompt": 7, "Authenticate Only": 8,
	"Callback NAS Prompt": 9, "Call Check": 10, "Callback Administrative": 11,
}

// RFC 2865 section 5.7.
var framedProtocols = map[string]uint32{
	"PPP": 1, "SLIP": 2, "ARAP": 3, "Gandalf": 4, "Xylogics": 5, "X.75": 6,
}

// RFC 2865 section 5.41.
var portTypes = map[string]uint32{
	"Async": 0, "Sync": 1, "ISDN Sync": 2, "ISDN Async V.120": 3,
	"ISDN Async V.110": 4, "Virtual": 5, "PIAFS": 6, "HDLC": 7, "X.25": 8,
	"X.75": 9, "G.3 Fax": 10, "SDSL": 11, "ADSL-CAP": 12, "ADSL-DMT": 13,
	"IDSL": 14, "Ethernet": 15, "xDSL": 16, "Cable": 17, "Wireless - Other": 18,
	"Wireless - IEEE 802.11": 19,
}

// RFC 2869 section 5.10.
var prompts = map[string]uint32{"No Echo": PromptNoEcho, "Echo": PromptEcho}
