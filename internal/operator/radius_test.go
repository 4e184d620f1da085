package operator_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/store/storetest"
)

const longSecret = "a secret nobody guesses"

func spec(name, address string) operator.ClientSpec {
	return operator.ClientSpec{Name: name, Address: address, Secret: secret.New(longSecret)}
}

func TestAddRADIUSClient(t *testing.T) {
	o := newOffice(t)
	var told []operator.RADIUSClient
	err := o.Clients.Subscribe(t.Context(), func(list []operator.RADIUSClient) error { told = list; return nil })
	if err != nil {
		t.Fatal(err)
	}
	c, warnings, err := o.AddRADIUSClient(t.Context(), local, spec("vpn", "192.0.2.0/24"))
	if err != nil || len(warnings) != 0 {
		t.Fatalf("%v, warnings %v", err, warnings)
	}
	if c.FirstFactor != policy.FirstDirectory || c.Code != policy.CodeChallenge || c.Unenrolled != policy.UnenrolledEnroll ||
		c.MessageAuthenticator != policy.RequireMessageAuthenticator {
		t.Errorf("the defaults are %+v", c)
	}
	if len(told) != 1 || told[0].Name != "vpn" || told[0].Secret.Reveal() != longSecret {
		t.Errorf("the door was told of %+v", told)
	}
	if got, ok := o.Clients.Client("vpn"); !ok || got.Address != c.Address {
		t.Errorf("the engine knows %+v, %v", got, ok)
	}
	change := o.lastChange()
	if change.Action != "radius-client.add" || change.Subject != "vpn" || strings.Contains(change.Detail, longSecret) ||
		!strings.Contains(change.Detail, "unenrolled=enroll") {
		t.Errorf("logged %+v", change)
	}
}

func TestClientWarnings(t *testing.T) {
	o := newOffice(t)
	s := spec("radiusless", "0.0.0.0/0")
	s.Secret = secret.New("short")
	s.FirstFactor, s.MessageAuthenticator = policy.FirstNone, policy.AcceptWithout
	c, warnings, err := o.AddRADIUSClient(t.Context(), local, s)
	if err != nil {
		t.Fatal(err)
	}
	if c.Unenrolled != policy.UnenrolledReject {
		t.Errorf("a client that checks the password %ss people without a factor", c.Unenrolled)
	}
	want := []operator.Warning{
		operator.WarnFirstFactorNone, operator.WarnNoMessageAuthenticator, operator.WarnEveryAddress, operator.WarnShortSecret,
	}
	if !slices.Equal(warnings, want) {
		t.Errorf("warnings %v, want %v", warnings, want)
	}
	s = spec("lax", "192.0.2.1")
	s.Unenrolled = policy.UnenrolledPass
	if _, warnings, err := o.AddRADIUSClient(t.Context(), local, s); err != nil || !slices.Equal(warnings, []operator.Warning{operator.WarnUnenrolledPass}) {
		t.Errorf("warnings %v, %v", warnings, err)
	}
	for _, w := range operator.AllWarnings() {
		if w.Text() == string(w) {
			t.Errorf("%s has no words", w)
		}
	}
}

func TestRADIUSClientRefuses(t *testing.T) {
	o := newOffice(t)
	if _, _, err := o.AddRADIUSClient(t.Context(), local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*operator.ClientSpec)) operator.ClientSpec {
		s := spec("other", "198.51.100.7")
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		spec operator.ClientSpec
		want operator.Refusal
	}{
		"the name twice":     {spec("vpn", "198.51.100.7"), operator.RefusedClientTaken},
		"the address twice":  {spec("other", "::ffff:192.0.2.0/120"), operator.RefusedAddressTaken},
		"our portal's name":  {spec("portal", "198.51.100.7"), operator.RefusedClientName},
		"no name":            {spec("", "198.51.100.7"), operator.RefusedClientName},
		"a blank at the end": {spec("vpn ", "198.51.100.7"), operator.RefusedClientName},
		"a line feed":        {spec("v\npn", "198.51.100.7"), operator.RefusedClientName},
		"a long name":        {spec(strings.Repeat("x", 65), "198.51.100.7"), operator.RefusedClientName},
		"no address":         {spec("other", ""), operator.RefusedClientAddress},
		"host bits":          {spec("other", "198.51.100.7/24"), operator.RefusedClientAddress},
		"no secret":          {with(func(s *operator.ClientSpec) { s.Secret = secret.Text{} }), operator.RefusedClientSecret},
		"a secret of lines":  {with(func(s *operator.ClientSpec) { s.Secret = secret.New("a\nb") }), operator.RefusedClientSecret},
		"a long secret":      {with(func(s *operator.ClientSpec) { s.Secret = secret.New(strings.Repeat("x", 254)) }), operator.RefusedClientSecret},
		"a first factor":     {with(func(s *operator.ClientSpec) { s.FirstFactor = "maybe" }), operator.RefusedClientMode},
		"a code place":       {with(func(s *operator.ClientSpec) { s.Code = "nowhere" }), operator.RefusedClientMode},
		"a mode":             {with(func(s *operator.ClientSpec) { s.Unenrolled = "perhaps" }), operator.RefusedClientMode},
		"an authenticator":   {with(func(s *operator.ClientSpec) { s.MessageAuthenticator = "no" }), operator.RefusedClientMode},
		"none and enroll": {with(func(s *operator.ClientSpec) {
			s.FirstFactor, s.Unenrolled = policy.FirstNone, policy.UnenrolledEnroll
		}), operator.RefusedClientMode},
		"none and pass": {with(func(s *operator.ClientSpec) {
			s.FirstFactor, s.Unenrolled = policy.FirstNone, policy.UnenrolledPass
		}), operator.RefusedClientMode},
	} {
		if _, _, err := o.AddRADIUSClient(t.Context(), local, c.spec); operator.RefusalOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := o.RADIUSClients(t.Context(), local); err != nil || len(list) != 1 {
		t.Errorf("%d clients, %v", len(list), err)
	}
	o.add("desk", directory.HelpDesk)
	if _, _, err := o.AddRADIUSClient(t.Context(), o.as("desk"), spec("other", "198.51.100.7")); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the help desk added a client: %v", err)
	}
}

func TestSetRADIUSClient(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	was, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24"))
	if err != nil {
		t.Fatal(err)
	}
	name, address, code := "vpn-berlin", "192.0.2.7", policy.CodeBoth
	c, _, err := o.SetRADIUSClient(ctx, local, "vpn", operator.ClientEdit{Name: &name, Address: &address, Code: &code})
	if err != nil || c.ID != was.ID || c.Name != name || c.Address.String() != "192.0.2.7/32" || c.Code != code || c.Unenrolled != was.Unenrolled {
		t.Fatalf("set to %+v, %v", c, err)
	}
	if _, ok := o.Clients.Client("vpn"); ok {
		t.Error("the engine knows the old name")
	}
	none := policy.FirstNone
	c, warnings, err := o.SetRADIUSClient(ctx, local, name, operator.ClientEdit{FirstFactor: &none})
	if err != nil || c.Unenrolled != policy.UnenrolledReject || !slices.Equal(warnings, []operator.Warning{operator.WarnFirstFactorNone}) {
		t.Errorf("set to %+v, warnings %v, %v", c, warnings, err)
	}
	enroll := policy.UnenrolledEnroll
	if _, _, err := o.SetRADIUSClient(ctx, local, name, operator.ClientEdit{Unenrolled: &enroll}); operator.RefusalOf(err) != operator.RefusedClientMode {
		t.Errorf("contradiction: %v", err)
	}
	fresh := secret.New("another long secret!")
	if _, _, err := o.SetRADIUSClient(ctx, local, name, operator.ClientEdit{Secret: &fresh}); err != nil {
		t.Fatal(err)
	}
	if d := o.lastChange().Detail; !strings.HasSuffix(d, " new-secret") || strings.Contains(d, "another") {
		t.Errorf("logged %q", d)
	}
	if _, _, err := o.SetRADIUSClient(ctx, local, "vpn", operator.ClientEdit{}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("set a client that is not there: %v", err)
	}
	if _, err := o.RemoveRADIUSClient(ctx, local, name, operator.ClientRemoval{Reason: "old"}); err != nil {
		t.Fatal(err)
	}
	if _, ok := o.Clients.Client(name); ok {
		t.Error("the engine knows a removed client")
	}
	if _, err := o.RemoveRADIUSClient(ctx, local, name, operator.ClientRemoval{}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("removed twice: %v", err)
	}
}

// TestClientsOfAnotherNode: what one node changes, another hears of within
// two seconds, and a door that fails to take it is told again.
func TestClientsOfAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := keyring.Ephemeral(time.Now())
		table := &clientTable{keys: keys}
		table.set("vpn")
		clients := operator.NewClients(table, keys, slog.New(slog.DiscardHandler), policy.PortalClient("portal"))
		if _, ok := clients.Client("portal"); !ok {
			t.Error("our own page is not known before anything is read")
		}
		var told []string
		refuse := true
		err := clients.Subscribe(t.Context(), func(list []operator.RADIUSClient) error {
			if refuse {
				return errors.New("not now")
			}
			told = nil
			for _, c := range list {
				told = append(told, c.Name+"="+c.Secret.Reveal())
			}
			return nil
		})
		if err == nil {
			t.Error("the follower's error is lost")
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { clients.Follow(ctx); close(ended) }()
		refuse = false
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !slices.Equal(told, []string{"vpn=secret of vpn"}) {
			t.Errorf("told %v", told)
		}
		table.set("vpn", "wifi")
		table.away = true
		time.Sleep(2 * time.Second)
		table.away = false
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(told) != 2 {
			t.Errorf("told %v", told)
		}
		stop()
		<-ended
	})
}

// clientTable is a table of another node's: what it holds is set by the test.
type clientTable struct {
	keys     *keyring.Ring
	list     []policy.Client
	revision int64
	away     bool
}

func (c *clientTable) set(names ...string) {
	c.list = nil
	for i, name := range names {
		p := policy.Client{ID: idOf(i + 1), Name: name}
		p.SealedSecret = c.keys.Seal(nil, policy.SecretPlace(p.ID), []byte("secret of "+name))
		c.list = append(c.list, p)
	}
	c.revision++
}

func (c *clientTable) RADIUSClients(context.Context) ([]policy.Client, int64, error) {
	return c.list, c.revision, nil
}

func (c *clientTable) RADIUSClientsRevision(context.Context) (int64, error) {
	if c.away {
		return 0, errors.New("away")
	}
	return c.revision, nil
}

func TestAClientWhoseSecretCannotBeOpened(t *testing.T) {
	table := &clientTable{keys: keyring.Ephemeral(storetest.Start)}
	table.set("vpn", "wifi")
	table.list[0].SealedSecret[20] ^= 1
	clients := operator.NewClients(table, table.keys, slog.New(slog.DiscardHandler))
	if err := clients.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := clients.Client("vpn"); ok {
		t.Error("a client without a secret is served")
	}
	if _, ok := clients.Client("wifi"); !ok {
		t.Error("one bad client takes the others with it")
	}
}

// TestWhatIsRequiredFollowsTheClient when it is renamed, and keeps it from being
// removed without a word.
func TestWhatIsRequiredFollowsTheClient(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for _, name := range []string{"bob", "carol"} {
		o.bare(name)
	}
	if _, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	order := week
	order.Place = "vpn"
	o.require(named("bob"), order)
	if _, err := o.GrantBypass(ctx, local, "carol", "vpn", time.Hour, operator.Why{Reason: "phone at home"}); err != nil {
		t.Fatal(err)
	}
	name := "vpn-berlin"
	c, _, err := o.SetRADIUSClient(ctx, local, "vpn", operator.ClientEdit{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	if policy.BypassAt(c, o.record("carol").Requirements, o.now) == nil {
		t.Error("the bypass is for the name of old")
	}
	o.now = o.now.Add(8 * day)
	bob := o.record("bob")
	if at := policy.Standing(c, bob.Requirements, bob.Factors, o.now); at.Stand != policy.StandExpired {
		t.Errorf("at the renamed client bob is %s", at.Stand)
	}
	_, err = o.RemoveRADIUSClient(ctx, local, name, operator.ClientRemoval{Reason: "sold"})
	if said, hint := problem.Public(err); operator.RefusalOf(err) != operator.RefusedStillRequired ||
		!strings.Contains(said, "1 requirement counts only at "+name) || !strings.Contains(hint, "--end-requirements") {
		t.Fatalf("removed although something counts there: %v", err)
	}
	removed, err := o.RemoveRADIUSClient(ctx, local, name, operator.ClientRemoval{Reason: "sold", EndRequired: true})
	if err != nil || removed != (operator.ClientRemoved{Requirements: 1, People: 1}) {
		t.Fatalf("%+v, %v", removed, err)
	}
	if change := o.lastChange(); change.Action != "radius-client.remove" || change.Detail != "ended requirements: 1" || change.Reason != "sold" {
		t.Errorf("logged %+v", change)
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
	if _, _, err := o.AddRADIUSClient(ctx, local, spec(name, "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
}

// TestNoUndoAtAClientThatIsGone: what counted only there stays out of force.
func TestNoUndoAtAClientThatIsGone(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.bare("bob", "staff")
	if _, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	order := week
	order.Place = "vpn"
	o.require(operator.Selection{Group: "staff"}, order)
	if _, err := o.RemoveRequirement(ctx, local, operator.Selection{Group: "staff"}, operator.Change{}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.RemoveRADIUSClient(ctx, local, "vpn", operator.ClientRemoval{}); err != nil {
		t.Fatal(err)
	}
	for _, undo := range []func() (operator.BulkResult, error){
		func() (operator.BulkResult, error) { return o.ForeseeUndo(ctx, local) },
		func() (operator.BulkResult, error) { return o.UndoLast(ctx, local, nil) },
	} {
		r, err := undo()
		if err != nil || r.Done != 0 || len(r.Later) != 0 || len(r.Failures) != 1 || r.Failures[0].Refusal != operator.RefusedPlace {
			t.Errorf("%+v %v", r, err)
		}
	}
	o.stands(map[string]enrollment.Status{"bob": enrollment.NotRequired})
}
