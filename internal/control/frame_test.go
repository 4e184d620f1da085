package control

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzFrames holds that whatever is read back was there: frames read from any
// bytes, written again, are those bytes as far as reading came.
func FuzzFrames(f *testing.F) {
	var good bytes.Buffer
	if err := writeJSON(&good, frameCall, Call{Name: "user list"}); err != nil {
		f.Fatal(err)
	}
	if err := writeFrame(&good, frameProgress, encodeProgress(1, 2)); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte("c\xff\xff\xff\xffx"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		reader := bufio.NewReader(bytes.NewReader(content))
		var again bytes.Buffer
		for {
			k, payload, err := readFrame(reader)
			if err != nil {
				if errors.Is(err, io.EOF) && again.Len() != len(content) {
					t.Errorf("a clean end after %d of %d bytes", again.Len(), len(content))
				}
				break
			}
			if err := writeFrame(&again, k, payload); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(content, again.Bytes()) {
			t.Error("frames read are not the bytes sent")
		}
	})
}
