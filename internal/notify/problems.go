package notify

import (
	"maps"
	"slices"
)

// Why a mail did not leave, as this program says it itself; administrators read
// it. What a mail server has answered stands among them word for word.
const (
	ProblemGone          = "the person is gone"
	ProblemNoAddress     = "the person has no mail address"
	ProblemMalformed     = "the person's mail address is malformed"
	ProblemNoDomain      = "the domain of the person's mail address is none"
	ProblemNoUTF8        = "the mail server takes no address with other letters than a to z (it offers no SMTPUTF8): give the person another address, or use a server that does"
	ProblemNameLines     = "the person's name is not one line"
	ProblemSubjectLines  = "the subject is not one line"
	ProblemOff           = "mail is not set up: see smtp in the configuration"
	ProblemUnreadable    = "cannot be opened"
	ProblemLapsed        = "what it offers had expired before it could be sent"
	ProblemKeptOut       = "the person is kept out"
	ProblemExempt        = "they are exempt"
	ProblemNotExempt     = "they are not exempt any more"
	ProblemRequiredAgain = "it is required again"
	ProblemSetUp         = "they have set it up"
	ProblemNotRequired   = "it is not required any more"
	ProblemEndMoved      = "the end has moved"
	ProblemPeriodByNow   = "there is a period by now"
	ProblemTimeOver      = "the time is over"
	ProblemAtOnce        = "it is required at once by now"
	ProblemStopped       = "the clock is stopped"
	ProblemNewer         = "a newer mail says how it stands"
)

// problemNames names them for whoever says them in another language.
var problemNames = map[string]string{
	ProblemGone:          "gone",
	ProblemNoAddress:     "no-address",
	ProblemMalformed:     "malformed",
	ProblemNoDomain:      "no-domain",
	ProblemNoUTF8:        "no-utf8",
	ProblemNameLines:     "name-lines",
	ProblemSubjectLines:  "subject-lines",
	ProblemOff:           "off",
	ProblemUnreadable:    "unreadable",
	ProblemLapsed:        "lapsed",
	ProblemKeptOut:       "kept-out",
	ProblemExempt:        "exempt",
	ProblemNotExempt:     "not-exempt",
	ProblemRequiredAgain: "required-again",
	ProblemSetUp:         "set-up",
	ProblemNotRequired:   "not-required",
	ProblemEndMoved:      "end-moved",
	ProblemPeriodByNow:   "period-by-now",
	ProblemTimeOver:      "time-over",
	ProblemAtOnce:        "at-once",
	ProblemStopped:       "stopped",
	ProblemNewer:         "newer",
}

// ProblemName returns the stable name of a problem that this program says
// itself; "" for what a server has answered.
func ProblemName(said string) string { return problemNames[said] }

// Problems lists what this program says of mails that did not leave.
func Problems() []string { return slices.Sorted(maps.Keys(problemNames)) }
