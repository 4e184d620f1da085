package ldap_test

import (
	"testing"
	"time"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/secret"
)

// TestNobodyIsSentAPassword whose certificate is not right: neither a person's
// nor the service account's, and what comes of it is an error, no verdict.
func TestNobodyIsSentAPassword(t *testing.T) {
	expired, early, other := soundCertificate(), soundCertificate(), soundCertificate()
	expired.from, expired.to = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Minute)
	early.from, early.to = time.Now().Add(time.Hour), time.Now().Add(48*time.Hour) // or its clock is ahead
	other.name = "elsewhere.example.com"
	for name, c := range map[string]certificate{
		"expired": expired, "not valid yet": early, "another name": other, "an authority that we do not know": soundCertificate(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c, sound)
			if name == "an authority that we do not know" {
				s.certificates = nil
			}
			d := connect(t, quick, nil, s)
			if v, err := d.Bind(t.Context(), "cn=alice", secret.New("password")); err == nil || v != (ldap.Verdict{}) {
				t.Errorf("Bind = %+v, %v", v, err)
			}
			if err := d.Search(t.Context(), everything, 10, func(*wire.Entry) error { return nil }); err == nil {
				t.Error("it was searched")
			}
			if n := s.binds.Load(); n != 0 {
				t.Errorf("%d passwords were sent", n)
			}
		})
	}
}
