package passkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"example.com/muster/internal/factor/passkey"
)

// maker is an authority that vouches for authenticators.
type maker struct {
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

var policyTime = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func certify(t *testing.T, name string, isCA bool, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: isCA, BasicConstraintsValid: true,
		NotBefore: policyTime.AddDate(-1, 0, 0), NotAfter: policyTime.AddDate(1, 0, 0),
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func newMaker(t *testing.T) maker {
	root, key := certify(t, "root", true, nil, nil)
	return maker{key, root}
}

// TestOnlySomeMakers: what leads to one of the roots, is of a wanted model and
// has not run out.
func TestOnlySomeMakers(t *testing.T) {
	ours, theirs := newMaker(t), newMaker(t)
	between, betweenKey := certify(t, "between", true, ours.root, ours.key)
	direct, _ := certify(t, "device", false, ours.root, ours.key)
	byWay, _ := certify(t, "device", false, between, betweenKey)
	strange, _ := certify(t, "device", false, theirs.root, theirs.key)
	model, other := passkey.Model{1}, passkey.Model{2}
	roots := x509.NewCertPool()
	roots.AddCert(ours.root)
	for name, tc := range map[string]struct {
		chain  [][]byte
		models []passkey.Model
		at     time.Time
		want   bool
	}{
		"nobody vouches":          {nil, nil, policyTime, false},
		"directly":                {[][]byte{direct.Raw}, nil, policyTime, true},
		"by way of another":       {[][]byte{byWay.Raw, between.Raw}, nil, policyTime, true},
		"a link is missing":       {[][]byte{byWay.Raw}, nil, policyTime, false},
		"another maker":           {[][]byte{strange.Raw}, nil, policyTime, false},
		"it brings its own root":  {[][]byte{strange.Raw, theirs.root.Raw}, nil, policyTime, false},
		"no certificate":          {[][]byte{[]byte("no certificate")}, nil, policyTime, false},
		"run out":                 {[][]byte{direct.Raw}, nil, policyTime.AddDate(2, 0, 0), false},
		"a wanted model":          {[][]byte{direct.Raw}, []passkey.Model{other, model}, policyTime, true},
		"another model":           {[][]byte{direct.Raw}, []passkey.Model{other}, policyTime, false},
		"a wanted model, claimed": {nil, []passkey.Model{model}, policyTime, false},
	} {
		p := passkey.Policy{Roots: roots, Models: tc.models, Now: func() time.Time { return tc.at }}
		if err := p.Judge(passkey.Attested{Model: model, Chain: tc.chain}); (err == nil) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModelsAreReadAsTheyAreWritten(t *testing.T) {
	const written = "ee882879-721c-4913-9775-3dfcce97072a"
	if m, ok := passkey.ParseModel(written); !ok || m.String() != written {
		t.Errorf("%v, %v", m, ok)
	}
	for _, wrong := range []string{"", "yubikey", written[:35], written + "0", "ee882879721c491397753dfcce97072a", "ee88287-9721c-4913-9775-3dfcce97072a"} {
		if _, ok := passkey.ParseModel(wrong); ok {
			t.Errorf("%q is read", wrong)
		}
	}
}
