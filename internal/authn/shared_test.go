package authn_test

import (
	"testing"

	"example.com/muster/internal/authn"
)

// shared is a store that other nodes write to as well.
type shared struct{ authn.Store }

func (shared) Shared() bool { return true }

// TestNobodyIsRefusedWhereNodesShareAStore: a name that nobody has, and one
// that cannot be anybody's, are refused like a wrong password.
func TestNobodyIsRefusedWhereNodesShareAStore(t *testing.T) {
	in := install(t)
	in.Store = shared{in.store}
	in.add("alice", "right", aliceKey)
	for i, name := range []string{"nobody", "alice@elsewhere.example.com", "\xff"} {
		for _, client := range []string{"vpn", "nps", "portal"} {
			d := in.begin(client, name, "whatever", byte(i+1))
			if client != "nps" && (d.Outcome != authn.Deny || d.Message != authn.MessageRefused) {
				t.Errorf("%q at %s: %v because of %s", name, client, d.Outcome, d.Reason)
			}
			if d.Outcome == authn.Allow {
				t.Errorf("%q is let in at %s", name, client)
			}
		}
	}
}
