package passkey

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy says which authenticators may be registered, by their attestation
// (section 7.1, steps 22 and following).
type Policy struct {
	Roots  *x509.CertPool // to one of these the attestation's certificates must lead
	Models []Model        // of these alone; empty: of any
	Now    func() time.Time
}

// Judge is for Party.Judge.
func (p Policy) Judge(a Attested) error {
	if len(a.Chain) == 0 {
		return errNotAttested
	}
	leaf, err := x509.ParseCertificate(a.Chain[0])
	if err != nil {
		return fmt.Errorf("its attestation has no certificate: %w", err)
	}
	between := x509.NewCertPool()
	for _, der := range a.Chain[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: p.Roots, Intermediates: between, CurrentTime: p.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return fmt.Errorf("its attestation leads to none of our roots: %w", err)
	}
	if len(p.Models) > 0 && !slices.Contains(p.Models, a.Model) {
		return fmt.Errorf("it is of the model %s", a.Model)
	}
	return nil
}

var errNotAttested = errors.New("nothing but itself says what it is")

// ParseModel reads a model as String writes it.
func ParseModel(s string) (m Model, ok bool) {
	octets, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(octets) != modelSize {
		return Model{}, false
	}
	copy(m[:], octets)
	return m, strings.EqualFold(m.String(), s)
}
