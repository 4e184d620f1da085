package operator_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestRotateKeys(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.add("alice", directory.NoRole)
	if _, _, err := o.AddRADIUSClient(ctx, local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	old := o.record("alice").Factors[0].Sealed
	var done, total int64
	if err := o.RotateKeys(ctx, local, func(d, of int64) { done, total = d, of }); err != nil {
		t.Fatal(err)
	}
	if done != total || total < 2 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	f := o.record("alice").Factors[0]
	if o.keys.NeedsReseal(f.Sealed) || bytes.Equal(old, f.Sealed) {
		t.Error("a secret is sealed with the old key")
	}
	if _, err := o.keys.Open(nil, factor.SecretPlace(f.ID), f.Sealed); err != nil {
		t.Error(err)
	}
	if c := o.lastChange(); c.Action != "key.rotate" {
		t.Errorf("logged %+v", c)
	}
	if n := len(o.keys.Keys()); n != 2 {
		t.Errorf("%d keys: another node may still seal with the old one", n)
	}
	o.now = o.now.Add(48 * time.Hour)
	if err := o.RotateKeys(ctx, local, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(o.keys.Keys()); n != 2 {
		t.Errorf("%d keys: one that was replaced two days ago is kept", n)
	}
	o.add("desk", directory.HelpDesk)
	if err := o.RotateKeys(ctx, o.as("desk"), nil); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the help desk rotates keys: %v", err)
	}
}

const passphrase = "a passphrase of some length"

// backedUp returns the backup of an office with alice in it.
func backedUp(t *testing.T, pass secret.Text) (*office, []byte) {
	t.Helper()
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	var file bytes.Buffer
	if err := o.Backup(t.Context(), local, &file, pass); err != nil {
		t.Fatal(err)
	}
	return o, file.Bytes()
}

func TestRestoreWithKeys(t *testing.T) {
	from, file := backedUp(t, secret.New(passphrase))
	o := newOffice(t)
	o.add("bob", directory.NoRole)
	keysFile := filepath.Join(t.TempDir(), "keys")
	info, err := o.Restore(t.Context(), local, bytes.NewReader(file), operator.RestoreOptions{
		Passphrase: secret.New(passphrase), KeysFile: keysFile,
	})
	if err != nil || info.People != 1 || !info.CreatedAt.Equal(from.now) {
		t.Fatalf("restored %+v, %v", info, err)
	}
	ring, err := keyring.Load(keysFile)
	if err != nil {
		t.Fatal(err)
	}
	f := o.record("alice").Factors[0]
	if _, err := ring.Open(nil, factor.SecretPlace(f.ID), f.Sealed); err != nil {
		t.Errorf("the keys do not open what was restored: %v", err)
	}
	if _, err := o.User(t.Context(), local, "bob"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("bob: %v", err)
	}
}

// TestRestoreRefuses: whatever is wrong with a backup or its keys, nothing is
// touched.
func TestRestoreRefuses(t *testing.T) {
	_, with := backedUp(t, secret.New(passphrase))
	_, without := backedUp(t, secret.Text{})
	damaged := bytes.Clone(with)
	damaged[len(damaged)/2] ^= 1
	for name, c := range map[string]struct {
		file []byte
		pass string
	}{
		"damaged":               {damaged, passphrase},
		"cut":                   {with[:len(with)-1], passphrase},
		"longer":                {append(bytes.Clone(with), 0), passphrase},
		"empty":                 {nil, passphrase},
		"the wrong passphrase":  {with, "another passphrase"},
		"other keys":            {without, ""},
		"no keys to be opened":  {without, passphrase},
		"keys left in the file": {with, ""},
	} {
		o := newOffice(t)
		o.add("bob", directory.NoRole)
		_, err := o.Restore(t.Context(), local, bytes.NewReader(c.file), operator.RestoreOptions{
			Passphrase: secret.New(c.pass), KeysFile: filepath.Join(t.TempDir(), "keys"),
		})
		if problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if o.user("bob").Person.Username != "bob" {
			t.Errorf("%s: refused, and bob is gone", name)
		}
	}
}

func TestRestoreWithTheSameKeys(t *testing.T) {
	o, file := backedUp(t, secret.Text{})
	if err := o.RemoveUser(t.Context(), local, "alice", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Restore(t.Context(), local, bytes.NewReader(file), operator.RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(o.user("alice").Factors) != 1 {
		t.Error("alice came back without her authenticator")
	}
}

func TestChecks(t *testing.T) {
	o := newOffice(t)
	state := func() map[string]bool {
		t.Helper()
		list, err := o.Checks(t.Context(), local)
		if err != nil {
			t.Fatal(err)
		}
		ok := map[string]bool{}
		for _, c := range list {
			ok[c.Name] = c.OK
			if c.Finding == "" || !c.OK && c.Hint == "" {
				t.Errorf("%+v says too little", c)
			}
		}
		return ok
	}
	if s := state(); s["administrators"] || s["radius-clients"] || !s["mail"] || !s["keys"] {
		t.Errorf("an empty office: %v", s)
	}
	o.add("admin", directory.Administrator)
	if _, _, err := o.AddRADIUSClient(t.Context(), local, spec("vpn", "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	if s := state(); !s["administrators"] || !s["radius-clients"] {
		t.Errorf("a furnished office: %v", s)
	}
}
