package console

import (
	"net/http"
	"testing"

	"example.com/muster/internal/directory"
)

// TestWhoAsksForHelpIsIdentified: a pass or a reset says how it was checked who
// it is, as long as the request is open.
func TestWhoAsksForHelpIsIdentified(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	furnish(o)
	const pass = "/console/user/pass?name=bob"
	b.wants(b.get(pass), http.StatusOK, "How was their identity checked?")
	b.wants(b.post(pass, "lifetime", "1h0m0s", "reason", "new phone", "identity", " "), http.StatusUnprocessableEntity,
		"Say how their identity was checked", `id="identity-wrong"`)
	b.wants(b.post(pass, "lifetime", "1h0m0s", "reason", "new phone", "identity", "called back"), http.StatusOK)
	if _, err := o.EnrollTOTP(t.Context(), local, "bob"); err != nil {
		t.Fatal(err)
	}
	const reset = "/console/user/act?act=reset&name=bob"
	b.wants(b.get(reset), http.StatusOK, "How was their identity checked?")
	b.wants(b.post(reset, "reason", "lost it"), http.StatusUnprocessableEntity, `id="identity-wrong"`)
	b.leads(b.post(reset, "reason", "lost it", "identity", "called back"), "/console/user?name=bob")
}
