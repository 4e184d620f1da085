package authn

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// TestAWrongCodeGoesOnNowhere: where a door cannot ask for the factor there is,
// a running period lets people go on who typed no code. Facts are seldom drawn
// like that.
func TestAWrongCodeGoesOnNowhere(t *testing.T) {
	f := Facts{
		Client: policy.Client{
			Name: "vpn", FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll,
		},
		Door: DoorRADIUS, Username: "alice", Key: "alice",
		Record: &Record{
			Person:  &directory.Person{ID: 1, Username: "alice", Key: "alice", Email: "alice@example.com"},
			Factors: []factor.Factor{{ID: 2, Person: 1, Kind: factor.Passkey}},
			Requirements: []policy.Requirement{{
				Period: 3, Duty: policy.InPeriod, Factor: policy.WantTOTP, Due: testNow.Add(time.Hour), PostponeLeft: -1,
			}},
		},
		Evidence: Evidence{Password: PasswordRight},
	}
	if j := decide(f, testNow); j.Outcome != Ask || j.Message != MessageGoOn || !j.Invite.Due.Equal(testNow.Add(time.Hour)) {
		t.Errorf("without a code: %v because of %s, invite %+v", j.Outcome, j.Reason, j.Invite)
	}
	for _, finding := range []CodeFinding{CodeWrong, CodeReused, CodeWrongStep} {
		f.Evidence.Code = CodeEvidence{Finding: finding}
		if j := decide(f, testNow); j.Outcome != Deny || j.Reason != ReasonFactorElsewhere {
			t.Errorf("code %d: %v because of %s", finding, j.Outcome, j.Reason)
		}
	}
}
