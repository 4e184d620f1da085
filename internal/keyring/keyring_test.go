package keyring_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/keyring"
	"example.com/muster/internal/problem"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var alice = keyring.Place{Table: "factor", Column: "secret", RowID: 7}

func newFileRing(t *testing.T) (*keyring.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := keyring.Open(path, now)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

func mustOpen(t *testing.T, r *keyring.Ring, at keyring.Place, sealed []byte, want string) {
	t.Helper()
	got, err := r.Open(nil, at, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("opened %q, want %q", got, want)
	}
}

func TestFirstStartMakesAPrivateFileThatLoadsAgain(t *testing.T) {
	r, path := newFileRing(t)
	sealed := r.Seal(nil, alice, []byte("seed"))

	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %04o", info.Mode().Perm())
	}
	again, err := keyring.Open(path, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, again, alice, sealed, "seed")
	if keys := again.Keys(); len(keys) != 1 || !keys[0].Active || !keys[0].Created.Equal(now) {
		t.Errorf("keys are %+v", keys)
	}
	onlyEntry(t, path)
}

// onlyEntry checks that no temporary file was left beside path.
func onlyEntry(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d entries beside the keys file", len(entries)-1)
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	_, path := newFileRing(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = keyring.Create(path, now)
	if !errors.Is(err, fs.ErrExist) || problem.KindOf(err) != problem.Conflict {
		t.Errorf("error is %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
	onlyEntry(t, path)
}

func TestParallelFirstStartsAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	rings := make([]*keyring.Ring, 16)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			r, err := keyring.Open(path, now)
			if err != nil {
				t.Error(err)
				return
			}
			rings[i] = r
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed := rings[0].Seal(nil, alice, []byte("seed"))
	for _, r := range rings {
		mustOpen(t, r, alice, sealed, "seed")
	}
}

func TestLoadRefuses(t *testing.T) {
	_, path := newFileRing(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(good)
	for name, tc := range map[string]struct {
		content string
		mode    fs.FileMode
		kind    problem.Kind
	}{
		"readable by the group": {text, 0o640, problem.Forbidden},
		"readable by all":       {text, 0o604, problem.Forbidden},
		"writable by the group": {text, 0o620, problem.Forbidden},
		"empty":                 {"", 0o600, problem.Invalid},
		"cut":                   {text[:len(text)/2], 0o600, problem.Invalid},
		"more after it":         {text + "{}", 0o600, problem.Invalid},
		"another format":        {strings.Replace(text, "keys 1", "keys 2", 1), 0o600, problem.Invalid},
		"unknown field":         {strings.Replace(text, `"root"`, `"extra": 1, "root"`, 1), 0o600, problem.Invalid},
		"no root":               {strings.Replace(text, `"root"`, `"active"`, 1), 0o600, problem.Invalid},
		"active key missing":    {strings.Replace(text, `"active": 1`, `"active": 2`, 1), 0o600, problem.Invalid},
		"short key":             {strings.Replace(text, `"key": "`, `"key": "AAAA`, 1), 0o600, problem.Invalid},
		"key id 0":              {strings.ReplaceAll(strings.Replace(text, `"active": 1`, `"active": 0`, 1), `"id": 1`, `"id": 0`), 0o600, problem.Invalid},
		"huge":                  {text + strings.Repeat(" ", 1<<20), 0o600, problem.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tc.mode); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.Open(path, now)
			if problem.KindOf(err) != tc.kind || err == nil {
				t.Fatalf("error is %v", err)
			}
			if _, hint := problem.Public(err); hint == "" {
				t.Errorf("no hint with %v", err)
			}
			for line := range strings.Lines(text) {
				if _, value, ok := strings.Cut(line, ": \""); ok && len(value) > 40 && strings.Contains(err.Error(), value[:40]) {
					t.Errorf("the error shows a key: %v", err)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != tc.content {
				t.Error("the file changed")
			}
		})
	}
}

func TestLoadOfNothing(t *testing.T) {
	_, err := keyring.Load(filepath.Join(t.TempDir(), "keys.json"))
	if !errors.Is(err, fs.ErrNotExist) || problem.KindOf(err) != problem.NotFound {
		t.Errorf("error is %v", err)
	}
	_, err = keyring.Load(t.TempDir())
	if problem.KindOf(err) != problem.Invalid || err == nil {
		t.Errorf("a folder: error is %v", err)
	}
}

func TestRotation(t *testing.T) {
	r, path := newFileRing(t)
	old := r.Seal(nil, alice, []byte("seed"))
	if r.NeedsReseal(old) {
		t.Error("a fresh value needs to be resealed")
	}
	handle := r.MAC("state", []byte("x"))

	id, err := r.Rotate(now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	fresh := r.Seal(nil, alice, []byte("seed"))
	if !r.NeedsReseal(old) || r.NeedsReseal(fresh) {
		t.Error("NeedsReseal is wrong after a rotation")
	}
	mustOpen(t, r, alice, old, "seed")
	mustOpen(t, r, alice, fresh, "seed")
	if r.MAC("state", []byte("x")) != handle {
		t.Error("a rotation changed what is derived")
	}

	again, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	mustOpen(t, again, alice, fresh, "seed")

	if err := r.Forget(id); problem.KindOf(err) != problem.Conflict || err == nil {
		t.Errorf("forgetting the active key: %v", err)
	}
	if err := r.Forget(99); problem.KindOf(err) != problem.NotFound || err == nil {
		t.Errorf("forgetting an unknown key: %v", err)
	}
	if err := r.Forget(1); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(nil, alice, old); !errors.Is(err, keyring.ErrUnknownKey) || problem.KindOf(err) != problem.Unavailable {
		t.Errorf("opening with a forgotten key: %v", err)
	}
	mustOpen(t, r, alice, fresh, "seed")
	if keys := r.Keys(); len(keys) != 1 || keys[0].ID != id {
		t.Errorf("keys are %+v", keys)
	}
	onlyEntry(t, path)
}

func TestTwoProcessesLoseNoKey(t *testing.T) {
	ours, path := newFileRing(t)
	theirs, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Rotate(now); err != nil {
		t.Fatal(err)
	}
	sealed := theirs.Seal(nil, alice, []byte("theirs"))
	if _, err := ours.Rotate(now); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, ours, alice, sealed, "theirs")
	sealed = ours.Seal(nil, alice, []byte("ours"))
	if err := theirs.Reload(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, theirs, alice, sealed, "ours")
}

func TestAKeyOfAnotherProcessIsLearned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	here, err := keyring.Create(path, now)
	if err != nil {
		t.Fatal(err)
	}
	there, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.Rotate(now); err != nil {
		t.Fatal(err)
	}
	at := keyring.Place{Table: "factor", RowID: 1, Column: "secret"}
	sealed := there.Seal(nil, at, []byte("sealed with the new key"))
	if plain, err := here.Open(nil, at, sealed); err != nil || string(plain) != "sealed with the new key" {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestAnotherFileInItsPlaceIsRefused(t *testing.T) {
	r, path := newFileRing(t)
	if err := keyring.Ephemeral(now).Replace(path); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"Reload": r.Reload(), "Forget": r.Forget(1)} {
		if problem.KindOf(err) != problem.Conflict || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Rotate(now); problem.KindOf(err) != problem.Conflict || err == nil {
		t.Errorf("Rotate: %v", err)
	}
	mustOpen(t, r, alice, r.Seal(nil, alice, []byte("still")), "still")
}

func TestARewriteKeepsASymbolicLink(t *testing.T) {
	_, path := newFileRing(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	r, err := keyring.Load(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rotate(now); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link became %v (%v)", info.Mode(), err)
	}
	again, err := keyring.Load(path)
	if err != nil || len(again.Keys()) != 2 {
		t.Errorf("the file has %d keys (%v)", len(again.Keys()), err)
	}
}

func TestAFailedRotationChangesNothing(t *testing.T) {
	r, path := newFileRing(t)
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rotate(now); problem.KindOf(err) != problem.NotFound || err == nil {
		t.Errorf("error is %v", err)
	}
	if keys := r.Keys(); len(keys) != 1 {
		t.Errorf("keys are %+v", keys)
	}
}

func TestRotateWhileServing(t *testing.T) {
	r, _ := newFileRing(t)
	old := r.Seal(nil, alice, []byte("seed"))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sealed := r.Seal(nil, alice, []byte("seed"))
				for _, s := range [][]byte{old, sealed} {
					if got, err := r.Open(nil, alice, s); err != nil || string(got) != "seed" {
						t.Errorf("opened %q, %v", got, err)
						return
					}
				}
			}
		})
	}
	for range 20 {
		if _, err := r.Rotate(now); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}
