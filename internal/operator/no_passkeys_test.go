package operator_test

import (
	"strings"
	"testing"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestNothingIsRequiredThatNobodyCanSetUp: where browsers make no passkeys, none
// is required, and what was required before the address changed is said.
func TestNothingIsRequiredThatNobodyCanSetUp(t *testing.T) {
	o := newOffice(t)
	o.bare("alice")
	order := week
	order.Factor = policy.WantPasskey
	if _, err := o.Require(t.Context(), local, named("alice"), order, false); err != nil {
		t.Fatal(err)
	}
	o.Passkeys, o.PublicURL = false, "https://192.0.2.1"
	for _, dry := range []bool{true, false} {
		if _, err := o.Require(t.Context(), local, named("alice"), order, dry); operator.RefusalOf(err) != operator.RefusedNoPasskeys {
			t.Errorf("dry %v: %v", dry, err)
		}
	}
	checks, err := o.Checks(t.Context(), local)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if c.Name == "periods" && (c.OK || !strings.Contains(c.Finding, "browsers make none at https://192.0.2.1")) {
			t.Errorf("%+v", c)
		}
	}
}
