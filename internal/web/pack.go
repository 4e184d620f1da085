package web

import (
	"bytes"
	"compress/gzip"
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
)

const (
	packFrom  = 1000 // bytes; less, with its headers, fits into one or two packets
	packSlots = 64
)

// packCache compresses pages. Pages that are the same for everyone, such as
// the sign-in form, are asked for again and again: the last few results are
// kept, found by the content itself, so nothing can be stale.
type packCache struct {
	seed    maphash.Seed
	once    sync.Once
	mu      sync.Mutex
	entries [packSlots]packed
}

type packed struct {
	plain, gzipped []byte
}

// pack returns body as it should be sent: compressed, with the headers that
// say so, if the browser takes it and it is worth it.
func (c *packCache) pack(h http.Header, r *http.Request, body []byte) []byte {
	if len(body) < packFrom {
		return body
	}
	h.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		return body
	}
	h.Set("Content-Encoding", "gzip")
	c.once.Do(func() { c.seed = maphash.MakeSeed() })
	slot := maphash.Bytes(c.seed, body) % packSlots
	c.mu.Lock()
	entry := c.entries[slot]
	c.mu.Unlock()
	if bytes.Equal(entry.plain, body) {
		return entry.gzipped
	}
	entry = packed{plain: bytes.Clone(body), gzipped: gzipped(body, gzip.BestSpeed)}
	c.mu.Lock()
	c.entries[slot] = entry
	c.mu.Unlock()
	return entry.gzipped
}

func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}

func gzipped(body []byte, level int) []byte {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, level)
	if err != nil {
		panic(err) // the level is a constant of ours
	}
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}
