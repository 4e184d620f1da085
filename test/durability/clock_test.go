//go:build system

package durability

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// TestIdentifiersOverARestartWithTheClockSetBack: what is written after a
// restart an hour ago comes after all that was written before, in every list,
// and nothing meets anything.
func TestIdentifiersOverARestartWithTheClockSetBack(t *testing.T) {
	clock := filepath.Join(testkit.Scratch(t), "clock")
	m := testkit.NewMuster(t, testkit.Settings{Build: testkit.TestClock, Env: []string{"MUSTER_CLOCK_FILE=" + clock}})
	testkit.WriteFile(t, clock, "+0s", 0o600)
	const rounds, people = 3, 40
	keys := importPeople(t, m, rounds*people)
	addGateway(t, m)
	key := wire.NewKey(secret.New(shared))
	p := totp.Defaults()
	var newcomers []string
	for round := range rounds {
		back := time.Duration(round) * time.Hour
		testkit.WriteFile(t, clock, fmt.Sprintf("-%dh", round), 0o600)
		m.Start()
		conn := dial(t, m)
		for i := round * people; i < (round+1)*people; i++ {
			code := totp.Code(keys[i], p, p.Step(time.Now().Add(-back)))
			if got := answerTo(t, conn, key, request(key, userName(i), code)); got != wire.AccessAccept {
				t.Errorf("%s, %v back: %v", userName(i), back, got)
			}
		}
		newcomer := fmt.Sprintf("newcomer%d", round)
		newcomers = append(newcomers, newcomer)
		m.Run("user", "add", newcomer)
		if out := m.Server().Output(); strings.Contains(strings.ToLower(out), "unique") {
			t.Errorf("something met something:\n%s", out)
		}
		m.Server().Stop()
	}

	var signIns []struct{ ID, User string }
	m.JSON(&signIns, "signin", "list", "--limit", "1000")
	ids := make([]string, len(signIns))
	for i, s := range signIns {
		ids[len(ids)-1-i] = s.ID
		if want := userName(rounds*people - 1 - i); s.User != want {
			t.Fatalf("the sign-in before %d others is %s's, want %s's", i, s.User, want)
		}
	}
	if len(ids) != rounds*people || !slices.IsSorted(ids) || len(slices.Compact(ids)) != rounds*people {
		t.Errorf("%d sign-ins, in order: %v", len(ids), slices.IsSorted(ids))
	}
	type change struct{ Action, Subject string }
	var changes []change
	m.JSON(&changes, "audit", "list", "--limit", "1000")
	slices.Reverse(changes)
	changes = slices.DeleteFunc(changes, func(c change) bool { return c.Action != "user.add" })
	for i, c := range changes {
		if c.Subject != newcomers[i] {
			t.Errorf("change %d is about %s, want %s", i, c.Subject, newcomers[i])
		}
	}
	if len(changes) != rounds {
		t.Errorf("%d changes", len(changes))
	}
}
