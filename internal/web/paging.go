package web

import (
	"net/url"
)

// Paging is where one is in a long list that is read by cursor: pages have no
// numbers, for rows come and go while one reads.
type Paging struct {
	From, To, Total int    // of the rows shown; Total 0: not counted
	Previous, Next  string // links; empty: there is none
}

// Chip is a filter that holds.
type Chip struct {
	Label   string
	Without string // link to the same list without it
}

// With returns a link to the page the request is for with parameters set to
// other values; an empty value takes one away. Pairs are a name and a value.
func (r *Request) With(pairs ...string) string {
	query := r.URL.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			query.Del(pairs[i])
		} else {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return (&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}).String()
}
