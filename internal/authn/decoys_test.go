package authn

import (
	"testing"

	"example.com/muster/internal/challenge"
)

func TestQuestionsOfNobodyAreBounded(t *testing.T) {
	var d decoys
	now := testNow
	for i := range mostDecoys {
		if !d.room(now) {
			t.Fatalf("no room for the one of number %d", i+1)
		}
	}
	if d.room(now) || d.room(now.Add(challenge.PromptLifetime-1)) {
		t.Error("room for more than there may be")
	}
	if !d.room(now.Add(challenge.PromptLifetime)) {
		t.Error("no room when the first is over")
	}
}
