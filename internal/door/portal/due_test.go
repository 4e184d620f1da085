package portal

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
)

// owing is the account of somebody with a passkey who owes an app.
func owing(stand policy.Stand, duty policy.Duty, left int) selfservice.Account {
	return selfservice.Account{
		Owes: policy.Position{Stand: stand, PostponeLeft: left, By: policy.Requirement{
			Period: 7, Duty: duty, Factor: policy.WantTOTP, Due: storyTime.AddDate(0, 0, 9),
		}},
		Authenticators: []selfservice.Authenticator{{ID: 8, Kind: factor.Passkey, Label: "Blue key"}},
	}
}

// byPasskey brings the browser in, with a passkey alone.
func (s *stage) byPasskey() {
	s.t.Helper()
	s.decides(allow(factor.MethodHardwareKey, factor.MethodMultiFactor))
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/security")
}

// TestWhoOwesSomethingSeesThatFirst: every page of somebody's own leads to what
// is open and back, until it is put off or done.
func TestWhoOwesSomethingSeesThatFirst(t *testing.T) {
	s := newStage(t)
	s.account, s.stay = owing(policy.StandPeriod, policy.InPeriod, -1), session.StaySetUp
	s.byPasskey()
	for _, path := range []string{"/security", "/security/rename?factor=8", "/security/remove?factor=8", "/security/codes", "/security/replace?factor=8"} {
		if p := s.get(path); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/due?next=%2Fsecurity") {
			t.Errorf("GET %s: %d to %q", path, p.status, p.location)
		}
	}
	for _, path := range []string{"/security/rename", "/security/remove", "/security/codes", "/security/signout-others"} {
		s.expect(s.post(path, "factor", "8", "label", "x"), http.StatusSeeOther, "/due")
	}
	if s.renamed != "" || s.removed != 0 || s.renewed != 0 {
		t.Error("something was changed all the same")
	}
	s.expect(s.get("/due?next=%2Fsecurity%2Fcodes"), http.StatusOK, "", "Set up an authenticator app", "9 days left", "Set up now", "Later", "Ask for help")
	s.expect(s.post("/due/later"), http.StatusSeeOther, "/security/codes")
	if len(s.putOffs) != 1 || s.putOffs[0].Person != alice {
		t.Errorf("put off: %+v", s.putOffs)
	}
}

// TestWhatIsOwedIsNamed on the pages of somebody who has a passkey and owes an
// authenticator app: a passkey more is no way to do that, and says so.
func TestWhatIsOwedIsNamed(t *testing.T) {
	s := newStage(t)
	s.account, s.stay = owing(policy.StandPeriod, policy.InPeriod, -1), session.StayIn
	s.byPasskey()
	for _, path := range []string{"/security", "/enroll/done"} {
		s.expect(s.get(path), http.StatusOK, "", "One thing is left: <strong>an authenticator app</strong>", "9 days left", `href="/security/add"`, "Set up an authenticator app")
	}
	s.expect(s.get("/security/add"), http.StatusSeeOther, "/enroll")
	p := s.get("/enroll")
	s.expect(p, http.StatusOK, "", "Set up an authenticator app", "An authenticator app is required of you", "9 days left",
		`value="totp" checked`, "On its own this will not do", "Required")
	s.account.Owes.By.Factor = policy.WantAny
	if p := s.get("/security"); strings.Contains(p.body, "One thing is left") {
		t.Error("something is missing to somebody who has what is wanted")
	}
}

// TestWhatIsRequiredNowCannotBePutOff, nor what was put off often enough.
func TestWhatIsRequiredNowCannotBePutOff(t *testing.T) {
	s := newStage(t)
	s.account, s.stay, s.putOffErr = owing(policy.StandRequired, policy.RequiredNow, 0), session.StaySetUp, selfservice.ErrMayNotPutOff
	s.byPasskey()
	p := s.get("/due")
	s.expect(p, http.StatusOK, "", "It is needed now")
	if strings.Contains(p.body, "Later") {
		t.Error("it can be put off")
	}
	s.expect(s.post("/due/later"), http.StatusUnprocessableEntity, "", "You cannot put this off any more")
	s.account = owing(policy.StandPeriod, policy.InPeriod, 2)
	s.expect(s.get("/due"), http.StatusOK, "", "2 more times")
	s.account = owing(policy.StandPeriod, policy.InPeriod, 0)
	if p := s.get("/due"); strings.Contains(p.body, "Later") || !strings.Contains(p.body, "cannot put this off") {
		t.Errorf("put off often enough:\n%s", p.body)
	}
	s.stay = session.StayOut // the end has come
	s.expect(s.get("/due"), http.StatusSeeOther, "/signin?next=%2Fdue")
}

// TestWhatIsRequiredIsSetUp: only the kind that is wanted is offered to
// somebody who has another, and afterwards they go where they were going.
func TestWhatIsRequiredIsSetUp(t *testing.T) {
	s := newStage(t)
	s.account, s.stay = owing(policy.StandRequired, policy.RequiredNow, 0), session.StaySetUp
	s.byPasskey()
	s.get("/due?next=%2Fsecurity%2Fcodes")
	s.expect(s.get("/security/add"), http.StatusSeeOther, "/enroll")
	p := s.get("/enroll")
	s.expect(p, http.StatusOK, "", `value="totp"`)
	if strings.Contains(p.body, `value="passkey"`) {
		t.Error("a passkey is offered to somebody who owes an app")
	}
	if p := s.post("/enroll", "method", "passkey"); p.location == "/enroll/passkey" {
		t.Error("a passkey is set up by somebody who owes an app")
	}
	s.expect(s.post("/enroll", "method", "totp"), http.StatusSeeOther, "/enroll/scan")
	s.results = []enrollment.Result{{Verdict: enrollment.Complete, Proof: allow(factor.MethodTOTP).Proof}}
	s.stay = session.StayIn // as of now
	s.expect(s.post("/enroll/check", "code", "123456"), http.StatusSeeOther, "/enroll/done")
	s.expect(s.get("/enroll/done"), http.StatusOK, "", `href="/security/codes"`)

	s.account.Owes.By.Factor = policy.WantPasskey
	s.stay = session.StaySetUp
	s.expect(s.get("/security/add"), http.StatusSeeOther, "/enroll")
	if p := s.get("/enroll"); strings.Contains(p.body, `value="totp"`) || !strings.Contains(p.body, `value="passkey" checked`) {
		t.Errorf("who owes a passkey is offered:\n%s", p.body)
	}
}

// TestPuttingOffOnTheWayInCounts for the session that begins with it.
func TestPuttingOffOnTheWayInCounts(t *testing.T) {
	s := newStage(t)
	s.stay = session.StaySetUp
	postponed := allow(factor.MethodPassword)
	postponed.Reason = authn.ReasonPostponed
	s.decides(postponed)
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/security")
	s.expect(s.get("/security"), http.StatusOK, "")
}

// TestTheLinkOfAMailLeadsToTheSetUp, for somebody with another factor too:
// whether they have put it off in this browser or not.
func TestTheLinkOfAMailLeadsToTheSetUp(t *testing.T) {
	s := newStage(t)
	s.account, s.stay = owing(policy.StandPeriod, policy.InPeriod, -1), session.StaySetUp
	s.byPasskey()
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/due")
	s.stay = session.StayIn
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/security/add")
	s.expect(s.get("/security/add"), http.StatusSeeOther, "/enroll")
	s.expect(s.get("/enroll"), http.StatusOK, "", `value="totp"`)
	s.forgetCookies()
	s.account = selfservice.Account{}
	s.byPasskey()
	s.expect(s.get("/enroll"), http.StatusSeeOther, "/security")
}

// TestTheEndComesInTheMiddleOfASetUp: the page says so, and who helps.
func TestTheEndComesInTheMiddleOfASetUp(t *testing.T) {
	s := newStage(t)
	s.mayEnroll()
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/enroll")
	s.verifyErr = enrollment.ErrTimeOver
	s.expect(s.post("/enroll/check", "code", "123456"), http.StatusForbidden, "",
		"Your time to set up is over", "An administrator can give you more time", "Ask for help")
}

// TestWhoNeedsALinkIsToldSo: in their period somebody whose factor was reset
// goes on, and learns that enrolling takes more than the password.
func TestWhoNeedsALinkIsToldSo(t *testing.T) {
	s := newStage(t)
	s.account = owing(policy.StandPeriod, policy.InPeriod, -1)
	s.account.Authenticators, s.stay = nil, session.StaySetUp
	s.decides(allow(factor.MethodPassword))
	s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/security")
	s.expect(s.get("/due"), http.StatusOK, "", "9 days left", "Set up now", "Later")
	s.decides(allow(factor.MethodPassword))
	s.expect(s.get("/enroll"), http.StatusOK, "", "You need a link to go on", "Look into your mailbox", "Ask for help", `href="/due"`)
	s.expect(s.get("/help"), http.StatusOK, "", "Ask for help")
	s.person.Email = ""
	s.decides(allow(factor.MethodPassword))
	s.expect(s.get("/enroll"), http.StatusOK, "", "You need a link to go on", "the help desk gives you the link", `href="/due"`)
}

// TestTheEndComesBeforeThePicture or the passkey is offered: the page says so,
// shows no secret, and help can be asked for without the password again.
func TestTheEndComesBeforeThePicture(t *testing.T) {
	for _, path := range []string{"/enroll/scan", "/enroll/passkey"} {
		s := newStage(t)
		s.mayEnroll()
		s.expect(s.post("/signin", "username", "alice", "password", "right"), http.StatusSeeOther, "/enroll")
		s.expect(s.get(path), http.StatusOK, "")
		s.offerErr = enrollment.ErrTimeOver
		p := s.get(path)
		s.expect(p, http.StatusForbidden, "", "Your time to set up is over", "An administrator can give you more time", `href="/help"`)
		if strings.Contains(p.body, "GEZD") || strings.Contains(p.body, "challenge") {
			t.Errorf("%s: a secret after the end:\n%s", path, p.body)
		}
		s.question = nil // the right is gone with the page
		if again := s.get(path); again.status == http.StatusOK {
			t.Errorf("%s is shown once more", path)
		}
		s.expect(s.get("/help"), http.StatusOK, "")
	}
}

// TestAStoppedClockHasNoEnd: every page says what will be left, and names no
// end that moves along.
func TestAStoppedClockHasNoEnd(t *testing.T) {
	s := newStage(t)
	s.account, s.stay = owing(policy.StandPeriod, policy.InPeriod, -1), session.StaySetUp
	s.account.Owes.By.PausedAt = storyTime.AddDate(0, 0, 4)
	s.byPasskey()
	paths := []string{"/due", "/enroll", "/security", "/enroll/done"}
	for i, path := range paths {
		if i == 1 {
			s.stay = session.StayIn
			s.get("/security/add")
		}
		p := s.get(path)
		s.expect(p, http.StatusOK, "", "The clock stands still: <strong>5 days left</strong> once it runs again")
		if strings.Contains(p.body, "until ") {
			t.Errorf("%s names an end", path)
		}
	}
}
