package portal

import (
	"net/http"
	"testing"
	"time"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/selfservice"
)

func TestReplacingAnAuthenticator(t *testing.T) {
	s := newStage(t)
	s.account.Authenticators = []selfservice.Authenticator{{ID: 7, Kind: factor.TOTP, AddedAt: storyTime}}
	s.signedIn()
	old := s.account.Authenticators[0].ID.String()
	s.expect(s.get("/security"), ok, "", "/security/replace?factor="+old)
	s.expect(s.get("/security/replace?factor="+old), elsewhere, "/enroll")
	s.expect(s.get("/enroll"), ok, "", "Set up your new authenticator")
	s.expect(s.get("/enroll/scan"), ok, "")
	if r := s.rights[0]; r.Replaces != 7 || r.Person != alice {
		t.Errorf("enrolled by the right %+v", r)
	}
	s.results = []enrollment.Result{{Verdict: enrollment.Complete, Proof: factor.Proof{Methods: []factor.Method{factor.MethodTOTP}, At: storyTime}}}
	s.expect(s.post("/enroll/check", "code", "123456"), elsewhere, "/enroll/done")
	if len(s.sessions) != 1 {
		t.Errorf("%d sessions", len(s.sessions))
	}
	s.expect(s.get("/security/replace?factor=0000000000009"), http.StatusNotFound, "")
}

func TestReplacingBeginsWithFreshProofOnly(t *testing.T) {
	old := id.ID(7).String()
	begin := func() *stage {
		s := newStage(t)
		s.enrolled()
		s.signedIn()
		s.now = s.now.Add(4 * time.Minute)
		s.expect(s.get("/security/replace?factor="+old), elsewhere, "/enroll")
		return s
	}
	s := begin()
	s.now = s.now.Add(2 * time.Minute) // six since the proof
	s.expect(s.get("/enroll"), elsewhere, "/security")
	s.expect(s.post("/enroll", "method", "totp"), elsewhere, "/security")
	s.expect(s.get("/enroll/scan"), elsewhere, "/security")
	if len(s.rights) != 0 {
		t.Errorf("enrolled by the right %+v", s.rights)
	}

	s = begin()
	s.expect(s.post("/enroll", "method", "totp"), elsewhere, "/enroll/scan")
	began := s.now
	for s.now.Sub(began) < challenge.PageLifetime-10*time.Minute {
		s.expect(s.get("/enroll/scan"), ok, "")
		s.now = s.now.Add(10 * time.Minute)
	}
	s.expect(s.get("/enroll/check"), ok, "")
	s.now = s.now.Add(10 * time.Minute) // looking again does not make it longer
	s.expect(s.get("/enroll/scan"), elsewhere, "/security")
}

// TestReplacingIsForOneSession: what one session may do another may not, such
// as the one that begins when the replacing is done.
func TestReplacingIsForOneSession(t *testing.T) {
	s := newStage(t)
	s.enrolled()
	s.signedIn()
	s.expect(s.get("/security/replace?factor="+id.ID(7).String()), elsewhere, "/enroll")
	s.signedIn()
	s.expect(s.get("/enroll/scan"), elsewhere, "/security")
}
