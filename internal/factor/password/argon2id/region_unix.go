//go:build unix

package argon2id

import (
	"syscall"
	"unsafe"
)

// region is memory outside the garbage collector's accounts: 19 MiB a hasher
// on the heap would let everything else make as much garbage again before the
// next collection.
type region struct{ mapped []byte }

// blocks returns n blocks of unspecified content.
func (r *region) blocks(n int) []block {
	size := n * blockBytes
	if len(r.mapped) < size {
		r.free()
		mapped, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			// As for the heap: no memory is no error a caller can handle.
			panic("argon2id: mapping memory: " + err.Error())
		}
		r.mapped = mapped
	}
	// A mapping starts at a page boundary, which is aligned for any type.
	return unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(r.mapped))), n)
}

func (r *region) free() {
	if r.mapped == nil {
		return
	}
	if err := syscall.Munmap(r.mapped); err != nil {
		panic("argon2id: unmapping memory: " + err.Error())
	}
	r.mapped = nil
}
