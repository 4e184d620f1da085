package ldap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

// tlv is one BER element.
func tlv(tag byte, contents ...[]byte) []byte {
	var content []byte
	for _, c := range contents {
		content = append(content, c...)
	}
	n := len(content)
	return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}

func text(s string) []byte { return tlv(4, []byte(s)) }

func message(id int32, op wire.Op, body []byte, controls ...[]byte) []byte {
	parts := [][]byte{tlv(2, []byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}), tlv(byte(op), body)}
	if len(controls) > 0 {
		parts = append(parts, tlv(0xa0, controls...))
	}
	return tlv(0x30, parts...)
}

func result(code wire.Code, said string) []byte {
	return append(append(tlv(10, []byte{byte(code >> 8), byte(code)}), text("")...), text(said)...)
}

func entry(dn string) []byte { return append(text(dn), tlv(0x30)...) }

// page is the control that ends a page; an empty cookie ends the last one.
func page(cookie string) []byte {
	return tlv(0x30, text(wire.OIDPaging), text(string(tlv(0x30, tlv(2, []byte{0}), text(cookie)))))
}

// scripted is a server that does what its script says on each connection.
type scripted struct {
	url          string
	certificates []*x509.Certificate // to trust
	accepted     atomic.Int32
	binds        atomic.Int32
}

// peer is one connection to it.
type peer struct {
	net.Conn
	server *scripted
	reader *wire.Reader
}

// next reads a request; ok is false when the client has gone.
func (p *peer) next() (wire.Message, bool) {
	m, err := p.reader.Next()
	if err == nil && m.Op == wire.BindRequest {
		p.server.binds.Add(1)
	}
	return m, err == nil && m.Op != wire.UnbindRequest
}

// hang waits until the client has gone.
func (p *peer) hang() { _, _ = io.Copy(io.Discard, p.Conn) }

// answerAll answers binds with success, and everything else as other says.
func (p *peer) answerAll(other func(m wire.Message)) {
	for {
		m, ok := p.next()
		switch {
		case !ok:
			return
		case m.Op == wire.BindRequest:
			_, _ = p.Write(message(m.ID, wire.BindResponse, result(wire.Success, "")))
		default:
			other(m)
		}
	}
}

type certificate struct {
	name string
	from time.Time
	to   time.Time
}

func soundCertificate() certificate {
	return certificate{"localhost", time.Now().Add(-time.Hour), time.Now().Add(time.Hour)}
}

// serve starts a scripted server under TLS.
func serve(t *testing.T, c certificate, script func(*peer)) *scripted {
	t.Helper()
	pair, parsed := makeCertificate(t, c)
	s := &scripted{certificates: []*x509.Certificate{parsed}}
	cfg := &tls.Config{Certificates: []tls.Certificate{pair}}
	listen(t, s, func(raw net.Conn) net.Conn { return tls.Server(raw, cfg) }, script)
	return s
}

// servePlain starts one that does not speak TLS.
func servePlain(t *testing.T, script func(*peer)) *scripted {
	s := &scripted{}
	listen(t, s, func(raw net.Conn) net.Conn { return raw }, script)
	return s
}

func listen(t *testing.T, s *scripted, wrap func(net.Conn) net.Conn, script func(*peer)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.url = "ldaps://localhost:" + port
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			s.accepted.Add(1)
			conn := wrap(raw)
			go func() {
				defer raw.Close()
				script(&peer{conn, s, wire.NewReader(conn, 1<<20)})
			}()
		}
	}()
}

func makeCertificate(t *testing.T, c certificate) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{c.name},
		NotBefore: c.from, NotAfter: c.to, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, parsed
}

// quick are limits for tests of what takes too long.
var quick = ldap.Limits{
	Dial: 300 * time.Millisecond, TLS: 300 * time.Millisecond, Operation: 300 * time.Millisecond,
	Probe: 20 * time.Millisecond, Check: time.Hour,
}

// connect opens a directory of the servers, in their order.
func connect(t *testing.T, limits ldap.Limits, notice func(ldap.Notice), servers ...*scripted) *ldap.Directory {
	t.Helper()
	cfg := ldap.Config{
		BindDN: "cn=service", BindPassword: secret.New("service"), Limits: limits, Now: time.Now,
		Notice: notice, Roots: x509.NewCertPool(),
	}
	for _, s := range servers {
		cfg.Servers = append(cfg.Servers, s.url)
		for _, c := range s.certificates {
			cfg.Roots.AddCert(c)
		}
	}
	d, err := ldap.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}
