package authn_test

import (
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// TestWhoseTimeIsOverHearsTheSameEverywhere: at a door that the requirement does
// not cover, at the pages, from explain, and when the same request comes again.
func TestWhoseTimeIsOverHearsTheSameEverywhere(t *testing.T) {
	for name, tc := range map[string]struct {
		wanted       policy.Wanted
		place        string
		alsoAtTheVPN bool // a period that still runs there
		reason       authn.Reason
		message      authn.Message
	}{
		"an app, elsewhere":               {policy.WantTOTP, "wifi", false, authn.ReasonPeriodOver, authn.MessageExpired},
		"an app, at the portal":           {policy.WantTOTP, "portal", false, authn.ReasonPeriodOver, authn.MessageExpired},
		"a passkey":                       {policy.WantPasskey, "", false, authn.ReasonPeriodOver, authn.MessageExpired},
		"an app, elsewhere, and one here": {policy.WantTOTP, "wifi", true, authn.ReasonMayGoOn, authn.MessageGoOnHelp},
	} {
		in := install(t)
		in.add("alice", "alice-pw", nil)
		put := func(wanted policy.Wanted, place string, days int) operator.DutyPut {
			return operator.DutyPut{Requirement: policy.Requirement{
				Period: in.ids.Next(in.clock()), Own: true, Duty: policy.InPeriod, Factor: wanted, Place: place,
				Since: in.clock(), Due: in.clock().Add(time.Duration(days) * 24 * time.Hour), PostponeLeft: -1,
			}}
		}
		duties := []operator.DutyPut{put(tc.wanted, tc.place, 1)}
		if tc.alsoAtTheVPN {
			duties = append(duties, put(policy.WantTOTP, "vpn", 5))
		}
		in.amend("alice", operator.Amendment{PutDuties: duties})
		in.wait(25 * time.Hour)

		explained, err := in.Explain(t.Context(), authn.Request{Door: authn.DoorRADIUS, Client: "vpn", Username: "alice", Password: secret.New("alice-pw")})
		if err != nil || explained.Reason != tc.reason || explained.Message != tc.message {
			t.Errorf("%s: explained as %s, %q, %v", name, explained.Reason, explained.Message, err)
		}
		for range 2 { // the same datagram twice
			if got := in.begin("vpn", "alice", "alice-pw", 1); got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("%s: at the door %s, %q, by %v", name, got.Reason, got.Message, got.Trace)
			}
		}
		got := in.portal("alice", "alice-pw")
		if got.Reason != authn.ReasonPeriodOver || got.Message != authn.MessageExpired {
			t.Errorf("%s: at the portal %s, %q", name, got.Reason, got.Message)
		}
		if in.mails(notify.EnrollLink) != 0 {
			t.Errorf("%s: a link was mailed", name)
		}
	}
}
