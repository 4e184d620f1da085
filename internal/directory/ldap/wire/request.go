package wire

// Scope is how deep a search goes (RFC 4511 section 4.5.1.2).
type Scope int32

// The scopes.
const (
	BaseObject  Scope = 0 // the base alone
	SingleLevel Scope = 1 // its children
	Subtree     Scope = 2 // itself and everything below
)

// Search is what a search asks for.
type Search struct {
	Base       string
	Scope      Scope
	Filter     Filter   // zero: every entry
	Attributes []string // empty: all user attributes; NoAttributes alone: none
	SizeLimit  int32    // entries; 0: as many as the server gives
	TimeLimit  int32    // seconds that the server may take, set by whoever waits; 0: as long as it likes
	Controls   []Control
}

// NoAttributes asks for the names of entries alone (RFC 4511 section 4.5.1.8).
const NoAttributes = "1.1"

// AppendBind appends a simple bind (RFC 4511 section 4.2). An empty password
// would be an unauthenticated bind that succeeds for anybody: callers refuse it.
func AppendBind(dst []byte, id int32, name, password string, controls ...Control) []byte {
	body := number(nil, tagInteger, 3)
	body = field(body, tagOctetString, name)
	body = field(body, 0x80, password) // [0] simple
	return appendMessage(dst, id, BindRequest, body, controls)
}

// AppendSearch appends a search that follows no aliases.
func AppendSearch(dst []byte, id int32, s Search) []byte {
	body := field(nil, tagOctetString, s.Base)
	body = number(body, tagEnumerated, int32(s.Scope))
	body = number(body, tagEnumerated, 0) // neverDerefAliases: an alias is not a person
	body = number(body, tagInteger, s.SizeLimit)
	body = number(body, tagInteger, s.TimeLimit)
	body = boolean(body, tagBoolean, false) // typesOnly
	body = append(body, s.Filter.orEverything()...)
	var names []byte
	for _, name := range s.Attributes {
		names = field(names, tagOctetString, name)
	}
	body = field(body, tagSequence, names)
	return appendMessage(dst, id, SearchRequest, body, s.Controls)
}

// AppendStartTLS appends the request to go on under TLS (RFC 4511 section 4.14).
func AppendStartTLS(dst []byte, id int32) []byte {
	return appendMessage(dst, id, ExtendedRequest, field(nil, 0x80, oidStartTLS), nil)
}

// AppendUnbind appends the good-bye, which has no answer (RFC 4511 section 4.3).
func AppendUnbind(dst []byte, id int32) []byte {
	return appendMessage(dst, id, UnbindRequest, nil, nil)
}

func appendMessage(dst []byte, id int32, op Op, body []byte, controls []Control) []byte {
	message := number(nil, tagInteger, id)
	message = field(message, byte(op), body)
	if len(controls) > 0 {
		var list []byte
		for _, c := range controls {
			list = c.append(list)
		}
		message = field(message, tagControls, list)
	}
	return field(dst, tagSequence, message)
}
