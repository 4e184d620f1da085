package operator_test

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// TestMay holds the whole table of roles: every act by every role on everybody.
func TestMay(t *testing.T) {
	roles := []directory.Role{directory.NoRole, directory.Auditor, directory.HelpDesk, directory.Administrator}
	// allowed[act][who] lists whom that role may act on; "-" is nobody in particular.
	const everybody = "- none auditor help-desk administrator self"
	allowed := map[operator.Act]map[directory.Role]string{
		operator.Read: {
			directory.Auditor: everybody, directory.HelpDesk: everybody, directory.Administrator: everybody,
		},
		operator.Help: {
			directory.HelpDesk: "- none", directory.Administrator: "- none auditor help-desk administrator",
		},
		operator.Manage:    {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Issue:     {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Appoint:   {directory.Administrator: "- none auditor help-desk administrator"},
		operator.Configure: {directory.Administrator: everybody},
	}
	for act, table := range allowed {
		for _, role := range roles {
			who := &directory.Person{ID: 1, Username: "carol", Role: role}
			cases := map[string]*directory.Person{"-": nil, "self": who}
			for i, r := range roles {
				name := string(r)
				if r == directory.NoRole {
					name = "none"
				}
				cases[name] = &directory.Person{ID: 2 + idOf(i), Username: "dave", Role: r}
			}
			for name, whom := range cases {
				err := operator.May(act, who, whom)
				want := containsWord(table[role], name)
				if (err == nil) != want {
					t.Errorf("May(%s, %q, %s) = %v, want allowed %v", act, role, name, err, want)
				}
				if err != nil && problem.KindOf(err) != problem.Forbidden {
					t.Errorf("May(%s, %q, %s): kind %v", act, role, name, problem.KindOf(err))
				}
			}
		}
	}
}

func TestMayRefuses(t *testing.T) {
	admin := func() *directory.Person { return &directory.Person{ID: 1, Role: directory.Administrator} }
	disabled := admin()
	disabled.Disabled = true
	for name, err := range map[string]error{
		"a disabled administrator": operator.May(operator.Read, disabled, nil),
		"nobody":                   operator.May(operator.Read, nil, nil),
		"an unknown act":           operator.May("dance", admin(), nil),
		"a role that is none":      operator.May(operator.Read, &directory.Person{ID: 1, Role: "king"}, nil),
	} {
		if err == nil {
			t.Errorf("%s was allowed to act", name)
		}
	}
}
