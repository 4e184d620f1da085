package policy_test

import (
	"testing"
	"time"

	"example.com/muster/internal/policy"
)

// TestWithoutFactor is the whole table: each mode against each requirement.
func TestWithoutFactor(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	var (
		none     = policy.Requirement{}
		required = policy.Requirement{Duty: policy.RequiredNow}
		period   = policy.Requirement{Duty: policy.InPeriod, Due: now.Add(time.Nanosecond), PostponeLeft: -1}
		last     = policy.Requirement{Duty: policy.InPeriod, Due: now.Add(time.Hour)}
		strict   = policy.Requirement{Duty: policy.InPeriod, Due: now.Add(time.Hour)}
		expired  = policy.Requirement{Duty: policy.InPeriod, Due: now, PostponeLeft: -1}
		exempt   = policy.Requirement{Duty: policy.Exempt}
		exemptTo = policy.Requirement{Duty: policy.Exempt, Due: now.Add(time.Nanosecond)}
		wasExemt = policy.Requirement{Duty: policy.Exempt, Due: now}
	)
	for _, tc := range []struct {
		name                         string
		r                            policy.Requirement
		enroll, reject, pass, period policy.Verdict
	}{
		{"no requirement", none, policy.Enroll, policy.RefuseByClient, policy.PassWithout, policy.Refuse},
		{"required now", required, policy.Enroll, policy.RefuseByClient, policy.Enroll, policy.Enroll},
		{"in period", period, policy.EnrollOrGoOn, policy.RefuseByClient, policy.PassWithout, policy.PassWithout},
		{"in period, postponing used up", last, policy.Enroll, policy.RefuseByClient, policy.PassWithout, policy.PassWithout},
		{"in period, no postponing", strict, policy.Enroll, policy.RefuseByClient, policy.PassWithout, policy.PassWithout},
		{"at the end of the period", expired, policy.RefuseExpired, policy.RefuseExpired, policy.RefuseExpired, policy.RefuseExpired},
		{"exempt", exempt, policy.PassWithout, policy.PassWithout, policy.PassWithout, policy.PassWithout},
		{"exempt until later", exemptTo, policy.PassWithout, policy.PassWithout, policy.PassWithout, policy.PassWithout},
		{"at the end of the exemption", wasExemt, policy.Enroll, policy.RefuseByClient, policy.Enroll, policy.Enroll},
	} {
		for mode, want := range map[policy.Unenrolled]policy.Verdict{
			policy.UnenrolledEnroll: tc.enroll, policy.UnenrolledReject: tc.reject,
			policy.UnenrolledPass: tc.pass, policy.UnenrolledPeriod: tc.period,
			"": tc.reject, // an unknown mode is as strict
		} {
			if got := policy.WithoutFactor(mode, policy.Overall([]policy.Requirement{tc.r}, nil, now)); got != want {
				t.Errorf("%s at mode %q: %d, want %d", tc.name, mode, got, want)
			}
		}
	}
}
