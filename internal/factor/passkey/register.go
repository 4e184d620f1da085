package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
)

// Registrant is whom a passkey is made for.
type Registrant struct {
	Handle      UserHandle
	Username    string
	DisplayName string
	Has         []Credential // an authenticator that holds one of them makes no second
}

// CreationOptions returns what a page hands to navigator.credentials.create,
// as PublicKeyCredentialCreationOptionsJSON (section 5.4). The key can be found
// without a user name, and its user must be verified: only such a one is good
// for signing in without a password.
func (p Party) CreationOptions(who Registrant, challenge Challenge) ([]byte, error) {
	conveyance := protocol.PreferNoAttestation
	if p.Judge != nil {
		conveyance = protocol.PreferDirectAttestation
	}
	return json.Marshal(protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{CredentialEntity: protocol.CredentialEntity{Name: p.Name}, ID: p.ID},
		User: protocol.UserEntity{
			CredentialEntity: protocol.CredentialEntity{Name: who.Username},
			DisplayName:      who.DisplayName, ID: protocol.URLEncodedBase64(who.Handle[:]),
		},
		Challenge:             challenge[:],
		Parameters:            algorithms,
		Timeout:               patience,
		CredentialExcludeList: descriptors(who.Has),
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Attestation: conveyance,
	})
}

// ErrRegistration says that what the browser answered makes no passkey here.
// What it wraps is for the log.
var ErrRegistration = errors.New("passkey: registration refused")

// ErrNotWanted says of an ErrRegistration that the passkey would be one, but
// that Party.Judge does not take its authenticator.
var ErrNotWanted = errors.New("it is not of those that are accepted here")

// maxTransports bounds what is kept of the browser's hints.
const maxTransports = 8

// Register verifies what navigator.credentials.create answered (section 7.1)
// and returns the new passkey. Whether its identifier is somebody's already
// must be asked of whoever knows all of them.
func (p Party) Register(who Registrant, challenge Challenge, response []byte) (Credential, error) {
	parsed, err := parseCreation(response)
	if err != nil {
		return Credential{}, err
	}
	_, err = parsed.Verify(base64.RawURLEncoding.EncodeToString(challenge[:]), p.ID, p.Origins, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, true, true, nil, algorithms,
		protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return Credential{}, refused(ErrRegistration, err)
	}
	attested := parsed.Response.AttestationObject
	data, flags := attested.AuthData.AttData, attested.AuthData.Flags
	if flags.HasBackupState() && !flags.HasBackupEligible() {
		return Credential{}, refused(ErrRegistration, errBackup)
	}
	c := Credential{
		ID: slices.Clone(data.CredentialID), PublicKey: slices.Clone(data.CredentialPublicKey), User: who.Handle,
		Counter: attested.AuthData.Counter, BackupEligible: flags.HasBackupEligible(), BackedUp: flags.HasBackupState(),
		Verified: flags.HasUserVerified(),
	}
	copy(c.Model[:], data.AAGUID)
	for _, t := range parsed.Response.Transports {
		if known := knownTransport(t); known && len(c.Transports) < maxTransports && !slices.Contains(c.Transports, string(t)) {
			c.Transports = append(c.Transports, string(t))
		}
	}
	if p.Judge != nil {
		if err := p.Judge(Attested{c.Model, attested.Format, attested.Type, chainOf(attested.AttStatement)}); err != nil {
			return Credential{}, refused(fmt.Errorf("%w: %w", ErrRegistration, ErrNotWanted), err)
		}
	}
	return c, nil
}

// chainOf returns the certificates of an attestation statement; their signature
// over this very key has been verified.
func chainOf(statement map[string]any) (chain [][]byte) {
	list, _ := statement["x5c"].([]any)
	for _, c := range list {
		if der, ok := c.([]byte); ok {
			chain = append(chain, der)
		}
	}
	return chain
}

var errBackup = errors.New("backed up without being eligible for it")

// refused returns kind with what was found, and with the details that the
// library keeps apart from its message.
func refused(kind, found error) error {
	if e, ok := errors.AsType[*protocol.Error](found); ok && e.DevInfo != "" {
		return fmt.Errorf("%w: %w (%s)", kind, found, e.DevInfo)
	}
	return fmt.Errorf("%w: %w", kind, found)
}

func knownTransport(t protocol.AuthenticatorTransport) bool {
	switch t {
	case protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal:
		return true
	}
	return false
}
