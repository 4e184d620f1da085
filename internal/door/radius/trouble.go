package radius

// Trouble is why a packet got no answer, or a Reject without a decision.
// Values are stable: the console has words of its own for each.
type Trouble string

// The troubles.
const (
	NoTrouble              Trouble = ""
	Malformed              Trouble = "malformed"
	UnexpectedCode         Trouble = "unexpected-code"
	SentAccounting         Trouble = "accounting"
	WrongSecret            Trouble = "wrong-secret"
	UnreadablePassword     Trouble = "unreadable-password"
	NoMessageAuthenticator Trouble = "no-message-authenticator"
	SentCHAP               Trouble = "chap"
	SentMSCHAP             Trouble = "ms-chap"
	SentMSCHAPv2           Trouble = "ms-chap-v2"
	SentEAP                Trouble = "eap"
	SentARAP               Trouble = "arap"
	NoUserName             Trouble = "no-user-name"
	Overloaded             Trouble = "overloaded"
	Undecided              Trouble = "undecided"
	Crashed                Trouble = "crashed"
	SendFailed             Trouble = "send-failed"
)

// Troubles lists every trouble but NoTrouble.
func Troubles() []Trouble {
	return []Trouble{
		Malformed, UnexpectedCode, SentAccounting, WrongSecret, UnreadablePassword, NoMessageAuthenticator,
		SentCHAP, SentMSCHAP, SentMSCHAPv2, SentEAP, SentARAP, NoUserName, Overloaded, Undecided, Crashed, SendFailed,
	}
}

// Cause says for the log and the command line what is likely behind it and
// what to do.
func (t Trouble) Cause() string {
	switch t {
	case NoTrouble:
		return ""
	case Malformed:
		return "the packet is not well formed; what sent it may not speak RADIUS"
	case UnexpectedCode:
		return "the packet is of a kind that this server does not answer"
	case SentAccounting:
		return "the device sends accounting to this port; point its accounting elsewhere or switch it off"
	case WrongSecret:
		return "the shared secret differs between the device and this client"
	case UnreadablePassword:
		return "the password cannot be read: the shared secret differs, or the device does not send UTF-8"
	case NoMessageAuthenticator:
		return "no Message-Authenticator: update the device or switch it on there, or set --message-authenticator accept"
	case SentCHAP:
		return "the client sent CHAP; set it to PAP"
	case SentMSCHAP:
		return "the client sent MS-CHAP; set it to PAP"
	case SentMSCHAPv2:
		return "the client sent MS-CHAPv2; set it to PAP"
	case SentEAP:
		return "the client sent EAP; set it to PAP"
	case SentARAP:
		return "the client sent ARAP; set it to PAP"
	case NoUserName:
		return "the request names no user"
	case Overloaded:
		return "too many requests were waiting; the device will have sent it again"
	case Undecided:
		return "no decision could be made; the log says why"
	case Crashed:
		return "a fault in this server; the log has the details"
	case SendFailed:
		return "the reply could not be sent; the log says why"
	default:
		return string(t)
	}
}
