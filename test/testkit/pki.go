package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// PKI is a certificate authority of the test's own and one server certificate.
type PKI struct {
	Roots    *x509.CertPool
	CAFile   string // PEM
	CertFile string // PEM, the server's
	KeyFile  string // PEM, PKCS #8, mode 0600
	SPKI     string // base64 of the SHA-256 of the server's public key, as browsers pin it
}

// NewPKI writes a fresh authority and a certificate for the names, which may be
// host names or IP addresses, into dir.
func NewPKI(t testing.TB, dir string, names ...string) *PKI {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Example test authority"}, SerialNumber: big.NewInt(1),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10 * 365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	server := &x509.Certificate{
		Subject: pkix.Name{CommonName: names[0]}, SerialNumber: big.NewInt(2),
		NotBefore: authority.NotBefore, NotAfter: time.Now().Add(365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else {
			server.DNSNames = append(server.DNSNames, name)
		}
	}
	authorityKey, serverKey := newKey(t), newKey(t)
	authorityDER := sign(t, authority, authority, authorityKey, authorityKey)
	serverDER := sign(t, server, authority, serverKey, authorityKey)
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(serverDER)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(parsed.RawSubjectPublicKeyInfo)
	pki := &PKI{Roots: x509.NewCertPool(), SPKI: base64.StdEncoding.EncodeToString(digest[:])}
	pki.Roots.AppendCertsFromPEM(pemBlock("CERTIFICATE", authorityDER))
	pki.CAFile = WriteFile(t, filepath.Join(dir, "ca.pem"), string(pemBlock("CERTIFICATE", authorityDER)), 0o644)
	pki.CertFile = WriteFile(t, filepath.Join(dir, "server.pem"), string(pemBlock("CERTIFICATE", serverDER)), 0o644)
	pki.KeyFile = WriteFile(t, filepath.Join(dir, "server.key"), string(pemBlock("PRIVATE KEY", keyDER)), 0o600)
	return pki
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, cert, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, issuer, key.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// ServerConfig is a TLS configuration with the server's certificate.
func (p *PKI) ServerConfig(t testing.TB) *tls.Config {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(p.CertFile, p.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}
