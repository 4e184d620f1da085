package keyring_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/keyring"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestMACTellsPurposesAndPartsApart(t *testing.T) {
	r := keyring.Ephemeral(now)
	part := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a'}), 0, 3)
	input := rapid.SliceOfN(part, 0, 3)
	purpose := rapid.SampledFrom([]string{"", "a", "b"})
	rapid.Check(t, func(t *rapid.T) {
		p, q := purpose.Draw(t, "p"), purpose.Draw(t, "q")
		a, b := input.Draw(t, "a"), input.Draw(t, "b")
		same := p == q && slices.EqualFunc(a, b, bytes.Equal)
		if (r.MAC(p, a...) == r.MAC(q, b...)) != same {
			t.Fatalf("MAC(%q, %q) and MAC(%q, %q): same is not %v", p, a, q, b, same)
		}
	})
}

func TestDerivedValuesAreStable(t *testing.T) {
	r, path := newFileRing(t)
	derived, handle := r.Derive("cookies"), r.MAC("state", []byte("x"))
	for range 3 {
		if _, err := r.Rotate(now); err != nil {
			t.Fatal(err)
		}
	}
	again, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, ring := range []*keyring.Ring{r, again} {
		if ring.Derive("cookies") != derived || ring.MAC("state", []byte("x")) != handle {
			t.Error("what is derived changed")
		}
	}
	other := keyring.Ephemeral(now)
	if r.Derive("links") == derived || other.Derive("cookies") == derived || other.MAC("state", []byte("x")) == handle {
		t.Error("other purposes or other keys derive the same")
	}
}

func TestPassphrase(t *testing.T) {
	r, _ := newFileRing(t)
	if _, err := r.Rotate(now); err != nil {
		t.Fatal(err)
	}
	pass := secret.New("correct horse battery")
	kept, err := r.SealWithPassphrase(pass)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := keyring.OpenWithPassphrase(kept, pass)
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, restored, alice, r.Seal(nil, alice, []byte("seed")), "seed")
	if restored.MAC("state") != r.MAC("state") || len(restored.Keys()) != 2 {
		t.Error("the restored ring is another")
	}
	path := t.TempDir() + "/keys.json"
	if err := restored.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := restored.Rotate(now); err != nil {
		t.Fatal(err)
	}
	saved, err := keyring.Load(path)
	if err != nil || len(saved.Keys()) != 3 {
		t.Errorf("saved %d keys (%v)", len(saved.Keys()), err)
	}
}

func TestPassphraseRefuses(t *testing.T) {
	r := keyring.Ephemeral(now)
	pass := secret.New("correct horse battery")
	kept, err := r.SealWithPassphrase(pass)
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, value byte) []byte {
		b := bytes.Clone(kept)
		b[at] = value
		return b
	}
	for name, tc := range map[string]struct {
		blob []byte
		pass secret.Text
	}{
		"wrong passphrase":  {kept, secret.New("correct horse batterz")},
		"empty":             {nil, pass},
		"cut in the header": {kept[:20], pass},
		"cut at the end":    {kept[:len(kept)-1], pass},
		"another version":   {change(7, '2'), pass},
		"4 GiB of memory":   {change(8, 0xff), pass},
		"no passes":         {change(15, 0), pass},
		"four billion":      {change(12, 0xff), pass},
		"no lanes":          {change(16, 0), pass},
		"another salt":      {change(17, kept[17]^1), pass},
		"changed content":   {change(60, kept[60]^1), pass},
	} {
		if _, err := keyring.OpenWithPassphrase(tc.blob, tc.pass); problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.SealWithPassphrase(secret.New("short")); problem.KindOf(err) != problem.Invalid || err == nil {
		t.Errorf("a short passphrase: %v", err)
	}
}

func BenchmarkMAC(b *testing.B) {
	r := keyring.Ephemeral(now)
	a, c := []byte("client"), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		r.MAC("state", a, c)
	}
}
