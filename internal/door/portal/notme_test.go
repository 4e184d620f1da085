package portal

import (
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/selfservice"
)

func TestThisWasNotMe(t *testing.T) {
	s := newStage(t)
	s.mailToken = "0123456789abctoken"
	s.expect(s.get("/not-me"), ok, "", `name="token"`, "Stop all sign-ins")
	s.expect(s.post("/not-me", "token", "guess"), again, "", "does not work")
	s.expect(s.post("/not-me", "username", "alice", "password", "wrong"), again, "", "do not match")
	if len(s.suspended) != 0 {
		t.Fatal("a guess stops everything")
	}
	s.expect(s.post("/not-me", "token", s.mailToken), ok, "", "All sign-ins are stopped")
	s.signedIn()
	s.expect(s.post("/not-me", "token", s.mailToken), ok, "", "All sign-ins were stopped already", "Nothing has been changed now")
	if len(s.suspended) != 1 || len(s.sessions) != 1 {
		t.Errorf("suspended %+v, %d sessions", s.suspended, len(s.sessions))
	}

	s = newStage(t)
	s.signedIn()
	s.expect(s.post("/not-me"), ok, "", "All sign-ins are stopped")
	if len(s.suspended) != 1 || s.suspended[0].Person != alice {
		t.Errorf("suspended %+v", s.suspended)
	}
}

func TestASomebodyElseWaiting(t *testing.T) {
	s := newStage(t)
	s.invite(enrollment.FromDoor)
	s.mayEnroll()
	s.post("/e", "invite", "K7MPQ2XR")
	s.post("/e/password", "password", "right")
	s.expect(s.post("/enroll/not-me"), ok, "", "All sign-ins are stopped")
	if len(s.suspended) != 1 || s.suspended[0].Person != alice {
		t.Errorf("suspended %+v", s.suspended)
	}
}

// enrolled gives the person an authenticator.
func (s *stage) enrolled() {
	s.account.Authenticators = []selfservice.Authenticator{{ID: 7, Kind: factor.TOTP, AddedAt: storyTime}}
}

func TestAPasswordAloneStopsNobodyWithASecondStep(t *testing.T) {
	s := newStage(t)
	s.enrolled()
	s.decides(ask("FIRST"), ask("SECOND"), allow(factor.MethodPassword, factor.MethodTOTP))
	s.expect(s.get("/not-me/code"), elsewhere, "/not-me")
	s.expect(s.post("/not-me/code", "code", "123456"), refused, "", "This took too long")
	s.expect(s.post("/not-me", "username", "alice", "password", "right"), elsewhere, "/not-me/code")
	s.expect(s.get("/not-me/code"), ok, "", "Confirm it is you", `action="/not-me/code"`)
	s.expect(s.post("/not-me/code", "code", ""), again, "", "Enter the code your app shows")
	s.expect(s.post("/not-me/code", "code", "000000"), again, "", "did not work")
	if len(s.suspended) != 0 {
		t.Fatal("a password alone stops everything")
	}
	s.expect(s.post("/not-me/code", "code", "123456"), ok, "", "All sign-ins are stopped")
	if len(s.suspended) != 1 || s.suspended[0].Person != alice || len(s.sessions) != 0 {
		t.Errorf("suspended %+v, %d sessions", s.suspended, len(s.sessions))
	}

	for _, decision := range []authn.Decision{
		{Message: authn.MessageLockedUntil, Person: alice}, // so that nobody can be asked now
		allow(factor.MethodPassword),
	} {
		s = newStage(t)
		s.enrolled()
		s.decides(decision)
		s.expect(s.post("/not-me", "username", "alice", "password", "right"), refused, "")
		if len(s.suspended) != 0 {
			t.Fatal("a password alone stops everything")
		}
	}
}

func TestAFewWrongCodesStopNothing(t *testing.T) {
	s := newStage(t)
	s.enrolled()
	s.decides(ask("FIRST"), authn.Decision{Message: authn.MessageRefused, Reason: authn.ReasonCodeWrong, Person: alice})
	s.post("/not-me", "username", "alice", "password", "right")
	s.expect(s.post("/not-me/code", "code", "000000"), again, "", "Please sign in again", `name="password"`)
	if len(s.suspended) != 0 {
		t.Error("a wrong code stops everything")
	}
}

func TestWhoHasNoSecondStepStopsByPassword(t *testing.T) {
	s := newStage(t)
	s.mayEnroll()
	s.expect(s.post("/not-me", "username", "alice", "password", "right"), ok, "", "All sign-ins are stopped")
	if len(s.suspended) != 1 {
		t.Errorf("suspended %+v", s.suspended)
	}
}

// TestAskingForHelpStopsNothing: what is noted about a right password is for
// asking, and ends with signing in.
func TestAskingForHelpStopsNothing(t *testing.T) {
	s := newStage(t)
	s.decides(ask("IGNORED"))
	s.post("/help/identify", "username", "alice", "password", "right")
	s.expect(s.get("/not-me"), ok, "", `name="password"`)
	s.expect(s.post("/not-me"), again, "", "Enter your password")
	if len(s.suspended) != 0 {
		t.Fatal("asking for help stops everything")
	}
	s.signedIn()
	s.post("/signout")
	s.decides(ask("IGNORED"))
	s.post("/help/identify", "username", "alice", "password", "right")
	s.signedIn()
	clear(s.sessions)
	s.expect(s.get("/help"), ok, "", "Enter your user name and password")
}

// TestASessionOfThePasswordAlone began before the person had a second step.
func TestASessionOfThePasswordAlone(t *testing.T) {
	s := newStage(t)
	s.decides(allow(factor.MethodPassword))
	s.post("/signin", "username", "alice", "password", "right")
	s.enrolled()
	s.decides(ask("FIRST"), allow(factor.MethodPassword, factor.MethodTOTP))
	s.expect(s.post("/not-me"), elsewhere, "/not-me/code")
	if r := s.began[len(s.began)-1]; r.SignedIn != alice || len(s.suspended) != 0 {
		t.Errorf("the engine was asked %+v", r)
	}
	s.expect(s.post("/not-me/code", "code", "123456"), ok, "", "All sign-ins are stopped")
}

func TestSomebodyWaitingCannotBeStoppedByThePasswordOfTheEnrolled(t *testing.T) {
	s := newStage(t)
	s.mayEnroll()
	s.post("/signin", "username", "alice", "password", "right")
	s.enrolled() // meanwhile, in another browser
	s.expect(s.post("/enroll/not-me"), elsewhere, "/not-me")
	if len(s.suspended) != 0 {
		t.Error("the password stops everything")
	}
}
