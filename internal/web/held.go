package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// A form that is posted when its sender has to prove first who they are is
// held on the page that asks for that, in hidden fields, and sent on from there.
// No copy of it stays with us, and it passes the same guard against other sites'
// forms each time. Passwords are never put on that page; they are typed again.

const (
	// heldLimit is the most that is held, in bytes as it is sent: with the answer of
	// an authenticator beside it, it must get through BodyLimit once more.
	heldLimit = BodyLimit - 16<<10
	// leftOutField names the fields that were left out of a held form.
	leftOutField = "held-without"
)

var (
	// neverHeld are the fields that ask for a password or a shared secret.
	neverHeld = []string{"password", "again", "secret"}
	// proofFields are those of a page that asks for proof. A form with one of its
	// own is not held: what was typed into one would be taken for the other's.
	proofFields = []string{"code", "passkey"}
)

// HeldForm is a form that waits for its sender's proof.
type HeldForm struct {
	Fields []HeldField
	Secret bool // something was typed into it that is not held
}

// HeldField is a hidden field of the page that holds a form.
type HeldField struct{ Name, Value string }

// SendOn makes the browser post the same form to another path of ours, and not
// merely read there (307; RFC 9110 section 15.4.8).
func (r *Request) SendOn(w http.ResponseWriter, path string) error {
	http.Redirect(w, r.Request, LocalPath(path), http.StatusTemporaryRedirect)
	return nil
}

// HeldForm returns the posted form as a page holds it, without the fields of
// that page itself, own. It reports false for one that cannot be held: it is too
// long, or asks for proof itself.
func (r *Request) HeldForm(own ...string) (held HeldForm, ok bool) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return HeldForm{}, false
	}
	size := 0
	add := func(name, value string) {
		held.Fields = append(held.Fields, HeldField{name, value})
		size += len(url.QueryEscape(name)) + len(url.QueryEscape(value)) + len("=&")
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		values := r.PostForm[name]
		switch {
		case slices.Contains(own, name):
		case slices.Contains(proofFields, name):
			return HeldForm{}, false
		case slices.Contains(neverHeld, name):
			if slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
				held.Secret = true
				add(leftOutField, name)
			}
		default:
			held.Secret = held.Secret || name == leftOutField
			for _, value := range values {
				add(name, value)
			}
		}
	}
	return held, size <= heldLimit
}

// LeftOut reports whether something was typed into a field of a form that was
// held, and is not there any more: it is to be typed again.
func (r *Request) LeftOut(field string) bool {
	return slices.Contains(r.Fields(leftOutField), field) && r.Field(field) == ""
}
