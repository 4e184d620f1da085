package problem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/muster/internal/problem"
)

func TestPublicHidesTheCause(t *testing.T) {
	cause := errors.New("dial 10.0.0.1: refused")
	for _, tc := range []struct {
		name, text, hint string
		err              error
		kind             problem.Kind
	}{
		{"plain error", "internal error", "", cause, problem.Internal},
		{"internal problem", "internal error", "", problem.Wrap(problem.Internal, cause, "it broke"), problem.Internal},
		{"public problem", "the directory is away", "", problem.Wrap(problem.Unavailable, cause, "the directory is away"), problem.Unavailable},
		{"wrapped", "no user is named bob", "see user list", fmt.Errorf("show: %w", problem.New(problem.NotFound, "no user is named %s", "bob").WithHint("see user list")), problem.NotFound},
	} {
		text, hint := problem.Public(tc.err)
		if text != tc.text || hint != tc.hint {
			t.Errorf("%s: Public = %q, %q", tc.name, text, hint)
		}
		if got := problem.KindOf(tc.err); got != tc.kind {
			t.Errorf("%s: KindOf = %v", tc.name, got)
		}
		if strings.Contains(text, "10.0.0.1") {
			t.Errorf("%s: the cause leaked", tc.name)
		}
	}
}

func TestKindNames(t *testing.T) {
	seen := map[string]bool{}
	for k := problem.Internal; k <= problem.Unavailable; k++ {
		if seen[k.String()] {
			t.Errorf("kind %d has the name of another: %s", k, k)
		}
		seen[k.String()] = true
	}
}
