package directory

import "encoding/hex"

// Object is what identifies an entry, in 16 octets: see Origin.Object.
type Object [16]byte

// ParseObject reads a UUID as it is written (RFC 9562 section 4), and reports
// whether it is one.
func ParseObject(text string) (o Object, ok bool) {
	const length = 36
	if len(text) != length {
		return Object{}, false
	}
	digits := make([]byte, 0, 2*len(o))
	for i := range len(text) {
		isDash := i == 8 || i == 13 || i == 18 || i == 23
		if isDash != (text[i] == '-') {
			return Object{}, false
		}
		if !isDash {
			digits = append(digits, text[i])
		}
	}
	_, err := hex.Decode(o[:], digits)
	return o, err == nil
}

// String returns it in lower case with dashes.
func (o Object) String() string {
	h := hex.EncodeToString(o[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
