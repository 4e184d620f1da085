package portal

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
)

func TestSetUpCodesAreNotGuessed(t *testing.T) {
	s := newStage(t)
	s.invite(enrollment.FromDoor)
	for range 10 {
		s.expect(s.post("/e", "invite", "WRONGONE"), again, "", "does not work")
	}
	s.expect(s.post("/e", "invite", "K7MPQ2XR"), http.StatusTooManyRequests, "", "Too many tries")
	s.now = s.now.Add(6 * time.Minute)
	s.expect(s.post("/e", "invite", "K7MPQ2XR"), elsewhere, "/e/password")
}

func TestManyGuessesAtOnceAreNoMoreThanManyInTurn(t *testing.T) {
	s := newStage(t)
	s.invite(enrollment.FromDoor)
	s.lookTakes = 50 * time.Millisecond // for the others to come in
	var looked atomic.Int32
	var all sync.WaitGroup
	for range 80 {
		all.Go(func() {
			if s.post("/e", "invite", "WRONGONE").status == again {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	if n := looked.Load(); n != 10 {
		t.Errorf("%d guesses were looked at", n)
	}
}

// TestACodeInACookieOpensNothing: only the form takes a code, and it counts.
func TestACodeInACookieOpensNothing(t *testing.T) {
	s := newStage(t)
	s.person = &directory.Person{ID: alice, Username: "alice"}
	s.invite(enrollment.ForAdminUp)
	s.plant("invite", s.inviteCode)
	s.plant("browser", "mine")
	s.expect(s.get("/e/password"), elsewhere, "/e")
	s.expect(s.post("/e/password", "password", "long enough to keep", "again", "long enough to keep"), elsewhere, "/e")
	for _, path := range []string{"/enroll", "/enroll/scan", "/enroll/check"} {
		if p := s.get(path); p.status == ok {
			t.Errorf("%s opens", path)
		}
	}
	if len(s.rights) != 0 {
		t.Errorf("enrolled by %+v", s.rights)
	}
}

func TestGuessesOfOthersStopNobodyInTheWizard(t *testing.T) {
	s := newStage(t)
	s.person = &directory.Person{ID: alice, Username: "alice"}
	s.invite(enrollment.ForAdminUp)
	s.expect(s.post("/e", "invite", "K7MPQ2XR"), elsewhere, "/e/password")
	for range 11 {
		s.post("/e", "invite", "WRONGONE")
	}
	s.expect(s.post("/e", "invite", "K7MPQ2XR"), http.StatusTooManyRequests, "", "Too many tries")
	s.expect(s.post("/e/password", "password", "long enough to keep", "again", "long enough to keep"), elsewhere, "/enroll")
	s.expect(s.get("/enroll/scan"), ok, "", `id="totp-qr"`)

	s.invitation = nil // spent or taken back meanwhile
	s.expect(s.get("/e/password"), again, "", "does not work")
	s.expect(s.get("/e/password"), elsewhere, "/e")
}
