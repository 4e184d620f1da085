package authn

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
)

// owesPasskey is somebody with an authenticator who owed a passkey until now.
func owesPasskey(p directory.Person) *Record {
	p.ID, p.Username, p.Key = 1, "alice", "alice"
	return &Record{
		Person:  &p,
		Factors: []factor.Factor{{ID: 10, Person: 1, Kind: factor.TOTP, CodeDigits: 6}},
		Requirements: []policy.Requirement{{
			Period: 3, Duty: policy.InPeriod, Factor: policy.WantPasskey, Due: testNow, PostponeLeft: -1,
		}},
	}
}

// TestNoAllowAfterTheEnd, but to our own pages for whoever is the only one to
// administer. Facts are seldom drawn like that.
func TestNoAllowAfterTheEnd(t *testing.T) {
	vpn := policy.Client{Name: "vpn", FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll}
	for _, tc := range []struct {
		name    string
		client  policy.Client
		person  directory.Person
		only    bool
		allowed bool
	}{
		{"the only administrator, at the portal", policy.PortalClient("portal"), directory.Person{Role: directory.Administrator}, true, true},
		{"one by a group", policy.PortalClient("portal"), directory.Person{GroupRole: directory.Administrator}, true, true},
		{"one of several", policy.PortalClient("portal"), directory.Person{Role: directory.Administrator}, false, false},
		{"the only one, at a gateway", vpn, directory.Person{Role: directory.Administrator}, true, false},
		{"the help desk", policy.PortalClient("portal"), directory.Person{Role: directory.HelpDesk}, true, false},
		{"nobody in particular", policy.PortalClient("portal"), directory.Person{}, true, false},
	} {
		f := Facts{
			Client: tc.client, Door: DoorPortal, Username: "alice", Key: "alice", Record: owesPasskey(tc.person), OnlyAdministrator: tc.only,
			Evidence: Evidence{Password: PasswordRight, Code: CodeEvidence{Finding: CodeRight, Kind: factor.TOTP, Factor: 10, Step: 1}},
		}
		if !tc.client.Browser { // which could not ask for a passkey, but was named
			f.Record.Requirements[0].Place = tc.client.Name
		}
		j := decide(f, testNow)
		if got := j.Outcome == Allow; got != tc.allowed || got != mayEnter(f, testNow) {
			t.Errorf("%s: %v because of %s", tc.name, j.Outcome, j.Reason)
		}
		if j.Outcome == Allow && j.Owes.Stand != policy.StandRequired {
			t.Errorf("%s: owes %s", tc.name, j.Owes.Stand)
		}
		s := session.Session{Person: 1, Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}}}
		want := session.StayOut
		if tc.allowed {
			want = session.StaySetUp
		}
		if got, _ := stay(tc.client, f.Record, s, tc.only, testNow); tc.client.Browser && got != want {
			t.Errorf("%s: a session may do %d, want %d", tc.name, got, want)
		}
		if got := decide(f, testNow.Add(-time.Nanosecond)).Outcome; got != Allow {
			t.Errorf("%s: %v before the end", tc.name, got)
		}
	}
}
