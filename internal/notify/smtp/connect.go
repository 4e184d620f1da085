package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"example.com/muster/internal/notify"
)

// connect opens a connection step by step, and tells of each.
func (s *Server) connect(ctx context.Context, tell func(notify.Step)) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	conn, err := s.dial(ctx, tell)
	if err != nil {
		return nil, err
	}
	c := &connection{conn: conn}
	release := c.bound(ctx)
	err = s.greet(c, tell)
	release()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// dial finds the server and opens a TCP connection to it.
func (s *Server) dial(ctx context.Context, tell func(notify.Step)) (net.Conn, error) {
	addresses, err := net.DefaultResolver.LookupHost(ctx, s.o.Host)
	if err != nil {
		return nil, refused(tell, "name", fmt.Sprintf("%s cannot be found: %s", s.o.Host, plain(err)),
			"check smtp.host, and the DNS servers of this machine", err)
	}
	tell(notify.Step{Name: "name", OK: true, Finding: s.o.Host + " is " + strings.Join(addresses, ", ")})
	var dialer net.Dialer
	var conn net.Conn
	for _, a := range addresses {
		if conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(a, strconv.Itoa(s.o.Port))); err == nil {
			break
		}
	}
	if err != nil {
		return nil, refused(tell, "connection", fmt.Sprintf("%s cannot be reached: %s", s.address(), plain(err)),
			"check smtp.port, and the firewalls on the way", err)
	}
	tell(notify.Step{Name: "connection", OK: true, Finding: "to " + conn.RemoteAddr().String()})
	return conn, nil
}

// greet secures the connection and signs in.
func (s *Server) greet(c *connection, tell func(notify.Step)) (err error) {
	conn := c.conn
	config := &tls.Config{ServerName: s.o.Host, RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12}
	if s.o.Security == TLS {
		secured := tls.Client(conn, config)
		if err := secured.Handshake(); err != nil { //nolint:noctx // the deadline below it is that of the context
			return s.untrusted(tell, err)
		}
		s.tellTLS(tell, secured.ConnectionState())
		conn = secured
	}
	if c.client, err = gosmtp.NewClient(conn, s.o.Host); err != nil {
		return refused(tell, "greeting", "the server does not greet: "+words(err),
			"is smtp.tls right for this port? 587 is usually starttls, 465 tls", err)
	}
	if err := c.client.Hello(s.o.Hello); err != nil {
		return refused(tell, "greeting", "the server does not accept our greeting: "+words(err), "", err)
	}
	tell(notify.Step{Name: "greeting", OK: true, Finding: oneLine(c.client.HelloResponse())})
	if s.o.Security == StartTLS {
		if err := s.startTLS(c, config, tell); err != nil {
			return err
		}
	}
	return s.signIn(c, tell)
}

func (s *Server) startTLS(c *connection, config *tls.Config, tell func(notify.Step)) error {
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		return refused(tell, "TLS", "the server offers no STARTTLS, so nothing is sent",
			"use a port that does, or smtp.tls: tls", errors.New("smtp: no STARTTLS"))
	}
	if err := c.client.StartTLS(config); err != nil {
		return s.untrusted(tell, err)
	}
	state, ok := c.client.TLSConnectionState()
	if !ok || !state.HandshakeComplete {
		return refused(tell, "TLS", "the connection is not secure", "", errors.New("smtp: TLS is not complete"))
	}
	s.tellTLS(tell, state)
	return nil
}

func (s *Server) tellTLS(tell func(notify.Step), state tls.ConnectionState) {
	tell(notify.Step{
		Name: "TLS", OK: true,
		Finding: tls.VersionName(state.Version) + ", " + certificate(state.PeerCertificates[0]),
	})
}

// untrusted says what is wrong with a handshake, and what the certificate is.
func (s *Server) untrusted(tell func(notify.Step), err error) error {
	finding, hint := "the connection cannot be secured: "+words(err), "is smtp.tls right for this port? 587 is usually starttls, 465 tls"
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		finding = fmt.Sprintf("the certificate is not trusted for %s: %s", s.o.Host, plain(bad.Err))
		hint = "set smtp.host to a name in it"
		if len(bad.UnverifiedCertificates) > 0 {
			finding += "; it is " + certificate(bad.UnverifiedCertificates[0])
		}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			hint = "name your own authority's certificate as smtp.ca_file"
		}
	}
	return refused(tell, "TLS", finding, hint, err)
}

// certificate describes a certificate for a person.
func certificate(c *x509.Certificate) string {
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, oneLine(name))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return fmt.Sprintf("certificate for %s, from %s to %s, by %s", strings.Join(names, ", "),
		c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly), oneLine(c.Issuer.String()))
}

// signIn authenticates, by the strongest way that both know. What proves the
// password without sending it comes first.
func (s *Server) signIn(c *connection, tell func(notify.Step)) error {
	if s.o.Username == "" {
		return nil
	}
	_, offered := c.client.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	name, password := s.o.Username, s.o.Password.Reveal()
	var auth gosmtp.Auth
	way := ""
	for _, known := range []struct {
		name string
		make func() gosmtp.Auth
	}{
		{"SCRAM-SHA-256", func() gosmtp.Auth { return gosmtp.ScramSHA256Auth(name, password) }},
		{"PLAIN", func() gosmtp.Auth { return gosmtp.PlainAuth("", name, password, s.o.Host, s.o.Security == None) }},
		{"LOGIN", func() gosmtp.Auth { return gosmtp.LoginAuth(name, password, s.o.Host, s.o.Security == None) }},
	} {
		if slices.Contains(ways, known.name) {
			way, auth = known.name, known.make()
			break
		}
	}
	if auth == nil {
		return refused(tell, "AUTH", "the server offers no way to sign in that we know; it offers "+oneLine(offered),
			"remove smtp.username if it needs none", errors.New("smtp: no common AUTH"))
	}
	if err := c.client.Auth(auth); err != nil {
		told := refused(tell, "AUTH", "the server does not accept the user name and the password: "+words(err),
			"check smtp.username and smtp.password_file", err)
		if isFinal(err) {
			return notAccepted{told}
		}
		return told
	}
	tell(notify.Step{Name: "AUTH", OK: true, Finding: "as " + name + ", by " + way})
	return nil
}
