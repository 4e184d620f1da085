package console

import (
	"testing"
	"time"

	"example.com/muster/internal/notify"
)

// TestWhyAMailDidNotLeave is said in the reader's language where this program
// says it, and as it came where a mail server did.
func TestWhyAMailDidNotLeave(t *testing.T) {
	for language, want := range map[string]string{"en": "The person has no mail address", "de": "Die Person hat keine E-Mail-Adresse"} {
		v := inZone(t, time.UTC, language)
		if row := v.mailRow(notify.Entry{Problem: notify.ProblemNoAddress}); row.Problem != want {
			t.Errorf("%s: %q", language, row.Problem)
		}
		answered := "550 5.1.1 mailbox unknown"
		if row := v.mailRow(notify.Entry{Problem: answered}); row.Problem != answered {
			t.Errorf("%s: %q", language, row.Problem)
		}
	}
}
