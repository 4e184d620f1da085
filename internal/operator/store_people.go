package operator

import (
	"reflect"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

// NewPerson is a person to be added, with what they bring along.
type NewPerson struct {
	Person   directory.Person
	Password []byte          // hash, sealed for table "person", the person's ID, column "password"; nil: none
	Factors  []factor.Factor // enrolled from the start
	// Requirements are their own from the start; each needs a Period of its own.
	Requirements []policy.Requirement
	Invite       *enrollment.Invitation
	Mail         []notify.Message
}

// Amendment is what one act changes about one person. Zero fields keep things
// as they are. What is removed is removed first.
type Amendment struct {
	Person  id.ID
	Version int64 // that the act was worked out for

	// RemovePerson removes the person and everything but the logs; of the
	// other fields only KeepAdministrator, Mail and Log then count.
	RemovePerson bool

	// KeepAdministrator refuses the whole if afterwards there would be no
	// administrator who is enabled and has a usable factor.
	KeepAdministrator bool

	Details              *Details
	Password             []byte // sealed hash
	ForgetPassword       bool
	Role                 *directory.Role
	Disabled             *bool
	PasswordEnrollsUntil *time.Time // a pointer to the zero time: the password alone enrolls nothing

	RemoveFactors   []id.ID
	AddFactors      []factor.Factor
	Rename          *Rename
	Unsuspend       bool // lets suspended factors prove again
	EndPending      bool // forgets an unfinished enrollment
	EndSessions     bool
	EndChallenges   bool              // open questions at the doors
	Unlock          bool              // forgets all wrong codes and passwords; known sources stay known
	VoidInvitations enrollment.Origin // all open ones of this origin; empty: none
	EndInvitations  bool              // all of them
	Invite          *enrollment.Invitation
	LinkMailedAt    time.Time // that a link to enroll goes by Mail; zero: none does

	PutDuties  []DutyPut
	DropDuties []id.ID // the periods of what is not required any more
	// Silent says that nothing changes that the person has still to do. It is
	// for whoever counts, and nothing that is written.
	Silent bool

	Mail []notify.Message
	Log  audit.Change // with AmendMany: none if it has no ID
}

// OnlyDuties reports whether nothing of the person's own row changes.
func (a Amendment) OnlyDuties() bool {
	a.Person, a.Version, a.PutDuties, a.DropDuties, a.Silent, a.Mail, a.Log = 0, 0, nil, nil, false, nil, audit.Change{}
	return reflect.ValueOf(a).IsZero()
}

// DutyPut is something required of a person, in place of what they have of the
// same period.
type DutyPut struct {
	policy.Requirement
	// Told says that the person hears of it by a message of the act itself. Else
	// what they were told of stays as it is, and somebody who was told nothing yet
	// is. Reminders begin anew with a later end, but for one that is later only
	// because the clock stood still.
	Told bool
}

// Rename calls a factor of the person something else.
type Rename struct {
	Factor id.ID
	Label  string
}

// Details are what describes a person.
type Details struct {
	DisplayName string
	Email       string
	Phone       string // E.164, or empty
	Language    string // BCP 47, or empty
	TimeZone    string // IANA, or empty
	Groups      []string
}
