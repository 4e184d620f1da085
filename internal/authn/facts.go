package authn

import (
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/policy"
)

// Standing is what changes about a person with every decision.
type Standing struct {
	// Version rises with every write to the person or to anything that hangs
	// on them: a commit holds only if it is still what the facts said.
	Version   int64
	Codes     lockout.Codes
	Passwords lockout.Passwords
	Spent     []factor.Spent // for each factor, up to which step codes are used
	SignIn    id.ID          // the person's last entry in the log
	Allowed   id.ID          // the last one that let them in; the store keeps it
}

// Record is what the store knows of one person. It is shared: nobody changes
// it or anything it points to.
type Record struct {
	Person   *directory.Person
	Password []byte // password hash, sealed for table "person", the person's ID, column "password"; nil: none
	Factors  []factor.Factor
	// Requirements are all that is required of the person or granted to them,
	// also what is held.
	Requirements []policy.Requirement
	Standing     Standing
	Open         []challenge.Challenge // questions not answered yet; may hold expired ones
	ReadAt       time.Time             // when it was read from, or last proven current by, the database
}

// Facts are all that decide may know.
type Facts struct {
	Client  policy.Client
	Record  *Record // nil: nobody by that name
	NameBad Reason  // why there is nobody, if that is known: ReasonMalformedName, ReasonPasswordWrong, …

	// For an answer: the question, or why there is none.
	Answering bool
	Challenge *challenge.Challenge // nil: unknown or spent

	// Nameless says that a passkey stands in place of name and password.
	Nameless bool

	Door, Username string
	Key            string // the name as compared; empty if NameBad
	Source         Source
	Once           audit.Once
	SignedIn       id.ID
	Evidence       Evidence

	// OnlyAdministrator says that the person administers and nobody else who
	// does can come in. It is looked up only where a period is over for them.
	OnlyAdministrator bool
}

// person returns whoever the facts are about, nil if nobody.
func (f Facts) person() *directory.Person {
	if f.Record == nil {
		return nil
	}
	return f.Record.Person
}

// Evidence is what verification found, before anybody judged it.
type Evidence struct {
	Password   PasswordEvidence
	Code       CodeEvidence
	Directory  DirectoryEvidence
	Passkey    PasskeyEvidence
	Invitation *enrollment.Invitation // that the presented code opens; nil: none
	BadInvite  bool                   // a code was presented and opens nothing
	NewHash    []byte                 // the right password, hashed anew and sealed; nil: keep the old hash
}

// PasswordEvidence is what checking the password found.
type PasswordEvidence int

// The findings. The zero value proves nothing.
const (
	PasswordAbsent PasswordEvidence = iota // none was typed
	PasswordWrong
	PasswordRight
	PasswordUnchecked // a directory would have to say, and did not answer
)

// CodeFinding is what checking a code found.
type CodeFinding int

// The findings. The zero value proves nothing.
const (
	CodeAbsent CodeFinding = iota // none was typed
	CodeWrong
	CodeReused
	CodeWrongStep
	CodeRight
)

// PasskeyFinding is what checking the answer of a passkey found.
type PasskeyFinding int

// The findings. The zero value proves nothing.
const (
	PasskeyAbsent  PasskeyFinding = iota // none was given
	PasskeyRefused                       // it is not this person's, or not for this question
	PasskeyReused                        // the question was answered before
	PasskeyCopied                        // its counter went back
	PasskeyAlone                         // right, but not good for both factors
	PasskeyRight
)

// PasskeyEvidence is what checking the answer of a passkey found, and what
// using it changes.
type PasskeyEvidence struct {
	Finding PasskeyFinding
	Factor  id.ID
	Method  factor.Method
	Step    int64  // when the question was asked, in microseconds, for one that nobody keeps; else 0
	Sealed  []byte // the credential as it is from now on, sealed; nil: as it was
}

// CodeEvidence is what checking a code found, and what using it would spend.
type CodeEvidence struct {
	Finding CodeFinding
	Kind    factor.Kind
	Factor  id.ID
	Step    int64  // TOTP: the step of the code
	Left    []byte // the factor's secret as it is afterwards, sealed: without the used recovery code; nil: as it was
}
