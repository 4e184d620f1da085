package operator

import (
	"net/netip"

	"example.com/muster/internal/policy"
)

// Warning is something about a protected client that works and is less safe
// than it could be. Values are stable: the console has words of its own for
// each.
type Warning string

// The warnings.
const (
	WarnFirstFactorNone        Warning = "first-factor-none"
	WarnNoMessageAuthenticator Warning = "message-authenticator-accept"
	WarnUnenrolledPass         Warning = "unenrolled-pass"
	WarnShortSecret            Warning = "short-secret"
	WarnEveryAddress           Warning = "every-address"
)

// AllWarnings lists them.
func AllWarnings() []Warning {
	return []Warning{WarnFirstFactorNone, WarnNoMessageAuthenticator, WarnUnenrolledPass, WarnShortSecret, WarnEveryAddress}
}

// Text says in English what the matter is and what to do about it.
func (w Warning) Text() string {
	switch w {
	case WarnFirstFactorNone:
		return "Muster does not check the password for this client: if the client does not either, the code is all there is"
	case WarnNoMessageAuthenticator:
		return "requests without Message-Authenticator are accepted: on a network that others can write to, replies can be forged " +
			"(CVE-2024-3596); update the client and require it"
	case WarnUnenrolledPass:
		return "whoever has no factor gets in with the password alone"
	case WarnShortSecret:
		return "the shared secret is shorter than 16 characters and can be guessed from one captured packet"
	case WarnEveryAddress:
		return "requests from every address are taken for this client's"
	default:
		return string(w)
	}
}

// RecommendedSecret is the length below which a shared secret is warned
// about, in octets (RFC 2865 section 3).
const RecommendedSecret = 16

// Warnings lists what is to be said about a client. Its secret is not known
// here: WarnShortSecret is added where it is typed.
func Warnings(c policy.Client) []Warning {
	var list []Warning
	if c.FirstFactor == policy.FirstNone {
		list = append(list, WarnFirstFactorNone)
	}
	if c.MessageAuthenticator == policy.AcceptWithout {
		list = append(list, WarnNoMessageAuthenticator)
	}
	if c.Mode() == policy.UnenrolledPass {
		list = append(list, WarnUnenrolledPass)
	}
	if c.Address.Bits() == 0 && c.Address != (netip.Prefix{}) {
		list = append(list, WarnEveryAddress)
	}
	return list
}
