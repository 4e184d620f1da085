//go:build !unix

package argon2id

// region is memory from the heap.
type region struct{ kept []block }

// blocks returns n blocks of unspecified content.
func (r *region) blocks(n int) []block {
	if len(r.kept) < n {
		r.kept = make([]block, n)
	}
	return r.kept[:n]
}

func (r *region) free() { r.kept = nil }
