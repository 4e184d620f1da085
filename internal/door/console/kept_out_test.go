package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/text"
)

// TestThePageSaysWhySomebodyIsKeptOut: by whom or by what, since when, and when
// they are removed.
func TestThePageSaysWhySomebodyIsKeptOut(t *testing.T) {
	b, _ := directoryAdmin(t)
	b.paper.fill(4)
	b.item("everybody")
	b.synced("everybody")
	b.paper.entries[0].Barred = directory.BarredDisabled
	b.paper.entries = slices.Delete(b.paper.entries, 1, 2)
	b.synced("everybody")
	b.leads(b.post("/console/user/act?act=disable&name=u0002", "reason", "on leave"), "/console/user?name=u0002")
	removal := "After " + text.Default().For("en").Day(b.now.Add(directory.DefaultGrace), time.UTC) + " they are removed"
	for name, says := range map[string][]string{
		"u0000": {"Disabled in the directory corp, known here since today, "},
		"u0001": {"Not in the directory corp any more, or in no item: missed since today, ", removal},
		"u0002": {"Disabled here by admin: today, ", "Reason: on leave."},
	} {
		b.wants(b.get("/console/user?name="+name), http.StatusOK, says...)
	}
	if a := b.get("/console/user?name=u0003"); strings.Contains(a.body, "Disabled") {
		t.Error("somebody who may in is said to be kept out")
	}
}
