package portal

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
)

var copyAll = io.Copy

const (
	ok        = http.StatusOK
	elsewhere = http.StatusSeeOther
	again     = http.StatusUnprocessableEntity
	refused   = http.StatusForbidden
)

func TestAWrongPasswordSaysNothingElse(t *testing.T) {
	s := newStage(t)
	p := s.post("/signin", "username", "alice", "password", "not it")
	s.expect(p, again, "", "do not match", `value="alice"`)
	if strings.Contains(p.body, "not it") {
		t.Error("the password is on the page")
	}
	if r := s.began[0]; r.Door != authn.DoorPortal || r.Username != "alice" || r.Password.Reveal() != "not it" || r.Source.Peer == "" {
		t.Errorf("the engine was asked %+v", r)
	}
}

func TestEmptyFieldsAreNamedAndAskNobody(t *testing.T) {
	s := newStage(t)
	s.expect(s.post("/signin", "username", "", "password", ""), again, "", "Enter your user name", "Enter your password", `href="#password"`)
	if len(s.began) != 0 {
		t.Error("the engine was asked")
	}
}

func TestSigningInWithACode(t *testing.T) {
	s := newStage(t)
	s.decides(ask("FIRST"), ask("SECOND"), allow(factor.MethodPassword, factor.MethodTOTP))
	s.expect(s.post("/signin", "username", "alice", "password", "right", "next", "/security/codes"), elsewhere, "/signin/code")
	s.expect(s.get("/signin/code"), ok, "", `autocomplete="one-time-code"`)
	s.expect(s.post("/signin/code", "code", ""), again, "", "Enter the code your app shows")
	s.expect(s.post("/signin/code", "code", "000000"), again, "", "did not work")
	s.expect(s.post("/signin/code", "code", "123456"), elsewhere, "/security/codes")
	if len(s.answered) != 2 || s.answered[0].Handle.Reveal() != "FIRST" || s.answered[1].Handle.Reveal() != "SECOND" || s.answered[1].Code.Reveal() != "123456" {
		t.Errorf("answered %d times", len(s.answered))
	}
	if len(s.sessions) != 1 {
		t.Errorf("%d sessions", len(s.sessions))
	}
	s.expect(s.get("/security"), ok, "", "Your sign-in", "alice")
}

func TestTheLastWrongCodeStartsOver(t *testing.T) {
	s := newStage(t)
	s.decides(ask("FIRST"), authn.Decision{Message: authn.MessageRefused, Reason: authn.ReasonCodeWrong, Person: alice})
	s.post("/signin", "username", "alice", "password", "right")
	s.expect(s.post("/signin/code", "code", "000000"), again, "", "Please sign in again", `name="password"`)
}

func TestRefusalsThatMayBeTold(t *testing.T) {
	for message, says := range map[authn.Message]string{
		authn.MessageExpired:     "Your time to set up is over",
		authn.MessageSuspended:   "is suspended",
		authn.MessageLockedUntil: "Too many wrong codes",
		authn.MessageNeedsLink:   "You need a link",
		authn.MessageNeedsHelp:   "the help desk gives you",

		authn.MessageChangePassword: "Change your password first",
		authn.MessageNotIncluded:    "Your account is not set up for this",
	} {
		s := newStage(t)
		s.decides(authn.Decision{Message: message, Person: alice})
		s.expect(s.post("/signin", "username", "alice", "password", "right"), refused, "", says, `href="/help"`)
		// Whoever has proven the password is not asked for it again.
		s.expect(s.get("/help"), ok, "", "An administrator will get in touch")
	}
}

func TestALateAnswerIsToldSo(t *testing.T) {
	s := newStage(t)
	s.expect(s.post("/signin/code", "code", "123456"), refused, "", "This took too long")
	s.decides(ask("FIRST"), authn.Decision{Message: authn.MessageRefused, Reason: authn.ReasonStateExpired})
	s.post("/signin", "username", "alice", "password", "right")
	s.expect(s.post("/signin/code", "code", "123456"), refused, "", "This took too long")
}

func TestNothingIsTakenFromAnAddress(t *testing.T) {
	s := newStage(t)
	s.inviteCode = "K7MPQ2XR"
	s.decides(ask("FIRST"))
	s.post("/signin", "username", "alice", "password", "right")
	for _, path := range []string{
		"/signin?username=alice&password=right", "/signin/code?code=123456", "/e?invite=K7MPQ2XR",
		"/e?code=K7MPQ2XR", "/enroll/check?code=123456", "/not-me?token=x",
	} {
		s.get(path)
	}
	if len(s.began) != 1 || len(s.answered) != 0 || len(s.suspended) != 0 {
		t.Error("a GET did something")
	}
	s.expect(s.get("/e/password"), elsewhere, "/e")
}

func TestAfterSigningInOneStaysHere(t *testing.T) {
	for _, next := range []string{"https://evil.example.net/", "//evil.example.net", `/\evil.example.net`} {
		s := newStage(t)
		s.decides(allow(factor.MethodPassword, factor.MethodTOTP))
		s.expect(s.post("/signin", "username", "alice", "password", "right", "next", next), elsewhere, "/security")
	}
}

func TestPagesOfOnesOwnNeedASession(t *testing.T) {
	s := newStage(t)
	for _, path := range []string{"/security", "/security/codes", "/security/replace?factor=1", "/confirm", "/enroll/done"} {
		if p := s.get(path); p.status != elsewhere || !strings.HasPrefix(p.location, "/signin?next=%2F") {
			t.Errorf("%s: %d to %q", path, p.status, p.location)
		}
	}
	s.expect(s.post("/security/codes"), elsewhere, "/signin")
	s.signedIn()
	s.expect(s.get("/"), elsewhere, "/security")
	s.now = s.now.Add(21 * time.Minute)
	s.expect(s.get("/security"), elsewhere, "/signin?next=%2Fsecurity")
	s.expect(s.get("/signin?next=%2Fsecurity"), ok, "", "nothing happened for a while")
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := newStage(t)
	s.signedIn()
	s.expect(s.post("/signout"), elsewhere, "/signin")
	if len(s.sessions) != 0 {
		t.Error("the session lives on")
	}
	s.expect(s.get("/signin"), ok, "", "You are signed out")
}

// invite makes a set-up code that was shown at a waiting door.
func (s *stage) invite(origin enrollment.Origin) {
	s.inviteCode = "K7MPQ2XR"
	s.applicant = &enrollment.Applicant{Person: s.person}
	s.invitation = &enrollment.Invitation{
		ID: 9, Person: alice, Origin: origin, Client: "Office VPN", Source: "203.0.113.7",
		CreatedAt: storyTime.Add(-time.Minute), ExpiresAt: storyTime.Add(10 * time.Minute),
	}
}

// mayEnroll makes the engine answer Enroll and the question be found.
func (s *stage) mayEnroll() {
	until := storyTime.Add(challenge.PageLifetime)
	s.question = &challenge.Challenge{
		Person: alice, Purpose: challenge.Enroll, Door: authn.DoorPortal, Password: true, Invitation: 9, ExpiresAt: until,
	}
	s.decides(authn.Decision{
		Outcome: authn.Enroll, Person: alice, Handle: handleOf("ENROLL"), Invite: &authn.Invite{}, Until: until,
	})
}

func TestEnrollingFromAWaitingSignIn(t *testing.T) {
	s := newStage(t)
	s.invite(enrollment.FromDoor)
	s.mayEnroll()
	p := s.post("/e", "invite", "K7MPQ2XR")
	s.expect(p, elsewhere, "/e/password")
	if p = s.get("/e/password"); strings.Contains(p.body, "alice") || strings.Contains(p.body, "Office VPN") {
		t.Error("the page names somebody before the password is right")
	}
	s.expect(s.post("/e/password", "password", "right"), elsewhere, "/enroll")
	if r := s.began[0]; r.Username != "alice" || r.Invitation.Reveal() != "K7MPQ2XR" {
		t.Errorf("the engine was asked %+v", r)
	}
	s.expect(s.get("/enroll"), ok, "", "Office VPN", "203.0.113.7", "Is this you, now?")
	s.expect(s.post("/enroll", "method", "totp"), elsewhere, "/enroll/scan")
	s.expect(s.get("/enroll/scan"), ok, "", `id="totp-qr"`, `id="totp-key"`, "GEZD GNBV GY3T QOJQ", `href="otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ"`)
	s.expect(s.get("/enroll/scan"), ok, "") // survives a reload

	s.results = []enrollment.Result{
		{Verdict: enrollment.WrongCode},
		{Verdict: enrollment.Complete, Codes: []secret.Text{secret.New("5hk2m-8qxw3")}, Proof: factor.Proof{
			Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, At: storyTime,
		}},
	}
	s.expect(s.post("/enroll/check", "code", "000000"), again, "", "did not match")
	s.expect(s.post("/enroll/check", "code", "123456"), ok, "", "Keep your recovery codes", "5hk2m-8qxw3")
	s.expect(s.get("/enroll/done"), ok, "", "Now go back to Office VPN")
	s.expect(s.get("/enroll/arrived"), ok, "", "false")
	s.arrive("Office VPN")
	s.expect(s.get("/enroll/arrived"), ok, "", "true")
	s.expect(s.get("/enroll/done"), ok, "", "You are signed in to Office VPN")
	s.expect(s.get("/security"), ok, "")

	for _, r := range s.rights {
		if r.Person != alice || r.Challenge == nil || r.Invitation != 9 || r.Browser != s.rights[0].Browser {
			t.Errorf("enrolled by the right %+v", r)
		}
	}
	// Done is done: the same browser cannot go on with it.
	s.question = nil
	s.expect(s.post("/enroll/check", "code", "123456"), elsewhere, "/security")
}

func TestAnotherBrowserHasAnotherToken(t *testing.T) {
	s := newStage(t)
	for range 2 {
		s.forgetCookies()
		s.mayEnroll()
		s.expect(s.post("/signin", "username", "alice", "password", "right"), elsewhere, "/enroll")
		s.get("/enroll")
		s.expect(s.get("/enroll/scan"), ok, "")
	}
	if s.rights[0].Browser == s.rights[1].Browser {
		t.Error("two browsers look like one")
	}
}

func TestWhoHasNoPasswordChoosesOne(t *testing.T) {
	s := newStage(t)
	s.person = &directory.Person{ID: alice, Username: "alice"}
	s.invite(enrollment.ForAdminUp)
	s.post("/e", "invite", "K7MPQ2XR")
	s.expect(s.get("/e/password"), ok, "", "Choose a password", "alice")
	s.expect(s.post("/e/password", "password", "short", "again", "short"), again, "", "at least 8 characters")
	s.expect(s.post("/e/password", "password", "long enough to keep", "again", "another one entirely"), again, "", "not the same")
	s.expect(s.post("/e/password", "password", "long enough to keep", "again", "long enough to keep"), elsewhere, "/enroll")
	if s.chosen.Reveal() != "hash of long enough to keep" {
		t.Error("another password was kept")
	}
	s.expect(s.get("/enroll/scan"), ok, "", `id="totp-qr"`)
	if r := s.rights[1]; r.Challenge != nil || r.Invitation != 9 || r.Browser != s.rights[0].Browser {
		t.Errorf("enrolled by the right %+v", r)
	}
}

func TestACodeFromADoorChoosesNoPassword(t *testing.T) {
	s := newStage(t)
	s.person = &directory.Person{ID: alice, Username: "alice"}
	s.invite(enrollment.FromDoor)
	s.post("/e", "invite", "K7MPQ2XR")
	s.expect(s.get("/e/password"), ok, "", "Enter your password")
	s.expect(s.post("/e/password", "password", "long enough to keep", "again", "long enough to keep"), again, "")
	if !s.chosen.Empty() {
		t.Error("a password was chosen")
	}
}

func TestPostponing(t *testing.T) {
	s := newStage(t)
	s.account.Owes = policy.Position{Stand: policy.StandPeriod, PostponeLeft: -1, By: policy.Requirement{
		Duty: policy.InPeriod, Due: storyTime.AddDate(0, 0, 9),
	}}
	s.mayEnroll()
	s.post("/signin", "username", "alice", "password", "right")
	s.expect(s.get("/enroll"), ok, "", "Saturday, 12 December, 09:30", "9 days left", "Not now")
	s.decides(allow(factor.MethodPassword))
	s.expect(s.post("/enroll/later"), elsewhere, "/security")
	if s.answered[0].Handle.Reveal() != "ENROLL" || !s.answered[0].Code.Empty() {
		t.Errorf("answered %+v", s.answered[0])
	}
	s.expect(s.get("/security"), ok, "", "Please set up your second step")
}

func TestWithoutARightNobodyEnrolls(t *testing.T) {
	s := newStage(t)
	for _, path := range []string{"/enroll", "/enroll/scan", "/enroll/check"} {
		s.expect(s.get(path), elsewhere, "/signin?next=%2Fenroll")
	}
	s.expect(s.post("/enroll/check", "code", "123456"), elsewhere, "/signin?next=%2Fenroll")
	s.signedIn()
	s.expect(s.get("/enroll/scan"), elsewhere, "/security") // a session of two factors is no right either
	if len(s.rights) != 0 {
		t.Errorf("enrolled by %+v", s.rights)
	}
}

func TestAQuestionThatGivesNoRightEnrollsNobody(t *testing.T) {
	s := newStage(t)
	s.mayEnroll()
	s.post("/signin", "username", "alice", "password", "right")
	s.question.Purpose = challenge.SignIn
	if p := s.get("/enroll/scan"); p.status == ok {
		t.Error("it lets one enroll")
	}
}

func TestChangesNeedFreshProof(t *testing.T) {
	s := newStage(t)
	s.account.Authenticators = []selfservice.Authenticator{{ID: 7, Kind: factor.TOTP, AddedAt: storyTime}}
	s.signedIn()
	s.now = s.now.Add(6 * time.Minute)
	s.expect(s.get("/security/codes"), elsewhere, "/confirm?next=%2Fsecurity%2Fcodes")
	s.expect(s.post("/security/codes"), http.StatusTemporaryRedirect, "/confirm/form?next=%2Fsecurity%2Fcodes")
	if s.renewed != 0 {
		t.Fatal("codes were renewed without fresh proof")
	}
	s.decides(ask("FRESH"), ask("FRESH2"), authn.Decision{
		Outcome: authn.Allow, Person: alice,
		Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, At: s.now},
	})
	s.expect(s.get("/confirm?next=%2Fsecurity%2Fcodes"), ok, "", "Confirm it is you")
	if r := s.began[len(s.began)-1]; r.SignedIn != alice || !r.Password.Empty() {
		t.Errorf("the engine was asked %+v", r)
	}
	s.expect(s.post("/confirm?next=%2Fsecurity%2Fcodes", "code", "000000"), again, "", "did not work")
	s.expect(s.post("/confirm?next=%2Fsecurity%2Fcodes", "code", "123456"), elsewhere, "/security/codes")
	s.expect(s.get("/security/codes"), ok, "", "Make new recovery codes?")
	s.expect(s.post("/security/codes"), ok, "", "5hk2m-8qxw3", "old recovery codes no longer work")
	if len(s.sessions) != 1 {
		t.Errorf("%d sessions: the old token still works", len(s.sessions))
	}
}

func TestAskingForHelp(t *testing.T) {
	s := newStage(t)
	s.expect(s.get("/help"), ok, "", "Enter your user name and password")
	s.expect(s.post("/help"), elsewhere, "/help")
	s.expect(s.post("/help/identify", "username", "alice", "password", "wrong"), again, "", "do not match")
	s.decides(ask("IGNORED"))
	s.expect(s.post("/help/identify", "username", "alice", "password", "right"), elsewhere, "/help")
	if r := s.began[len(s.began)-1]; !r.ForHelp {
		t.Errorf("the engine was asked %+v", r)
	}
	s.expect(s.post("/help"), elsewhere, "/help")
	s.expect(s.get("/help"), ok, "", "You asked for help", s.help.ID.String())
	if len(s.sessions) != 0 {
		t.Error("asking for help signs in")
	}
	s.help, s.helpErr = nil, selfservice.ErrAskedEnough
	s.expect(s.post("/help"), again, "", "three times today")
}

func TestRecoveryCodesAsAFile(t *testing.T) {
	s := newStage(t)
	p := s.post("/codes.txt", "recovery", "5hk2m-8qxw3", "recovery", "<script>", "recovery", "t7rb2-vcp9f")
	s.expect(p, ok, "", "5hk2m-8qxw3\r\n", "t7rb2-vcp9f\r\n")
	if strings.Contains(p.body, "script") {
		t.Error("anything can be put into the file")
	}
}

// TestWhoIsDismissedMeanwhileIsNotLetIn: between the decision and the session
// an account may be disabled or a factor suspended. Nobody is signed in then,
// at none of the places where sessions begin.
func TestWhoIsDismissedMeanwhileIsNotLetIn(t *testing.T) {
	t.Run("with a password", func(t *testing.T) {
		s := newStage(t)
		s.dismissed = true
		s.decides(allow(factor.MethodPassword))
		s.expect(s.post("/signin", "username", "alice", "password", "right"), again, "", "Please sign in again", `name="password"`)
		s.expect(s.get("/security"), elsewhere, "/signin?next=%2Fsecurity")
	})
	t.Run("with a code", func(t *testing.T) {
		s := newStage(t)
		s.dismissed = true
		s.decides(ask("FIRST"), allow(factor.MethodPassword, factor.MethodTOTP))
		s.post("/signin", "username", "alice", "password", "right")
		s.expect(s.post("/signin/code", "code", "123456"), again, "", "Please sign in again")
		s.expect(s.get("/signin/code"), elsewhere, "/signin")
	})
	t.Run("by setting up", func(t *testing.T) {
		s := newStage(t)
		s.mayEnroll()
		s.expect(s.post("/signin", "username", "alice", "password", "right"), elsewhere, "/enroll")
		s.results = []enrollment.Result{{Verdict: enrollment.Complete, Codes: []secret.Text{secret.New("5hk2m-8qxw3")}}}
		s.dismissed = true
		p := s.post("/enroll/check", "code", "123456")
		s.expect(p, again, "", "Please sign in again")
		if strings.Contains(p.body, "5hk2m-8qxw3") {
			t.Error("recovery codes are shown to somebody who is not let in")
		}
	})
	t.Run("by proving anew", func(t *testing.T) {
		s := newStage(t)
		s.signedIn()
		s.now = s.now.Add(6 * time.Minute)
		s.decides(ask("FRESH"), authn.Decision{
			Outcome: authn.Allow, Person: alice, Proof: factor.Proof{Methods: []factor.Method{factor.MethodTOTP}, At: s.now},
		})
		s.expect(s.get("/confirm?next=%2Fsecurity"), ok, "", "Confirm it is you")
		for h := range s.sessions { // it ends while the code is checked
			s.onAnswer = func() { delete(s.sessions, h) }
		}
		s.expect(s.post("/confirm?next=%2Fsecurity", "code", "123456"), again, "", "Please sign in again")
		if len(s.sessions) != 0 {
			t.Error("a session that had ended was renewed")
		}
	})
}
