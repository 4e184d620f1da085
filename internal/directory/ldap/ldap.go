// Package ldap owns the connections to a company's directory: several servers
// in an order, their health, the pools, time-outs and circuit breakers; binding
// as a person, searching as the service account, and the connection test.
//
// It must not know what is read for (see ldapsync) nor what an answer means for
// a sign-in. Passwords travel under TLS only. A person's connection is used for
// binds and nothing else; each bind starts from nothing (RFC 4511 section
// 4.2.1). What is not clearly "right" never is: an error says that nobody could
// be asked.
//
// Standards: RFC 4511, RFC 4513 (LDAPS, StartTLS, simple bind), and the reasons
// of Active Directory (MS-ADTS, Windows error codes) and of
// draft-behera-ldap-password-policy.
package ldap

import (
	"crypto/x509"
	"errors"
	"time"

	"example.com/muster/internal/secret"
)

// Config says how one directory is reached.
type Config struct {
	// Servers are URLs, ldaps://host[:636] or ldap://host[:389], the preferred
	// one first. All hold the same people.
	Servers []string
	// StartTLS is needed for ldap:// and changes nothing for ldaps://: nothing
	// is ever sent in the clear.
	StartTLS bool
	// Roots are the authorities that server certificates must come from; nil:
	// those of the system.
	Roots *x509.CertPool
	// BindDN and BindPassword are the service account, which searches.
	BindDN       string
	BindPassword secret.Text

	Limits Limits
	Now    func() time.Time
	// Notice is told of servers that go and come back and of the service
	// account refused and accepted again, each change once; nil: nobody is
	// told. It must not block.
	Notice func(Notice)
}

// Limits bounds what a directory may cost. A zero field has the default.
type Limits struct {
	Dial      time.Duration // for a TCP connection: 3 s
	TLS       time.Duration // for the handshake, StartTLS included: 3 s
	Operation time.Duration // for a bind, or the next piece of a search: 5 s
	Reading   time.Duration // for the next piece of a search in a session: 1 min
	Idle      time.Duration // after which an unused connection is closed: 60 s
	Binds     int           // connections for persons' binds to one server: 16
	Searches  int           // connections for searches in one server: 8
	Sessions  int           // sessions open at a time: 4
	Message   int           // octets of one message of a search: 32 MiB
	Failures  int           // in a row that take a server out of use: 3
	Probe     time.Duration // first wait before one is tried again, doubling to ten times that: 1 s
	Check     time.Duration // between looks at a server that nobody uses: 30 s
	Backoff   time.Duration // first pause after the service account was refused, doubling to twelve times that: 5 min
}

func (l Limits) withDefaults() Limits {
	duration := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	count := func(n *int, standard int) {
		if *n <= 0 {
			*n = standard
		}
	}
	duration(&l.Dial, 3*time.Second)
	duration(&l.TLS, 3*time.Second)
	duration(&l.Operation, 5*time.Second)
	duration(&l.Reading, time.Minute)
	duration(&l.Idle, time.Minute)
	duration(&l.Probe, time.Second)
	duration(&l.Check, 30*time.Second)
	duration(&l.Backoff, 5*time.Minute)
	count(&l.Binds, 16)
	count(&l.Searches, 8)
	count(&l.Sessions, 4)
	count(&l.Message, 32<<20)
	count(&l.Failures, 3)
	return l
}

// NoticeKind says what has changed.
type NoticeKind string

// The kinds of notices.
const (
	ServerLost      NoticeKind = "server lost"
	ServerBack      NoticeKind = "server back"
	AccountRefused  NoticeKind = "service account refused"
	AccountAccepted NoticeKind = "service account accepted"
)

// Notice tells of a change in the state of a directory.
type Notice struct {
	Kind   NoticeKind
	Server string // its URL
	Err    error  // what went wrong; nil: nothing
}

// Errors of New.
var (
	ErrNoServer    = errors.New("ldap: no server is given")
	ErrNoAccount   = errors.New("ldap: the service account needs a name and a password")
	ErrUnencrypted = errors.New("ldap: a server at ldap:// needs StartTLS: passwords are not sent in the clear")
	ErrBadURL      = errors.New("ldap: not a server's URL; expected ldaps://host or ldap://host, with a port where it is another")
)

// Errors of asking.
var (
	// ErrUnavailable: no server of the directory could be asked.
	ErrUnavailable = errors.New("the directory does not answer")
	// ErrAccount: the directory refuses the service account, or did recently
	// and is left alone for a while, so that the account is not locked.
	ErrAccount = errors.New("the directory refuses the service account")
	// ErrClosed: the directory has been closed.
	ErrClosed = errors.New("ldap: closed")
)
