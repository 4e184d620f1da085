package bench

import (
	"slices"
	"testing"
	"time"
)

// The authenticator of user004660 shows the same six digits in two steps that
// follow each other.
func TestNobodyIsSentWithDigitsThatARoundBeforeHasSpent(t *testing.T) {
	const name = "user004660"
	second := time.Date(2026, 11, 22, 1, 36, 30, 0, time.UTC).Unix() / int64(step/time.Second)
	people := populate(5000)
	p := people[4660]
	if p.name != name || p.code(second) != p.code(second-1) {
		t.Fatalf("the example is none: %s has %s and %s", p.name, p.code(second-1), p.code(second))
	}
	spent := map[signIn]bool{}
	for _, counter := range []int64{second - 2, second - 1, second, second + 1} {
		signIns := signInsAt(people, counter)
		sent := slices.ContainsFunc(signIns, func(s signIn) bool { return s.name == name })
		if repeats := counter == second-1 || counter == second; sent == repeats {
			t.Errorf("step %+d: sent: %v", counter-second, sent)
		}
		for _, s := range signIns {
			if spent[s] {
				t.Errorf("step %+d: %s comes with digits of an earlier round", counter-second, s.name)
			}
			spent[s] = true
		}
		if len(signIns) < len(people)-2 {
			t.Errorf("step %+d: only %d sign-ins", counter-second, len(signIns))
		}
	}
}
