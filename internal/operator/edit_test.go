package operator_test

import (
	"slices"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// TestSetUser changes what is named and nothing else.
func TestSetUser(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	ctx := t.Context()
	set := func(e operator.DetailsEdit, want ...string) {
		t.Helper()
		seen, err := o.SetUser(ctx, local, "alice", operator.DetailsEdit{
			DisplayName: e.DisplayName, Email: e.Email, Phone: e.Phone, Language: e.Language, TimeZone: e.TimeZone,
			Groups: e.Groups, Join: e.Join, Leave: e.Leave, Dry: true,
		})
		if err != nil || !slices.Equal(seen, want) {
			t.Errorf("beforehand %v, %v, want %v", seen, err, want)
		}
		before := o.record("alice")
		if changed, err := o.SetUser(ctx, local, "alice", e); err != nil || !slices.Equal(changed, want) {
			t.Errorf("changed %v, %v, want %v", changed, err, want)
		}
		if after := o.record("alice"); (after.Standing.Version > before.Standing.Version) != (len(want) > 0) {
			t.Errorf("%v: version %d after %d", want, after.Standing.Version, before.Standing.Version)
		}
	}
	set(operator.DetailsEdit{DisplayName: new("Alice"), Phone: new("+49 30 1234567"), Groups: &[]string{"vpn", "staff"}}, "display-name", "phone", "groups")
	set(operator.DetailsEdit{DisplayName: new(" Alice ")})
	set(operator.DetailsEdit{Language: new("de"), TimeZone: new("Europe/Berlin")}, "language", "time-zone")
	set(operator.DetailsEdit{Join: []string{"desk"}, Leave: []string{"vpn"}}, "groups")
	set(operator.DetailsEdit{Phone: new("")}, "phone")
	p := o.record("alice").Person
	if p.DisplayName != "Alice" || p.Phone != "" || p.Language != "de" || p.TimeZone != "Europe/Berlin" || p.Email != "alice@example.com" ||
		!slices.Equal(p.Groups, []string{"desk", "staff"}) && !slices.Equal(p.Groups, []string{"staff", "desk"}) {
		t.Errorf("alice is %+v", p)
	}
	if c := o.lastChange(); c.Action != "user.edit" || c.Detail != "phone" {
		t.Errorf("logged %+v", c)
	}
	for want, e := range map[operator.Refusal]operator.DetailsEdit{
		operator.RefusedEmail:    {Email: new("alice")},
		operator.RefusedLanguage: {Language: new("not a tag")},
		operator.RefusedTimeZone: {TimeZone: new("Mars/Olympus")},
		operator.RefusedPhone:    {Phone: new("030 123")},
		operator.RefusedGroups:   {Leave: []string{"nowhere"}},
	} {
		if _, err := o.SetUser(ctx, local, "alice", e); operator.RefusalOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := o.SetUser(ctx, local, "nobody", operator.DetailsEdit{Phone: new("")}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("nobody: %v", err)
	}
}

// TestSetUserLeavesWhatADirectoryTells: that is changed there, and refused here
// also where it is only looked at.
func TestSetUserLeavesWhatADirectoryTells(t *testing.T) {
	o := newOffice(t)
	o.fromForest("erin", directory.NoRole)
	for _, dry := range []bool{true, false} {
		_, err := o.SetUser(t.Context(), local, "erin", operator.DetailsEdit{Email: new("e@example.com"), Dry: dry})
		if operator.RefusalOf(err) != operator.RefusedTold {
			t.Errorf("dry %v: %v", dry, err)
		}
	}
	if _, err := o.SetUser(t.Context(), local, "erin", operator.DetailsEdit{TimeZone: new("Europe/Berlin")}); err != nil {
		t.Errorf("what it does not tell: %v", err)
	}
}
