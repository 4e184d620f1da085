package instructions

import (
	"strconv"

	"example.com/muster/internal/problem"
)

// Fault is the stable name of what can be wrong with instructions. Pages have
// words of their own for each.
type Fault string

// The faults.
const (
	FaultLong     Fault = "long"
	FaultEmpty    Fault = "empty"
	FaultEncoding Fault = "encoding" // it is not UTF-8
	FaultUnshown  Fault = "unshown"  // a character that cannot be shown
	FaultHTML     Fault = "html"     // Given: the tag
	FaultPicture  Fault = "picture"  // Given: its address
	FaultLink     Fault = "link"     // Given: where it leads
)

// Faults lists them.
func Faults() []Fault {
	return []Fault{FaultLong, FaultEmpty, FaultEncoding, FaultUnshown, FaultHTML, FaultPicture, FaultLink}
}

// Mistake is what is wrong with instructions: the private cause of a problem
// whose public face says the same in English.
type Mistake struct {
	Fault Fault
	Line  int    // from 1; 0: of the whole
	Given string // on one line
}

// Error implements error.
func (m *Mistake) Error() string { return string(m.Fault) }

// problem gives a mistake its public face.
func (m *Mistake) problem() *problem.Error {
	says, hint := "", ""
	switch m.Fault {
	case FaultLong:
		says = "the instructions have more than " + strconv.Itoa(Longest) + " characters"
	case FaultEmpty:
		says, hint = "there is nothing in the instructions", "take them back instead: muster instructions unpublish"
	case FaultEncoding:
		says = "the instructions are not text in UTF-8"
	case FaultUnshown:
		says = "a character that cannot be shown"
	case FaultHTML:
		says, hint = "HTML is not possible here: "+m.Given, `write \< for the sign itself`
	case FaultPicture:
		says, hint = "pictures are not possible here", "write a link to it, without the exclamation mark"
	case FaultLink:
		says, hint = "a link cannot lead to "+m.Given, "it begins with https://, http:// or mailto:"
	}
	if m.Line > 0 {
		says = "line " + strconv.Itoa(m.Line) + ": " + says
	}
	return problem.Wrap(problem.Invalid, m, "%s", says).WithHint("%s", hint)
}
