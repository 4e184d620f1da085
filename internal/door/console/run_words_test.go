package console

import (
	"testing"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// TestNothingIsSaidOfWhatIsNotKnown: before anything was read nobody knows how
// long it takes.
func TestNothingIsSaidOfWhatIsNotKnown(t *testing.T) {
	v := &visit{Request: &web.Request{Text: text.Default().For("en")}}
	for want, p := range map[string]operator.RunProgress{
		"Nothing read yet": {Total: 100},
		"50 of about 100 read, 25 entries a second, about 2 seconds left": {Seen: 50, Total: 100, Rate: 25, Left: 2 * time.Second},
	} {
		if got := v.liveRow(roster.Run{ID: 1}, p).Words; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
