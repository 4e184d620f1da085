package portal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/web"
)

// slip is what the portal notes down in a browser for itself, sealed: between
// two pages it must remember something that no table holds. A slip says one
// thing, for a while.
type slip struct {
	Until time.Time `json:"until"`

	// Person has shown the right password at this time, though they may not
	// sign in: they may ask for help.
	Person id.ID `json:"person,omitempty"`
	// Replaces is the factor that an enrollment begun with fresh proof takes
	// the place of, in this Session and no other. Once the new one has been
	// shown it is Underway, and may end when the proof is no longer fresh.
	Replaces id.ID `json:"replaces,omitempty"`
	Session  id.ID `json:"session,omitempty"`
	Underway bool  `json:"underway,omitempty"`
	// Invitation is what a set-up code opened, and Code that code as it was
	// typed: the engine wants to see it together with the password.
	Invitation id.ID  `json:"invitation,omitempty"`
	Code       string `json:"code,omitempty"`
	// Waiting is the sign-in at another door to go back to.
	Waiting *waiting `json:"waiting,omitempty"`
	// Ends is when the sign-in ends at the latest in which Person sent a form
	// that is held. It stays the same however often fresh proof is shown in it.
	Ends time.Time `json:"ends,omitzero"`
}

// The purposes of slips; each is a cookie of its own.
const (
	inviteSlip  = "invite" // from the form for set-up codes to the end of the set-up
	helpSlip    = "help"
	replaceSlip = "replace"
	waitingSlip = "waiting"
	heldSlip    = "held" // no cookie: it goes with the form
)

func slipPlace(purpose string) keyring.Place {
	return keyring.Place{Table: "cookie", Row: "portal", Column: purpose}
}

// leave notes s in the browser for as long as it says.
func (d *Door) leave(w http.ResponseWriter, r *web.Request, purpose string, s slip) error {
	sealed, err := d.seal(purpose, s)
	if err != nil {
		return err
	}
	r.SetCookie(w, purpose, sealed, s.Until.Sub(r.Began))
	return nil
}

func (d *Door) seal(purpose string, s slip) (string, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(d.Keys.Seal(nil, slipPlace(purpose), plain)), nil
}

// find returns what was noted, if it still holds.
func (d *Door) find(r *web.Request, purpose string) (s slip, ok bool) {
	return d.open(purpose, r.Cookie(purpose), r.Began)
}

// open returns what a slip says, if it still holds. A slip that cannot be opened
// is none: keys may have been exchanged since.
func (d *Door) open(purpose, text string, now time.Time) (s slip, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) == 0 {
		return slip{}, false
	}
	plain, err := d.Keys.Open(nil, slipPlace(purpose), sealed)
	if err != nil || json.Unmarshal(plain, &s) != nil || !now.Before(s.Until) {
		return slip{}, false
	}
	return s, true
}
