// Package instructions owns what a company tells its own people about signing
// in: what may be written, how it is shown, and which language somebody reads.
//
// Everybody who can reach the portal reads it, and an administrator whose
// session was stolen may have written it: nothing in it can run, load anything
// or lead to another place than a web page or a mailbox. The package must not
// know where texts are kept or who may write them.
//
// Standards: CommonMark without HTML and pictures; RFC 3986 for links.
package instructions

import (
	"strings"
	"time"
)

// Longest is how many characters the instructions in a language may have.
const Longest = 20_000

// Text is what everybody reads in one language.
type Text struct {
	Language    string // a tag of the catalogue
	Source      string
	PublishedAt time.Time
}

// Entry is what is kept of one language.
type Entry struct {
	Language    string
	Draft       string // what the administrators have written last
	Published   string // what everybody reads; empty: nothing
	ChangedAt   time.Time
	ChangedBy   string
	PublishedAt time.Time // zero: nothing is
	PublishedBy string
}

// IsPublished reports whether everybody can read something of it.
func (e Entry) IsPublished() bool { return e.Published != "" }

// IsOpen reports whether the draft says something else than what is published.
func (e Entry) IsOpen() bool { return e.Draft != e.Published }

// Choose returns what somebody reads who speaks a language: another one rather
// than nothing. It reports false if there is nothing at all.
func Choose(published []Text, language string) (Text, bool) {
	for _, t := range published {
		if t.Language == language {
			return t, true
		}
	}
	if len(published) == 0 {
		return Text{}, false
	}
	return published[0], true
}

// Settle makes what was typed or read from a file what is kept: line ends as
// here, and nothing around it.
func Settle(source string) string {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	source = strings.TrimPrefix(source, "\ufeff")
	return strings.TrimSpace(source)
}
