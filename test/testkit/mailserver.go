package testkit

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/mail"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailServer is an SMTP server that keeps what it gets. The exported functions
// may be set before the first connection; each may be nil.
type MailServer struct {
	Host string
	Port int

	Username, Password string // empty: no AUTH

	// OnMail, OnRecipient and OnContent answer a command; an error refuses it.
	OnMail      func() error
	OnRecipient func(to string) error
	OnContent   func(m ReceivedMail) error
	// Dies reports whether the connection ends after a mail was taken and
	// before that is confirmed.
	Dies func(m ReceivedMail) bool

	mu          sync.Mutex
	mails       []ReceivedMail
	connections int
	server      *smtp.Server
}

// ReceivedMail is what a mail server was handed.
type ReceivedMail struct {
	From, To string
	Raw      []byte
	At       time.Time
}

// Header returns a header field, decoded as it stands.
func (m ReceivedMail) Header(name string) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	return parsed.Header.Get(name)
}

// StartMailServer serves on a loopback address until the test ends. With a
// certificate it offers STARTTLS, or speaks TLS at once; without one it does
// neither.
func StartMailServer(t testing.TB, pki *PKI, implicit bool) *MailServer {
	t.Helper()
	m := &MailServer{Host: "127.0.0.1"}
	m.server = smtp.NewServer(smtp.BackendFunc(m.session))
	m.server.Domain = "mail.example.com"
	m.server.ErrorLog = quietLog{}
	m.server.AllowInsecureAuth = pki == nil
	m.server.ReadTimeout, m.server.WriteTimeout = time.Minute, time.Minute
	if pki != nil {
		pair, err := tls.LoadX509KeyPair(pki.CertFile, pki.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		m.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Port = listener.Addr().(*net.TCPAddr).Port
	listener = countingListener{listener, m}
	if implicit {
		listener = tls.NewListener(listener, m.server.TLSConfig)
	}
	go func() { _ = m.server.Serve(listener) }() // ends with the test
	t.Cleanup(func() { _ = m.server.Close() })
	return m
}

// Mails returns what was taken, in order.
func (m *MailServer) Mails() []ReceivedMail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Connections returns how many connections there were.
func (m *MailServer) Connections() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connections
}

func (m *MailServer) session(c *smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: m, conn: c}, nil
}

type mailSession struct {
	server   *MailServer
	conn     *smtp.Conn
	known    bool
	from, to string
}

func (s *mailSession) Reset()        { s.from, s.to = "", "" }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) AuthMechanisms() []string {
	if s.server.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.server.Username || password != s.server.Password {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.Username != "" && !s.known {
		return smtp.ErrAuthRequired
	}
	s.from = from
	if s.server.OnMail != nil {
		return s.server.OnMail()
	}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.server.OnRecipient != nil {
		return s.server.OnRecipient(to)
	}
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := ReceivedMail{From: s.from, To: s.to, Raw: raw, At: time.Now()}
	if s.server.OnContent != nil {
		if err := s.server.OnContent(m); err != nil {
			return err
		}
	}
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, m)
	s.server.mu.Unlock()
	if s.server.Dies != nil && s.server.Dies(m) {
		_ = s.conn.Conn().Close() // the other side finds out
		return errors.New("dead")
	}
	return nil
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// countingListener counts the connections of a mail server.
type countingListener struct {
	net.Listener

	server *MailServer
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.server.mu.Lock()
		l.server.connections++
		l.server.mu.Unlock()
	}
	return conn, err
}
