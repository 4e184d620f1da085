package authn

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
)

// TestWhatIsRequiredReachesOpenSessions: at the end of a period, of an
// exemption, or when something is required at once, at that very instant.
func TestWhatIsRequiredReachesOpenSessions(t *testing.T) {
	end := time.Date(2026, 12, 12, 17, 0, 0, 0, time.UTC)
	app, key := factor.Factor{ID: 1, Kind: factor.TOTP}, factor.Factor{ID: 2, Kind: factor.Passkey}
	need := func(duty policy.Duty, wanted policy.Wanted) []policy.Requirement {
		return []policy.Requirement{{Period: 9, Duty: duty, Factor: wanted, Due: end, PostponeLeft: -1}}
	}
	held := need(policy.RequiredNow, policy.WantTOTP)
	held[0].Held = true
	portal := policy.PortalClient(DoorPortal)
	portal.Unenrolled = policy.UnenrolledRequired
	const password, twice = false, true
	for name, tc := range map[string]struct {
		factors       []factor.Factor
		required      []policy.Requirement
		proven        bool
		putOff        bool
		before, after session.Stay
	}{
		"nothing is required":                        {[]factor.Factor{key}, nil, twice, false, session.StayIn, session.StayIn},
		"a period of what one has":                   {[]factor.Factor{key, app}, need(policy.InPeriod, policy.WantTOTP), twice, false, session.StayIn, session.StayIn},
		"a period of another kind":                   {[]factor.Factor{key}, need(policy.InPeriod, policy.WantTOTP), twice, false, session.StaySetUp, session.StayOut},
		"a period of another kind, put off":          {[]factor.Factor{key}, need(policy.InPeriod, policy.WantTOTP), twice, true, session.StayIn, session.StayOut},
		"a period, by password":                      {nil, need(policy.InPeriod, policy.WantTOTP), password, true, session.StayIn, session.StayOut},
		"required now":                               {[]factor.Factor{key}, need(policy.RequiredNow, policy.WantTOTP), twice, false, session.StaySetUp, session.StaySetUp},
		"required now, putting off is no help":       {[]factor.Factor{key}, need(policy.RequiredNow, policy.WantTOTP), twice, true, session.StaySetUp, session.StaySetUp},
		"a period that is being started":             {[]factor.Factor{key}, held, twice, false, session.StayIn, session.StayIn},
		"exempt, by password":                        {nil, need(policy.Exempt, ""), password, false, session.StayIn, session.StayIn},
		"exempt, with a passkey":                     {[]factor.Factor{key}, need(policy.Exempt, ""), twice, false, session.StayIn, session.StayIn},
		"by password, and nothing is required":       {nil, nil, password, false, session.StayIn, session.StayIn},
		"by password, and it is required then":       {nil, append(need(policy.RequiredNow, policy.WantTOTP), need(policy.Exempt, "")...), password, true, session.StayIn, session.StaySetUp},
		"by password, and there is a factor by now":  {[]factor.Factor{app}, nil, password, false, session.StayOut, session.StayOut},
		"by password, put off, and there is one now": {[]factor.Factor{app}, need(policy.InPeriod, policy.WantPasskey), password, true, session.StayOut, session.StayOut},
	} {
		r := &Record{Person: &directory.Person{ID: 42}, Factors: tc.factors, Requirements: tc.required}
		s := session.Session{Person: 42, Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword}}}
		if tc.proven {
			s.Proof.Methods = append(s.Proof.Methods, factor.MethodHardwareKey)
		}
		if tc.putOff {
			s.PutOffAt = end.Add(-time.Hour)
		}
		if got, _ := stay(portal, r, s, false, end.Add(-time.Nanosecond)); got != tc.before {
			t.Errorf("%s: %d before, want %d", name, got, tc.before)
		}
		got, why := stay(portal, r, s, false, end)
		if got != tc.after {
			t.Errorf("%s: %d from then on, want %d", name, got, tc.after)
		}
		want := session.NotEnded
		switch {
		case tc.after == session.StayOut && tc.before == session.StayOut:
			want = session.EndedChanged
		case tc.after == session.StayOut:
			want = session.EndedPeriod
		}
		if why != want {
			t.Errorf("%s: ended for %q, want %q", name, why, want)
		}
	}
}

// TestWhoNeedsASecondStepAtThePortal though nothing is required of them: people
// with a role, and everybody where the portal is for nobody without.
func TestWhoNeedsASecondStepAtThePortal(t *testing.T) {
	strict := policy.PortalClient(DoorPortal)
	portal := strict
	portal.Unenrolled = policy.UnenrolledRequired
	s := session.Session{Person: 42, Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword}}}
	for _, tc := range []struct {
		name   string
		portal policy.Client
		person directory.Person
		want   session.Stay
	}{
		{"nobody in particular", portal, directory.Person{}, session.StayIn},
		{"an auditor", portal, directory.Person{Role: directory.Auditor}, session.StaySetUp},
		{"the help desk, by a group", portal, directory.Person{GroupRole: directory.HelpDesk}, session.StaySetUp},
		{"anybody, at a strict portal", strict, directory.Person{}, session.StaySetUp},
	} {
		if got, _ := stay(tc.portal, &Record{Person: &tc.person}, s, false, testNow); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}
