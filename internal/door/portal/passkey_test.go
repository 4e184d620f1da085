package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
)

func askPasskey(handle string) authn.Decision {
	d := ask(handle)
	d.Prompts = []authn.Prompt{{Kind: factor.Passkey, Options: []byte(`{"challenge":"CCCC"}`)}}
	return d
}

func TestAPasskeyAfterThePassword(t *testing.T) {
	s := newStage(t)
	s.prompts = askPasskey("").Prompts
	s.decides(askPasskey("HANDLE"), allow(factor.MethodPassword, factor.MethodHardwareKey))
	s.expect(s.post("/signin", "username", "alice", "password", "right"), elsewhere, "/signin/code")
	s.expect(s.get("/signin/code"), ok, "", `data-options="{&#34;challenge&#34;:&#34;CCCC&#34;}"`, "Recovery code", "/assets/passkey.")
	s.expect(s.post("/signin/code", "passkey", `{"id":"AA"}`), elsewhere, "/security")
	if a := s.answered[0]; string(a.Passkey) != `{"id":"AA"}` || a.Handle.Reveal() != "HANDLE" || !a.Code.Empty() {
		t.Errorf("the engine was told %+v", a)
	}
}

func TestAPasskeyThatProvesNothing(t *testing.T) {
	s := newStage(t)
	s.decides(askPasskey("HANDLE"), authn.Decision{Reason: authn.ReasonPasskeyCopied, Message: authn.MessagePasskey})
	s.post("/signin", "username", "alice", "password", "right")
	s.expect(s.post("/signin/code", "passkey", "{}"), http.StatusForbidden, "", "Your passkey did not work")
}

func TestAPasskeyInPlaceOfNameAndPassword(t *testing.T) {
	s := newStage(t)
	s.expect(s.get("/signin?next=/security/codes"), ok, "", `autocomplete="username webauthn"`, `data-ask="/signin/ask"`)
	if asked := s.post("/signin/ask"); asked.status != ok || asked.body != `{"challenge":"AAAA"}` {
		t.Errorf("asked: %+v", asked)
	}
	s.decides(allow(factor.MethodSoftwareKey, factor.MethodMultiFactor))
	s.expect(s.post("/signin/passkey", "passkey", `{"id":"AA"}`, "next", "/security/codes"), elsewhere, "/security/codes")
	s.forgetCookies()
	s.post("/signin/ask")
	s.decides(authn.Decision{Message: authn.MessageRefused}, allow(factor.MethodSoftwareKey, factor.MethodMultiFactor))
	s.expect(s.post("/signin/passkey", "passkey", `{"id":"AA"}`, "next", "/security/codes"),
		http.StatusUnprocessableEntity, "", "That passkey did not work")
	s.post("/signin/ask")
	s.expect(s.post("/signin/passkey", "passkey", `{"id":"AA"}`, "next", "/security/codes"), elsewhere, "/security/codes")
	for _, b := range s.began {
		if b.Passkey == nil || b.Passkey.Handle.Reveal() != "ASKEDHANDLE" || string(b.Passkey.Response) != `{"id":"AA"}` || b.Username != "" {
			t.Errorf("the engine was told %+v", b)
		}
	}
	if len(s.sessions) != 2 {
		t.Errorf("%d sessions", len(s.sessions))
	}
}

// mayEnrollHere brings the browser to the set-up, after the password.
func (s *stage) mayEnrollHere() {
	s.t.Helper()
	s.mayEnroll()
	s.expect(s.post("/signin", "username", "alice", "password", "right"), elsewhere, "/enroll")
}

func TestSettingUpAPasskey(t *testing.T) {
	s := newStage(t)
	s.mayEnrollHere()
	s.expect(s.get("/enroll"), ok, "", `value="passkey"`)
	s.expect(s.post("/enroll", "method", "passkey"), elsewhere, "/enroll/passkey")
	s.expect(s.get("/enroll/passkey"), ok, "", `data-options="{&#34;challenge&#34;:&#34;BBBB&#34;}"`, "Set up an authenticator app instead")
	for verdict, says := range map[enrollment.Verdict]string{
		enrollment.WrongCode: "no passkey we can use", enrollment.NotWanted: "of only some makers", enrollment.Taken: "registered already", enrollment.StartedOver: "Set up your second step",
	} {
		s.results = []enrollment.Result{{Verdict: verdict}}
		s.expect(s.post("/enroll/passkey", "passkey", "{}"), http.StatusUnprocessableEntity, "", says)
	}
	s.results = []enrollment.Result{{
		Verdict: enrollment.Complete, Codes: []secret.Text{secret.New("5hk2m-8qxw3")},
		Proof: factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodHardwareKey}, At: storyTime},
	}}
	s.expect(s.post("/enroll/passkey", "passkey", `{"id":"AA"}`), ok, "", "Your passkey works.")
	if string(s.made) != `{"id":"AA"}` {
		t.Errorf("the desk was told %s", s.made)
	}
	s.expect(s.get("/enroll/done"), ok, "", "you use your passkey")
}

// TestNoPasskeyForADoorThatCannotAskForIt: whoever was sent by a gateway needs
// what that gateway can ask for.
func TestNoPasskeyForADoorThatCannotAskForIt(t *testing.T) {
	s := newStage(t)
	s.invite(enrollment.FromDoor)
	s.mayEnroll()
	s.post("/e", "invite", "K7MPQ2XR")
	s.post("/e/password", "password", "right")
	p := s.get("/enroll")
	s.expect(p, ok, "", "Is this you, now?")
	if strings.Contains(p.body, `value="passkey"`) {
		t.Error("a passkey can be chosen")
	}
	s.expect(s.get("/enroll/passkey"), elsewhere, "/enroll")
	s.expect(s.post("/enroll", "method", "passkey"), http.StatusUnprocessableEntity, "", "Choose how")
}

func TestRenamingAndRemoving(t *testing.T) {
	s := newStage(t)
	s.account.Authenticators = []selfservice.Authenticator{
		{ID: 7, Kind: factor.TOTP, Removable: true}, {ID: 8, Kind: factor.Passkey, Label: "Blue key", Removable: true},
	}
	s.signedIn()
	which := id.ID(8).String()
	p := s.get("/security")
	s.expect(p, ok, "", "/security/rename?factor="+which, "/security/remove?factor="+which, "/security/add")
	if strings.Contains(p.body, "/security/replace?factor="+which) {
		t.Error("a passkey can be replaced")
	}
	s.expect(s.get("/security/rename?factor="+which), ok, "", "Blue key")
	s.expect(s.post("/security/rename", "factor", which, "label", "Red key"), elsewhere, "/security")
	if s.renamed != "Red key" {
		t.Errorf("renamed %q", s.renamed)
	}
	s.actOnErr = selfservice.ErrLabel
	s.expect(s.post("/security/rename", "factor", which, "label", ""), http.StatusUnprocessableEntity, "", "up to 64 characters")
	s.actOnErr = nil
	if p := s.post("/security/remove", "factor", id.ID(9).String()); p.status != http.StatusNotFound || s.removed != 0 {
		t.Errorf("another's removed: %d", p.status)
	}
	s.expect(s.post("/security/remove", "factor", which), elsewhere, "/security")
	if s.removed != 8 {
		t.Errorf("removed %v", s.removed)
	}
	s.needsFreshProof(which)
}

// needsFreshProof: everything but looking does, and a passkey gives it.
func (s *stage) needsFreshProof(which string) {
	s.t.Helper()
	s.now = s.now.Add(6 * time.Minute)
	s.removed, s.renamed = 0, ""
	for _, p := range []page{
		s.get("/security/add"), s.get("/security/rename?factor=" + which), s.get("/security/remove?factor=" + which),
		s.post("/security/rename", "factor", which, "label", "x"), s.post("/security/remove", "factor", which),
	} {
		if !strings.HasPrefix(p.location, "/confirm?") && !strings.HasPrefix(p.location, holdPath+"?") || s.removed != 0 || s.renamed != "" {
			s.t.Errorf("leads to %q; removed %v, renamed %q", p.location, s.removed, s.renamed)
		}
	}
	s.decides(askPasskey("AGAIN"), allow(factor.MethodPassword, factor.MethodHardwareKey))
	s.expect(s.get("/confirm?next=/security/add"), ok, "", "CCCC", "Confirm it is you")
	s.expect(s.post("/confirm?next=/security/add", "passkey", "{}"), elsewhere, "/security/add")
}

func TestAddingOneMore(t *testing.T) {
	s := newStage(t)
	s.signedIn()
	s.expect(s.get("/security/add"), elsewhere, "/enroll")
	s.expect(s.get("/enroll"), ok, "", "Add another way to sign in", `value="passkey"`)
	s.expect(s.post("/enroll", "method", "passkey"), elsewhere, "/enroll/passkey")
	s.expect(s.get("/enroll/passkey"), ok, "")
	r := s.rights[len(s.rights)-1]
	if r.Person != alice || r.Replaces != 0 || !(factor.Proof{Methods: r.Proven}).Second() || r.Until.Sub(s.now) > challenge.PageLifetime {
		t.Errorf("by the right %+v", r)
	}
}
