package authn

import (
	"testing"

	"example.com/muster/internal/audit"
)

// TestTheSameAnswerComesFromTheLog: what a door without pages has said, it says
// again when only the log knows it.
func TestTheSameAnswerComesFromTheLog(t *testing.T) {
	type said struct {
		Outcome  Outcome
		Message  Message
		Language string
		Methods  string
	}
	seen := map[Message]int{}
	for f := range drawnSituations {
		f.Nameless, f.SignedIn = false, 0
		if f.Client.Browser || f.Record == nil {
			continue
		}
		j := decide(f, testNow)
		if !j.effects.ends {
			continue
		}
		s := audit.SignIn{Result: audit.Denied, Reason: string(j.Reason), Method: methods(j.Proof), Trace: traced(j.Trace)}
		if j.Outcome == Allow {
			s.Result = audit.Allowed
		}
		d := answered(f, s)
		first := said{j.Outcome, j.Message, j.Language, methods(j.Proof)}
		again := said{d.Outcome, d.Message, d.Language, methods(d.Proof)}
		if first.Message == MessageNone {
			first.Language = "" // of no words
		}
		if first != again {
			t.Fatalf("%+v at first, then %+v (%s, %v)", first, again, j.Reason, j.Trace)
		}
		seen[j.Message]++
	}
	for _, m := range []Message{MessageNone, MessageRefused, MessageExpired, MessageNeedsLink, MessageNeedsHelp, MessageChangePassword, MessageNotIncluded} {
		if seen[m] == 0 {
			t.Errorf("nobody was told %q", m)
		}
	}
}
