package main

import (
	"crypto/x509"
	"os"

	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/problem"
)

// passkeyParty is who people make passkeys for, and which may be set up.
func (n *node) passkeyParty() (passkey.Party, error) {
	party := passkey.PartyAt(n.config.PublicURL, n.config.Brand.Name)
	file := n.config.Passkeys.AttestationRoots
	if file == "" {
		return party, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return party, problem.Wrap(problem.Invalid, err, "passkeys.attestation_roots: %s cannot be read", file)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return party, problem.New(problem.Invalid, "passkeys.attestation_roots: there is no certificate in %s", file).
			WithHint("give the makers' root certificates, as PEM")
	}
	policy := passkey.Policy{Roots: roots, Models: n.config.Passkeys.Models, Now: n.now}
	party.Judge = policy.Judge
	return party, nil
}
