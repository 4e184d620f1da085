package directory

import (
	"time"

	"example.com/muster/internal/id"
)

// Barred says why a directory keeps somebody out.
type Barred string

// The reasons. The zero value: it does not.
const (
	NotBarred      Barred = ""
	BarredDisabled Barred = "disabled" // the account is disabled
	BarredExpired  Barred = "expired"  // the account has an end, and that is past
	BarredLocked   Barred = "locked"   // too many wrong passwords; ends by itself
	BarredGone     Barred = "gone"     // the entry is not there any more
)

// Out reports whether the reason keeps somebody out of everything at once,
// open sessions included. A lock does not: anybody can cause one, and the
// directory itself holds it against whoever types a password.
func (b Barred) Out() bool {
	return b == BarredDisabled || b == BarredExpired || b == BarredGone
}

// Origin is where a person comes from and what was last read of them there.
// The zero value is a local user's.
type Origin struct {
	Directory id.ID
	// Object is what identifies the entry for good, whatever it is named and
	// wherever it is moved: AD's objectGUID, RFC 4530's entryUUID, as lower-case
	// text with dashes.
	Object string
	DN     string // as last read
	// Principal is the entry's userPrincipalName as compared, see Principal;
	// empty: it has none. It need not be related to the user name.
	Principal string
	// Barred is why the directory keeps them out, as last read. It is apart
	// from Person.Disabled, which administrators set by hand.
	Barred    Barred
	ExpiresAt time.Time // when the account ends; zero: never
	GoneAt    time.Time // when the entry was first missed; zero: it is there
	// SeenAt is the instant as of which Barred and ExpiresAt are known. It is
	// not written while nothing changes.
	SeenAt time.Time
	// KeepPhone says that an administrator typed the telephone number: what
	// the directory says does not replace it.
	KeepPhone bool
}

// Local reports whether the person comes from no directory.
func (o *Origin) Local() bool { return o.Directory == 0 }

// At returns why the directory keeps the person out at an instant: an account
// that ends, ends at that instant.
func (o *Origin) At(now time.Time) Barred {
	if !o.Barred.Out() && !o.ExpiresAt.IsZero() && !now.Before(o.ExpiresAt) {
		return BarredExpired
	}
	return o.Barred
}

// Excluded reports whether the person is kept out of everything at an
// instant: disabled by an administrator, or barred by their directory.
func (p *Person) Excluded(now time.Time) bool { return p.Disabled || p.Origin.At(now).Out() }
