package console

import (
	"time"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/web"
)

type mailsView struct {
	User     string
	State    []option
	Chips    []web.Chip
	Mails    []mailRow
	First    string
	Paging   web.Paging
	Filtered bool
	May      rights
}

type mailRow struct {
	QueuedAt, SentAt time.Time
	DueAt            time.Time // in the future, while it waits
	Kind, User, Link string
	Address, Problem string
	State            badge
	Attempts         int
	Again            string // where it is sent again; empty: it is not
}

type resendView struct {
	Action string
	Mail   mailRow
}

type testMailView struct {
	Kinds, Languages []option
	Steps            []notify.Step
}

type templatesView struct{ Kinds []templateRow }

type templateRow struct {
	Name, Label string
	Languages   []templateLink
}

type templateLink struct {
	Path, Language, By string
	Changed            time.Time // zero: as built in
}

type templateView struct {
	Label, Language, Action, Source, Test string
	Variables                             []string
	Changed                               time.Time // zero: as built in
	By                                    string
	Subject, Text                         string // of the preview
	Problem                               string // what is wrong with the source
	Frame                                 string // what the mail looks like; takes a posted source
	Framed                                bool   // it shows what is kept
	May                                   rights
}

type backgroundView struct {
	Node           string
	Since, AliveAt time.Time
	Term           int64
	Silent         bool // nobody leads, as far as can be seen
	Jobs           []jobRow
}

type jobRow struct {
	Name, Node, Took string
	Label, What      string // what people call the job, and what it does
	Last, Next       time.Time
	State            badge
	Problem          string // the last one that is known
	ProblemAt        time.Time
}
