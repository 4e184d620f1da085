package operator_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// said is a trial on one line.
func said(t operator.Trial) string {
	var parts []string
	for _, s := range t.Steps {
		parts = append(parts, string(s.Step)+":"+s.Says)
	}
	return strings.Join(parts, " ")
}

func TestATrialIsARealSignIn(t *testing.T) {
	o := newOffice(t)
	o.Passwords = password.New(password.Options{})
	o.add("alice", directory.NoRole)
	o.add("boss", directory.Administrator)
	o.add("desk", directory.HelpDesk)
	for _, name := range []string{"alice", "boss"} {
		if err := o.SetPassword(t.Context(), local, name, secret.New(name+" has a secret"), "test"); err != nil {
			t.Fatal(err)
		}
	}
	desk := o.as("desk")
	who := o.as("boss")
	try := func(name, typed, want string) operator.Trial {
		t.Helper()
		trial, err := o.TryPassword(t.Context(), who, name, secret.New(typed))
		if err != nil || said(trial) != want {
			t.Errorf("%s: %q, %v; want %q", name, said(trial), err, want)
		}
		return trial
	}
	code := func(h authn.Handle, typed secret.Text, want string) operator.Trial {
		t.Helper()
		trial, err := o.TryCode(t.Context(), who, "alice", h, typed)
		if err != nil || said(trial) != want {
			t.Errorf("%q, %v; want %q", said(trial), err, want)
		}
		return trial
	}
	try("nobody", "whatever", "found:unknown-user result:failed")
	try("alice", "wrong", "found:local password:password-wrong result:failed")
	const asked = "found:local password:password-right requirement:enrolled factor:totp"
	passed := code(try("alice", "alice has a secret", asked).Handle, o.code(secret.New(seed)), "code:code-right result:passed")
	if !passed.Passed || !passed.Over {
		t.Errorf("%+v", passed)
	}
	again := code(try("alice", "alice has a secret", asked).Handle, o.code(secret.New(seed)), "code:code-reused")
	if again.Passed || again.Over || again.Handle.Empty() {
		t.Errorf("%+v", again)
	}

	// It counts: for the place that the administrator sits at.
	for range 5 {
		try("alice", "wrong", "found:local password:password-wrong result:failed")
	}
	try("alice", "alice has a secret", "found:local password:password-locked result:failed")
	if p := o.record("alice").Standing.Passwords; !p.Refused("192.0.2.10", o.now) || p.Refused("192.0.2.99", o.now) {
		t.Errorf("counted: %+v", p)
	}
	o.now = o.now.Add(15 * time.Minute)
	try("alice", "alice has a secret", asked)

	if c := o.lastChange(); c.Action != "user.test" || c.Subject != "alice" || c.Actor.Name != "boss" {
		t.Errorf("logged: %+v", c)
	}

	// The help desk hears what the person would at the door: without the right
	// password always the same.
	who = desk
	const quiet = "password:refused result:failed"
	try("nobody", "whatever", quiet)
	try("no such\\name", "whatever", quiet)
	try("alice", "wrong", quiet)
	o.now = o.now.Add(time.Hour)
	again = code(try("alice", "alice has a secret", asked).Handle, secret.New("000000"), "code:code-wrong")
	code(again.Handle, o.code(secret.New(seed)), "code:code-right result:passed")
	if err := o.DisableUser(t.Context(), local, "alice", "test"); err != nil {
		t.Fatal(err)
	}
	try("alice", "alice has a secret", quiet)
	try("alice", "wrong", quiet)
	for _, name := range []string{"boss", "desk"} {
		if _, err := o.TryPassword(t.Context(), desk, name, secret.New("guess")); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("the help desk tries %s: %v", name, err)
		}
	}
	if _, err := o.TryPassword(t.Context(), o.as("alice"), "nobody", secret.New("guess")); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("somebody without a role tries: %v", err)
	}
}
