package notify

import (
	"fmt"
	"strings"

	"example.com/muster/internal/problem"
)

// Fault is the stable name of what can be wrong with a template. Pages have
// words of their own for each.
type Fault string

// The faults. What Mistake.Given and Mistake.Known are of each stands beside
// it; a fault without a line is one of the whole template.
const (
	FaultLong       Fault = "long"     // Known: how many octets there may be
	FaultEmpty      Fault = "empty"    //
	FaultEncoding   Fault = "encoding" // it is not UTF-8
	FaultUnshown    Fault = "unshown"  // a character that cannot be shown
	FaultSyntax     Fault = "syntax"   // Given: what the parser says
	FaultDefines    Fault = "defines"  // it defines other templates
	FaultImpossible Fault = "impossible"
	FaultVariable   Fault = "variable" // Given: one that there is not; Known: those that there are
	FaultPart       Fault = "part"     // Given: one that there is not
	FaultHead       Fault = "head"     // Subject or Title is missing
	FaultTwice      Fault = "twice"    // Given: Subject or Title
	FaultField      Fault = "field"    // Given: of the head, that there is not
	FaultOrder      Fault = "order"    // Given: a part that stands twice or too late
	FaultPartFirst  Fault = "part-first"
	FaultNoButton   Fault = "no-button"  // and the mail has none
	FaultNoCode     Fault = "no-code"    // the same
	FaultNeedsLink  Fault = "needs-link" // it has neither button nor code
	FaultUnfillable Fault = "unfillable" // with the values of a message
)

// Faults lists them.
func Faults() []Fault {
	return []Fault{
		FaultLong, FaultEmpty, FaultEncoding, FaultUnshown, FaultSyntax, FaultDefines, FaultImpossible, FaultVariable, FaultPart,
		FaultHead, FaultTwice, FaultField, FaultOrder, FaultPartFirst, FaultNoButton, FaultNoCode, FaultNeedsLink, FaultUnfillable,
	}
}

// Mistake is what is wrong with a template: the private cause of a problem
// whose public face says the same in English.
type Mistake struct {
	Fault Fault
	Line  int      // from 1; 0: of the whole
	Given string   // on one line
	Known []string // what there could be in its place
}

// Error implements error.
func (m *Mistake) Error() string { return string(m.Fault) }

// mistaken is a problem with the whole of a template.
func mistaken(m Mistake, format string, args ...any) *problem.Error {
	return problem.Wrap(problem.Invalid, &m, format, args...)
}

// wrong is a problem at an offset of the source.
func (d *draft) wrong(offset int, m Mistake, format string, args ...any) *problem.Error {
	m.Line = 1 + strings.Count(d.source[:min(max(offset, 0), len(d.source))], "\n")
	return problem.Wrap(problem.Invalid, &m, "line %d: %s", m.Line, fmt.Sprintf(format, args...))
}
