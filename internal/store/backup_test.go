package store_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/store"
	"example.com/muster/internal/store/storetest"
)

// FuzzReadBackup: whatever is taken for a backup is either one, whole, or
// refused as a mistake of whoever brought it.
func FuzzReadBackup(f *testing.F) {
	s := storetest.New(f)
	storetest.Add(f, s, storetest.Somebody("alice"))
	var file bytes.Buffer
	if err := s.Backup(f.Context(), &file, nil, storetest.Entry("backup", "")); err != nil {
		f.Fatal(err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		f.Fatal(err)
	}
	whole, err := io.ReadAll(plain)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for _, cut := range []int{0, 1, len(whole) / 3, len(whole) - 1} {
		f.Add(whole[:cut])
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		if _, err := w.Write(lines); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rows, err := store.ReadBackup(&zipped)
		if err == nil && rows > bytes.Count(lines, []byte("\n")) {
			t.Errorf("%d rows in %d octets", rows, len(lines))
		}
		if err != nil && problem.KindOf(err) != problem.Invalid {
			t.Errorf("refused as %v: %v", problem.KindOf(err), err)
		}
	})
}

// TestEveryColumnOfOctetsIsSealedOrNoSecret: a new column has to be put into
// one list or the other.
func TestEveryColumnOfOctetsIsSealedOrNoSecret(t *testing.T) {
	sealed, other := store.Sealed()
	known := append(sealed, other...)
	have := store.ColumnsOfOctets(t, storetest.New(t))
	slices.Sort(known)
	slices.Sort(have)
	if diff := cmp.Diff(have, known); diff != "" {
		t.Errorf("-tables +known:\n%s", diff)
	}
}
