package policy_test

import (
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// TestALaterEndThatCannotBePutOffCounts: one period that ends earlier, and may
// be put off, does not open a way round another.
func TestALaterEndThatCannotBePutOffCounts(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	period := func(n id.ID, days, left int, wanted policy.Wanted, place string) policy.Requirement {
		return policy.Requirement{
			Period: n, Duty: policy.InPeriod, Factor: wanted, Place: place, Due: now.AddDate(0, 0, days), PostponeLeft: left,
		}
	}
	soon := period(1, 5, -1, policy.WantTOTP, "")
	vpn := policy.Client{Name: "vpn", Unenrolled: policy.UnenrolledEnroll}
	for _, tc := range []struct {
		name    string
		other   policy.Requirement
		factors []factor.Factor
		left    int
		uses    []id.ID
		verdict policy.Verdict
	}{
		{"never", period(2, 30, 0, policy.WantAny, ""), nil, 0, []id.ID{1, 2}, policy.Enroll},
		{"twice more", period(2, 30, 2, policy.WantAny, ""), nil, 2, []id.ID{1, 2}, policy.EnrollOrGoOn},
		{"as often as one likes", period(2, 30, -1, policy.WantAny, ""), nil, -1, []id.ID{1, 2}, policy.EnrollOrGoOn},
		{"never, but elsewhere", period(2, 30, 0, policy.WantAny, "wifi"), nil, -1, []id.ID{1}, policy.EnrollOrGoOn},
		{"never, but done", period(2, 30, 0, policy.WantPasskey, ""), []factor.Factor{{Kind: factor.Passkey}}, -1, []id.ID{1}, policy.EnrollOrGoOn},
	} {
		all := []policy.Requirement{soon, tc.other}
		p := policy.Standing(vpn, all, tc.factors, now)
		if p.Stand != policy.StandPeriod || p.By.Period != 1 || p.PostponeLeft != tc.left {
			t.Errorf("%s: %+v", tc.name, p)
		}
		if got := policy.WithoutFactor(vpn.Unenrolled, p); got != tc.verdict {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.verdict)
		}
		if got := policy.Postponed(vpn, all, tc.factors, now); !slices.Equal(got, tc.uses) {
			t.Errorf("%s: uses %v, want %v", tc.name, got, tc.uses)
		}
	}
}
