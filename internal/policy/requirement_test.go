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
		{"at the end of the exemption", wasExemt, policy.Enroll, policy.RefuseByClient, policy.PassWithout, policy.Refuse},
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

// TestAnEndedPasskeyPeriodClosesPagesOnly: no RADIUS client could have asked
// for the passkey, so nothing there was protected by it.
func TestAnEndedPasskeyPeriodClosesPagesOnly(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	vpn, portal := policy.Client{Name: "vpn"}, policy.PortalClient("portal")
	over := policy.Requirement{Duty: policy.InPeriod, Factor: policy.WantPasskey, Due: now}
	for _, c := range []struct {
		name string
		at   policy.Client
		with func(*policy.Requirement)
		want policy.Stand
	}{
		{"portal", portal, func(*policy.Requirement) {}, policy.StandExpired},
		{"vpn", vpn, func(*policy.Requirement) {}, policy.StandNone},
		{"vpn, still running", vpn, func(r *policy.Requirement) { r.Due = now.Add(1) }, policy.StandPeriod},
		{"vpn, required there", vpn, func(r *policy.Requirement) { r.Place = "vpn" }, policy.StandExpired},
		{"vpn, any factor", vpn, func(r *policy.Requirement) { r.Factor = policy.WantAny }, policy.StandExpired},
	} {
		r := over
		c.with(&r)
		if got := policy.Standing(c.at, []policy.Requirement{r}, nil, now).Stand; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
