package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// demoScene is what the demo finds set up: people, a device, secrets in files.
type demoScene struct {
	*node
	dir     string
	totp    string // bob's secret
	invites string // carol's set-up link; empty: she has used it
}

// demoPeople are the made-up people. Their passwords are no secrets: the demo
// is reached from this machine only.
var demoPeople = []struct {
	name, displayName, password, story string
	groups                             []string
}{
	{"alice", "Alice Archer", "alice likes apples", "has no second step yet: a sign-in leads to it", []string{"vpn"}},
	{"bob", "Bob Baker", "bob bakes bread", "has an authenticator", []string{"vpn", "staff"}},
	{"dave", "Dave Dyer", "dave digs ditches", "is disabled", []string{"vpn"}},
	{"erin", "Erin Ember", "erin eats eggs", "has no second step yet, and reads German", []string{"staff"}},
}

var demoActor = audit.Actor{Name: "demo", Via: operator.ViaCLI}

// The names of what the scene keeps in the demo's folder.
const (
	demoClient       = "demo-vpn"
	demoClientSecret = "radius.secret"
	demoTOTPSecret   = "bob.totp"
)

// set sets the scene, as far as it is not set from an earlier run.
func (s *demoScene) set(ctx context.Context) error {
	var err error
	if s.totp, err = keepSecret(filepath.Join(s.dir, demoTOTPSecret), randomKey); err != nil {
		return err
	}
	for _, p := range demoPeople {
		if err := s.add(ctx, p.name, p.displayName, p.password, p.groups); err != nil {
			return err
		}
	}
	if err := s.addClient(ctx); err != nil {
		return err
	}
	link, err := s.operator.InviteAdministrator(ctx, demoActor, "carol", operator.InviteOptions{
		Details: operator.Details{DisplayName: "Carol Clark", Email: "carol@example.com"},
	})
	if problem.KindOf(err) == problem.Conflict {
		return nil // she is an administrator already
	}
	s.invites = link.URL.Reveal()
	return err
}

func (s *demoScene) add(ctx context.Context, name, displayName, password string, groups []string) error {
	err := os.WriteFile(filepath.Join(s.dir, name+".password"), []byte(password+"\n"), 0o600)
	if err != nil {
		return err
	}
	user := operator.NewUser{
		Name: name, Password: secret.New(password),
		Details: operator.Details{DisplayName: displayName, Email: name + "@example.com", Groups: groups},
	}
	switch name {
	case "bob":
		user.TOTPSecret = secret.New(s.totp)
	case "erin":
		user.Language = "de"
	}
	_, err = s.operator.AddUser(ctx, demoActor, user)
	if problem.KindOf(err) == problem.Conflict {
		return nil
	}
	if err == nil && name == "dave" {
		err = s.operator.DisableUser(ctx, demoActor, name, "left the company")
	}
	return err
}

func (s *demoScene) addClient(ctx context.Context) error {
	shared, err := keepSecret(filepath.Join(s.dir, demoClientSecret), randomKey)
	if err != nil {
		return err
	}
	_, _, err = s.operator.AddRADIUSClient(ctx, demoActor, operator.ClientSpec{
		Name: demoClient, Address: "127.0.0.1", Secret: secret.New(shared),
	})
	if problem.KindOf(err) == problem.Conflict {
		return nil
	}
	return err
}

// announce says what there is to see. Demo output is for people; it is plain
// text all the same.
func (s *demoScene) announce(w io.Writer, at listening) error {
	public := s.config.PublicURL.String()
	fmt.Fprintf(w, "\nA demo: everything is made up, and only this machine can reach it.\n\n")
	places := [][]string{
		{"  portal", public},
		{"  console", public + "/console"},
		{"  mails", public + "/demo/inbox"},
		{"  RADIUS", at.radius[0].String() + " (UDP)"},
	}
	if err := writeAligned(w, places, []bool{false, false}); err != nil {
		return err
	}
	people := [][]string{{"  USER", "PASSWORD", "WHO"}}
	for _, p := range demoPeople {
		people = append(people, []string{"  " + p.name, p.password, p.story})
	}
	fmt.Fprintln(w)
	if err := writeAligned(w, people, []bool{false, false, false}); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe key of bob's authenticator, to type into an app:\n\n  %s\n", s.totp)
	if s.invites != "" {
		fmt.Fprintf(w, "\nTo become carol, the administrator, open within an hour:\n\n  %s\n", s.invites)
	}
	muster, password := os.Args[0], filepath.Join(s.dir, "alice.password")
	fmt.Fprintf(w, "\nTo ask as a VPN gateway does:\n\n  %s radius test --server %s --secret-file %s --user alice --password-file %s\n",
		muster, at.radius[0], filepath.Join(s.dir, demoClientSecret), password)
	_, err := fmt.Fprintf(w, "\nOther commands work beside it:\n\n  %s user list --config %s\n\nCtrl-C ends it.\n\n",
		muster, filepath.Join(s.dir, demoConfig))
	return err
}
