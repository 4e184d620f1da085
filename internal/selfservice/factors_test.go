package selfservice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/store/storetest"
)

func TestCleanLabel(t *testing.T) {
	for typed, want := range map[string]string{
		"YubiKey": "YubiKey", "  blue key ": "blue key", "Schlüssel №1": "Schlüssel №1",
		strings.Repeat("x", passkey.MaxLabel): strings.Repeat("x", passkey.MaxLabel),
		"":                                    "", "   ": "", "a\nb": "", "a\u202eb": "", "a\x00": "", "\xff": "", strings.Repeat("x", passkey.MaxLabel+1): "",
	} {
		if got, ok := selfservice.CleanLabel(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
}

func TestMayRemove(t *testing.T) {
	app := factor.Factor{ID: 1, Kind: factor.TOTP}
	key := factor.Factor{ID: 2, Kind: factor.Passkey}
	codes := factor.Factor{ID: 3, Kind: factor.Recovery}
	off := factor.Factor{ID: 4, Kind: factor.Passkey, Suspended: true}
	now := time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC)
	require := func(wanted policy.Wanted, duty policy.Duty, left time.Duration) policy.Requirement {
		return policy.Requirement{Period: 1, Duty: duty, Factor: wanted, Due: now.Add(left)}
	}
	for name, tc := range map[string]struct {
		factors  []factor.Factor
		which    id.ID
		required []policy.Requirement
		want     error
	}{
		"the only one":               {[]factor.Factor{key}, 2, nil, selfservice.ErrLastFactor},
		"and recovery codes":         {[]factor.Factor{key, codes}, 2, nil, selfservice.ErrLastFactor},
		"and a suspended one":        {[]factor.Factor{key, off}, 2, nil, selfservice.ErrLastFactor},
		"and an app":                 {[]factor.Factor{app, key}, 2, nil, nil},
		"the app beside a passkey":   {[]factor.Factor{app, key}, 1, nil, nil},
		"one of two passkeys":        {[]factor.Factor{{ID: 9, Kind: factor.Passkey}, key}, 2, nil, nil},
		"what is not there, of none": {nil, 2, nil, selfservice.ErrLastFactor},

		"the required app":                       {[]factor.Factor{app, key}, 1, []policy.Requirement{require(policy.WantTOTP, policy.RequiredNow, 0)}, selfservice.ErrRequiredFactor},
		"the required app, after the end":        {[]factor.Factor{app, key}, 1, []policy.Requirement{require(policy.WantTOTP, policy.InPeriod, 0)}, selfservice.ErrRequiredFactor},
		"the required app, while there is time":  {[]factor.Factor{app, key}, 1, []policy.Requirement{require(policy.WantTOTP, policy.InPeriod, time.Hour)}, nil},
		"what is not required, beside the app":   {[]factor.Factor{app, key}, 2, []policy.Requirement{require(policy.WantTOTP, policy.RequiredNow, 0)}, nil},
		"one of two that any requirement counts": {[]factor.Factor{app, key}, 1, []policy.Requirement{require(policy.WantAny, policy.RequiredNow, 0)}, nil},
	} {
		r := &authn.Record{Factors: tc.factors, Requirements: tc.required}
		if got := selfservice.MayRemove(r, tc.which, now); !errors.Is(got, tc.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRenameAndRemove(t *testing.T) {
	d := open(t)
	alice, bob := d.add("alice", true), d.add("bob", true)
	app := d.account(alice).Authenticators[0].ID
	other := d.account(bob).Authenticators[0].ID
	if err := d.Remove(t.Context(), alice, app); !errors.Is(err, selfservice.ErrLastFactor) {
		t.Errorf("the last one: %v", err)
	}
	for _, which := range []id.ID{other, 12345} {
		if err := d.Remove(t.Context(), alice, which); !errors.Is(err, selfservice.ErrNoSuchFactor) {
			t.Errorf("another's removed: %v", err)
		}
		if err := d.Rename(t.Context(), alice, which, "mine"); !errors.Is(err, selfservice.ErrNoSuchFactor) {
			t.Errorf("another's renamed: %v", err)
		}
	}
	if err := d.Rename(t.Context(), alice, app, "a\nb"); !errors.Is(err, selfservice.ErrLabel) {
		t.Errorf("a name of two lines: %v", err)
	}
	if err := d.Rename(t.Context(), alice, app, " old phone "); err != nil || d.account(alice).Authenticators[0].Label != "old phone" {
		t.Errorf("renamed: %v, %+v", err, d.account(alice).Authenticators)
	}
	r := storetest.Find(t, d.store, "alice")
	second := factor.Factor{ID: d.ids.Next(d.now), Person: r.Person.ID, Kind: factor.Passkey, Sealed: []byte("made"), CreatedAt: d.now}
	if err := d.store.Amend(t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, AddFactors: []factor.Factor{second}, Log: storetest.Entry("test", "alice"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(t.Context(), alice, app); err != nil {
		t.Fatal(err)
	}
	if a := d.account(alice).Authenticators; len(a) != 1 || a[0].Kind != factor.Passkey {
		t.Errorf("left: %+v", a)
	}
	mails, err := d.store.FindMails(t.Context(), operator.MailQuery{Limit: 10})
	if err != nil || len(mails) != 1 || mails[0].Kind != notify.FactorRemoved {
		t.Errorf("told by %+v, %v", mails, err)
	}
}
