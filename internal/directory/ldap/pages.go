package ldap

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"example.com/muster/internal/directory/ldap/wire"
)

// errEndless: a server that pages in a circle.
var errEndless = errors.New("the server's pages have no end")

// pages runs a search page after page; size 0: all at once.
func (c *conn) pages(ctx context.Context, s wire.Search, size int, each func(*wire.Entry) error) error {
	if size <= 0 {
		_, err := c.search(ctx, s, handler{entry: func(_ wire.Message, e *wire.Entry) error { return each(e) }})
		return err
	}
	controls := s.Controls
	var cookie []byte
	for {
		s.Controls = append(slices.Clip(controls), wire.Paging(int32(size), cookie))
		entries := 0
		last, err := c.search(ctx, s, handler{entry: func(_ wire.Message, e *wire.Entry) error {
			entries++
			return each(e)
		}})
		if err != nil {
			return err
		}
		next, paged := last.NextPage()
		if !paged || len(next) == 0 {
			return nil
		}
		if entries == 0 && bytes.Equal(next, cookie) {
			c.broken = true
			return errEndless
		}
		cookie = bytes.Clone(next)
	}
}
