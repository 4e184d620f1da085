package roster_test

import (
	"maps"
	"slices"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
)

// TestThePreviewSaysWhatTheImportDoes, entry by entry and in its counts.
func TestThePreviewSaysWhatTheImportDoes(t *testing.T) {
	o := open(t, 8)
	storetest.Add(t, o.store, storetest.Somebody("alice"))
	_, err := o.roster.Admit(t.Context(), o.source, o.paper.entries[7])
	o.must(err)
	o.called(map[int]string{0: "alice", 1: "Ren\u00e9", 2: "Rene\u0301", 3: "user4", 6: "user7"})
	o.paper.entries[5].Mail = "nonsense"
	list, preview, err := o.roster.Preview(t.Context(), o.source, roster.Selection{}, 100)
	o.must(err)
	var why []directory.Remark
	for _, f := range list {
		why = append(why, f.Why)
	}
	local, twice := directory.RemarkLocalName, directory.RemarkNameTwice
	if want := []directory.Remark{local, "", twice, "", twice, "", twice}; !slices.Equal(why, want) {
		t.Errorf("why is %q", why)
	}
	if len(list[5].Warned) != 1 || list[5].Warned[0] != directory.RemarkBadMail {
		t.Errorf("warned of %q", list[5].Warned)
	}
	rows, done, err := o.roster.Import(t.Context(), o.source, roster.Selection{}, nil)
	o.must(err)
	kinds := map[roster.RowKind]int{}
	for _, r := range rows {
		kinds[r.Kind]++
	}
	want := map[roster.RowKind]int{roster.RowRefused: 4, roster.RowWarned: 1, roster.RowImported: 3, roster.RowThere: 1}
	if !maps.Equal(kinds, want) {
		t.Errorf("the import names %v, want %v", kinds, want)
	}
	if preview != done || done != (roster.Census{New: 3, There: 1, Skipped: 4}) {
		t.Errorf("the preview is %+v, the import %+v", preview, done)
	}
}
