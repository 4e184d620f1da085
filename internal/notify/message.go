// Package notify owns what must reach a person outside the door they stand
// at: which messages there are, and the outbox they wait in.
//
// A message is written in the transaction of what it tells about. The package
// must not know how mail travels: transports are folders of their own.
package notify

import (
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
)

// Message is one mail to one person, before it has words.
type Message struct {
	ID     id.ID
	Kind   Kind
	Person id.ID // to whom; their language and address are read when it is sent
	// Data fills the words; see the kinds for what each must have. It is
	// sealed at rest, and what is secret is dropped once the message is sent.
	Data map[string]string
}

// State is where a message stands.
type State string

// The states. Retrying is how Queued is called after a failure; see Entry.
const (
	Queued    State = "queued"
	Retrying  State = "retrying"
	Sent      State = "sent"
	Failed    State = "failed"     // given up
	Bounced   State = "bounced"    // the address is not accepted; an administrator can correct it
	NoAddress State = "no-address" // the person has none; likewise
	Replaced  State = "replaced"   // another message has taken its place, or what it says does not hold any more
)

// States lists them, in the order in which a message has them.
func States() []State { return []State{Queued, Retrying, Sent, Failed, Bounced, NoAddress, Replaced} }

// Until returns the instant after which the message is of no use; zero: none.
func (m Message) Until() time.Time {
	t, err := time.Parse(time.RFC3339, m.Data["until"])
	if err != nil {
		return time.Time{}
	}
	return t
}

// Entry is a message in the outbox as an administrator sees it: no body.
type Entry struct {
	ID       id.ID
	Kind     Kind
	Person   id.ID
	Username string
	Address  string
	State    State
	Attempts int
	Problem  string // of the last attempt, for administrators
	QueuedAt time.Time
	DueAt    time.Time // not before, while it waits
	SentAt   time.Time
}

// BodyPlace is where the data of a message is sealed.
func BodyPlace(m id.ID) keyring.Place {
	return keyring.Place{Table: "outbox", RowID: int64(m), Column: "body"}
}
