package recovery

import "errors"

// ErrSet is returned by DecodeSet for octets that EncodeSet did not write.
var ErrSet = errors.New("recovery: not a set of codes")

// EncodeSet returns the hashes of a person's unused codes as octets, to be
// sealed.
func EncodeSet(hashes []Hash) []byte {
	b := make([]byte, 0, len(hashes)*len(Hash{}))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// DecodeSet is the inverse of EncodeSet.
func DecodeSet(b []byte) ([]Hash, error) {
	const size = len(Hash{})
	if len(b)%size != 0 || len(b) > MaxCount*size {
		return nil, ErrSet
	}
	hashes := make([]Hash, 0, len(b)/size)
	for ; len(b) > 0; b = b[size:] {
		hashes = append(hashes, Hash(b[:size]))
	}
	return hashes, nil
}

// Without returns the hashes but the one at index, which was used.
func Without(hashes []Hash, index int) []Hash {
	left := make([]Hash, 0, len(hashes)-1)
	left = append(left, hashes[:index]...)
	return append(left, hashes[index+1:]...)
}
