package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// demoScene is what the demo finds set up: people, devices, secrets in files,
// and a campaign that has begun days ago.
type demoScene struct {
	dir     string
	totp    string // bob's secret
	invites string // carol's set-up link; empty: she has used it
}

// demoPeople are the made-up people to sign in as. Their passwords are no
// secrets: the demo is reached from this machine only.
var demoPeople = []struct {
	name, displayName, password, story string
	groups                             []string
}{
	{"alice", "Alice Archer", "alice likes apples", "has no second step yet: a sign-in leads to it", []string{"vpn"}},
	{"bob", "Bob Baker", "bob bakes bread", "has an authenticator", []string{"vpn", "staff"}},
	{"dave", "Dave Dyer", "dave digs ditches", "is disabled", []string{"vpn"}},
	{"erin", "Erin Ember", "erin eats eggs", "has some days left to set one up, and reads German", []string{"staff"}},
}

var demoActor = audit.Actor{Name: "demo", Via: operator.ViaCLI}

// The names of what the scene keeps in the demo's folder.
const (
	demoClient       = "demo-vpn"
	demoClientSecret = "radius.secret"
	demoTOTPSecret   = "bob.totp"
)

// set sets the scene, unless it is set from an earlier run: on a clock that
// starts days ago, by what would have happened since.
func (s *demoScene) set(ctx context.Context, settled *config.Config, post demoPost) error {
	var err error
	if s.totp, err = keepSecret(filepath.Join(s.dir, demoTOTPSecret), randomKey); err != nil {
		return err
	}
	story := newDemoStory(clock.Now(), post)
	if story.node, err = openNodeAt(ctx, settled, quietLog(io.Discard), forUse, story.clock); err != nil {
		return err
	}
	_, err = story.operator.User(ctx, demoActor, demoPeople[0].name)
	if problem.KindOf(err) == problem.NotFound {
		err = s.begin(ctx, story)
	}
	return errors.Join(err, story.close())
}

// begin adds people and devices, and tells the story.
func (s *demoScene) begin(ctx context.Context, story *demoStory) error {
	for _, p := range demoPeople {
		if err := s.add(ctx, story.operator, p.name, p.displayName, p.password, p.groups); err != nil {
			return err
		}
	}
	if err := s.addClient(ctx, story.operator); err != nil {
		return err
	}
	return story.tell(ctx, s.totp)
}

// invite makes the link by which carol becomes the administrator.
func (s *demoScene) invite(ctx context.Context, o *operator.Operator) error {
	link, err := o.InviteAdministrator(ctx, demoActor, "carol", operator.InviteOptions{
		Details: operator.Details{DisplayName: "Carol Clark", Email: "carol@example.com"},
	})
	if problem.KindOf(err) == problem.Conflict {
		return nil // she is an administrator already
	}
	s.invites = link.URL.Reveal()
	return err
}

func (s *demoScene) add(ctx context.Context, o *operator.Operator, name, displayName, password string, groups []string) error {
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
	if _, err = o.AddUser(ctx, demoActor, user); err == nil && name == "dave" {
		err = o.DisableUser(ctx, demoActor, name, "left the company")
	}
	return err
}

func (s *demoScene) addClient(ctx context.Context, o *operator.Operator) error {
	shared, err := keepSecret(filepath.Join(s.dir, demoClientSecret), randomKey)
	if err != nil {
		return err
	}
	_, _, err = o.AddRADIUSClient(ctx, demoActor, operator.ClientSpec{
		Name: demoClient, Address: "127.0.0.1", Secret: secret.New(shared),
	})
	return err
}

// announce says what there is to see. Demo output is for people; it is plain
// text all the same.
func (s *demoScene) announce(w io.Writer, settled *config.Config, at listening) error {
	public := settled.PublicURL.String()
	fmt.Fprintf(w, "\nA demo: everything is made up, and only this machine can reach it.\n\n")
	places := [][]string{
		{"  portal", public},
		{"  console", public + "/console"},
		{"  mails", public + demoInboxPath},
		{"  RADIUS", at.radius[0].String() + " (UDP)"},
	}
	if err := writeAligned(w, places, []bool{false, false}); err != nil {
		return err
	}
	people := [][]string{{"  USER", "PASSWORD", "WHO"}}
	for _, p := range demoPeople {
		people = append(people, []string{"  " + p.name, p.password, p.story})
	}
	people = append(people, []string{"  others", demoColleaguesPassword, "are somewhere in a period: see the console"})
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
