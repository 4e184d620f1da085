package portal

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
)

// byPassword brings somebody in of whom nothing is required.
func (s *stage) byPassword() {
	s.t.Helper()
	s.account.Owes = policy.Position{Stand: policy.StandNone}
	s.decides(allow(factor.MethodPassword))
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/security")
}

// TestWhoNeedsNoSecondStepIsInvited to set one up, and sees that nothing
// requires it.
func TestWhoNeedsNoSecondStepIsInvited(t *testing.T) {
	s := newStage(t)
	s.byPassword()
	s.expect(s.get("/security"), http.StatusOK, "", "Not required", "Set up a second step", `href="/enroll"`)
	s.mayEnroll()
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/enroll")
	if began := s.began[len(s.began)-1]; began.SignedIn != alice || !began.Password.Empty() {
		t.Errorf("the engine was asked with %+v", began)
	}
	s.expect(s.get("/enroll"), http.StatusOK, "", "Nobody requires this of you", `href="/security"`, "Cancel")
	s.account.Owes = policy.Position{Stand: policy.StandExempt}
	s.expect(s.get("/security"), http.StatusOK, "", "Not required", "You are exempt from it for now")
}

// TestAPasswordAloneChangesNothing: each act of the account needs fresh proof
// of a second step, and the engine says what takes its place.
func TestAPasswordAloneChangesNothing(t *testing.T) {
	s := newStage(t)
	s.byPassword()
	s.account.Authenticators = owing(policy.StandNone, policy.NotRequired, 0).Authenticators
	which := id.ID(8).String()
	for _, path := range []string{"/security/rename?factor=" + which, "/security/remove?factor=" + which, "/security/codes"} {
		if p := s.get(path); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/confirm?next=") {
			t.Errorf("GET %s: %d to %q", path, p.status, p.location)
		}
	}
	for _, path := range []string{"/security/rename", "/security/remove", "/security/codes"} {
		if p := s.post(path, "factor", which, "label", "x"); p.status != http.StatusTemporaryRedirect || !strings.HasPrefix(p.location, "/confirm/form?next=") {
			t.Errorf("POST %s: %d to %q", path, p.status, p.location)
		}
	}
	s.expect(s.get("/security/add"), http.StatusSeeOther, "/enroll")
	if s.renamed != "" || s.removed != 0 || s.renewed != 0 || len(s.rights) != 0 {
		t.Error("something was changed all the same")
	}
	s.decides(allow(factor.MethodPassword)) // as if the engine took the session for proof
	s.get("/confirm?next=%2Fsecurity%2Fcodes")
	s.post("/security/codes")
	if s.renewed != 0 {
		t.Error("a password was taken for fresh proof")
	}
}

// TestTheLinkOfAMailLeadsThroughTheSignIn to the set-up page, for somebody
// whose password is enough to get in.
func TestTheLinkOfAMailLeadsThroughTheSignIn(t *testing.T) {
	s := newStage(t)
	s.account.Owes = policy.Position{Stand: policy.StandNone}
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/signin?next=%2Fenroll")
	s.decides(allow(factor.MethodPassword))
	s.expect(s.post("/signin", "next", "/enroll", "username", "alice", "password", "right"), http.StatusSeeOther, "/enroll")
	s.mayEnroll()
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/enroll")
	s.expect(s.post("/enroll", "method", "totp"), http.StatusSeeOther, "/enroll/scan")
	s.results = []enrollment.Result{{Verdict: enrollment.Complete, Proof: allow(factor.MethodTOTP).Proof}}
	s.expect(s.post("/enroll/check", "code", "123456"), http.StatusSeeOther, "/enroll/done")

	// Who has to set it up is led there anyway, and not once more at the end.
	s.forgetCookies()
	s.mayEnroll()
	s.expect(s.post("/signin", "next", "/enroll", "username", "alice", "password", "right"), http.StatusSeeOther, "/enroll")
	s.results = []enrollment.Result{{Verdict: enrollment.Complete, Proof: allow(factor.MethodTOTP).Proof}}
	s.expect(s.post("/enroll/check", "code", "123456"), http.StatusSeeOther, "/enroll/done")
	if p := s.get("/enroll/done"); strings.Contains(p.body, `href="/enroll"`) {
		t.Error("the end leads to the beginning")
	}
}

// TestWhatIsRequiredMeanwhileCounts at the next page of an open session.
func TestWhatIsRequiredMeanwhileCounts(t *testing.T) {
	s := newStage(t)
	s.byPassword()
	s.expect(s.get("/security"), http.StatusOK, "")
	s.account, s.stay = owing(policy.StandRequired, policy.RequiredNow, 0), session.StaySetUp
	s.expect(s.get("/security"), http.StatusSeeOther, "/due?next=%2Fsecurity")
}
