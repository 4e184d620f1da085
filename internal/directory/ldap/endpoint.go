package ldap

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	"example.com/muster/internal/directory/ldap/wire"
)

// endpoint is where a server is and how TLS begins there.
type endpoint struct {
	url      string
	host     string // as in its certificate
	address  string // host and port
	startTLS bool
	tls      *tls.Config
	limits   Limits
}

func newEndpoint(address string, cfg Config) (endpoint, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return endpoint{}, fmt.Errorf("%w: %q", ErrBadURL, address)
	}
	e := endpoint{url: u.Scheme + "://" + u.Host, host: u.Hostname(), limits: cfg.Limits}
	port := u.Port()
	switch {
	case u.Scheme == "ldaps":
		port = orDefault(port, "636")
	case u.Scheme == "ldap" && cfg.StartTLS:
		port, e.startTLS = orDefault(port, "389"), true
	case u.Scheme == "ldap":
		return endpoint{}, fmt.Errorf("%w: %q", ErrUnencrypted, address)
	default:
		return endpoint{}, fmt.Errorf("%w: %q", ErrBadURL, address)
	}
	e.address = net.JoinHostPort(e.host, port)
	e.tls = &tls.Config{
		ServerName: e.host, RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12,
		ClientSessionCache: tls.NewLRUClientSessionCache(cfg.Limits.Binds),
	}
	return e, nil
}

func orDefault(port, standard string) string {
	if port == "" {
		return standard
	}
	return port
}

// connect returns a connection under TLS on which nobody is signed in yet.
func (e endpoint) connect(ctx context.Context) (*conn, error) {
	raw, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	secured, err := e.secure(ctx, raw)
	if err != nil {
		raw.Close()
		return nil, err
	}
	return newConn(secured, e.limits), nil
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: e.limits.Dial}
	return dialer.DialContext(ctx, "tcp", e.address)
}

// secure begins TLS and checks the certificate.
func (e endpoint) secure(ctx context.Context, raw net.Conn) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limits.TLS)
	defer cancel()
	if e.startTLS {
		if err := askForTLS(ctx, raw, e.limits); err != nil {
			return nil, err
		}
	}
	secured := tls.Client(raw, e.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secured, nil
}

// askForTLS does the part of StartTLS that is in the clear. What a server, or
// somebody in between, sends after its answer is refused: it would be taken for
// something said under TLS.
func askForTLS(ctx context.Context, raw net.Conn, limits Limits) error {
	c := newConn(raw, limits)
	answer, err := c.exchange(ctx, limits.TLS, wire.ExtendedResponse, wire.AppendStartTLS(nil, c.nextID()))
	if err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	result, err := answer.Result()
	if err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	if c.reader.Buffered() {
		return fmt.Errorf("StartTLS: the server speaks before TLS has begun: %w", wire.ErrMalformed)
	}
	return refused("StartTLS", result)
}
