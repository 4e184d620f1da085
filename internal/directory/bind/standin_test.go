package bind_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/bind"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
)

// sized are directories with so many people.
type sized map[id.ID]int

func (s sized) Directories(context.Context) (list []directory.Source, _ error) {
	for source := range s {
		list = append(list, directory.Source{ID: source, Name: fmt.Sprint("d", int64(source))})
	}
	return list, nil
}

func (s sized) DirectorySizes(context.Context) (map[id.ID]int, error) { return s, nil }

func (s sized) standIns(t *testing.T, keys *keyring.Ring) map[string]id.ID {
	t.Helper()
	d := bind.New(bind.Config{
		Sources: s, Keep: func([]directory.Source) {}, Names: directory.NewNames(nil), Rand: rand.Reader, MAC: keys.MAC,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	of := map[string]id.ID{}
	for i := range 5000 {
		name := fmt.Sprint("user", i)
		of[name] = d.StandIn(directory.Name{User: name}, "as typed")
		if d.StandIn(directory.Name{User: name}, "otherwise") != of[name] {
			t.Fatalf("%s falls to another directory when it is typed in another way", name)
		}
		if d.StandIn(directory.Name{User: name, Directory: 99}, name) != 99 {
			t.Fatalf("%s with a domain does not fall to its directory", name)
		}
	}
	return of
}

// TestStandIns: names fall to directories as people do, for a reason that
// nobody outside knows, and stay there.
func TestStandIns(t *testing.T) {
	keys := keyring.Ephemeral(time.Now())
	of := sized{1: 3000, 2: 700, 3: 0}.standIns(t, keys)
	count := map[id.ID]int{}
	for _, source := range of {
		count[source]++
	}
	if n := count[1]; n < 3800 || n > 4200 { // 4 of 5 by powers of two
		t.Errorf("they fall to %v", count)
	}
	for name, source := range (sized{1: 2100, 2: 1000, 4: 1000}).standIns(t, keys) {
		if source != of[name] && source != 4 && of[name] != 3 {
			t.Fatalf("%s has gone over from %v to %v", name, of[name], source)
		}
	}
	moved := 0
	for name, source := range (sized{1: 3000, 2: 700, 3: 0}).standIns(t, keyring.Ephemeral(time.Now())) {
		if source != of[name] {
			moved++
		}
	}
	if moved < 1000 {
		t.Errorf("another key moves %d of %d names only", moved, len(of))
	}
}

// hung answers nothing before its own time-out.
type hung struct{ *server }

func (h hung) Find(ctx context.Context, username, principal string) (directory.EntryChange, bool, error) {
	select {
	case <-time.After(8 * time.Second):
	case <-ctx.Done():
	}
	return directory.EntryChange{}, false, errDown
}

// TestNobodyWaitsForAnotherDirectoryForLong: a name that nobody has waits as
// long for one that hangs as the refusal of somebody of the other one does.
func TestNobodyWaitsForAnotherDirectoryForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.labFinder = hung{s.lab}
		began := time.Now()
		f := s.look(t, authn.Sought{Name: directory.Name{User: "nobody"}, Home: 1})
		forUnknown := time.Since(began)
		if f.Silent == nil || f.Home != 1 {
			t.Errorf("%+v", f)
		}
		began = time.Now()
		s.look(t, authn.Sought{Origin: directory.Origin{Directory: 1, Object: "a"}, Home: 1})
		if waited := time.Since(began); waited != 0 {
			t.Errorf("somebody of the healthy one waits %v", waited)
		}
		s.Elsewhere(t.Context(), 1)
		if forKnown := time.Since(began); forKnown != forUnknown || forKnown > 3*time.Second {
			t.Errorf("a refusal takes %v, that of nobody %v", forKnown, forUnknown)
		}
		began = time.Now()
		_, err := s.Look(t.Context(), authn.Sought{Name: directory.Name{User: "nobody"}, Home: 2})
		if waited := time.Since(began); err == nil || waited != 8*time.Second {
			t.Errorf("whom the hanging one stands in for: %v after %v", err, waited)
		}
		time.Sleep(10 * time.Second)
	})
}
