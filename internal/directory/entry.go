package directory

import "time"

// Entry is a person as read from a directory. Texts are as they stand there,
// valid UTF-8, of bounded length.
type Entry struct {
	Object      string // see Origin.Object
	DN          string
	Username    string
	Principal   string // userPrincipalName; empty where the directory has none
	DisplayName string
	Mail        string
	Phone       string
	Mobile      string
	Language    string
	Manager     string   // DN
	Groups      []string // DNs, direct ones and those that contain them as far as the directory tells
	Barred      Barred   // NotBarred, BarredDisabled or BarredLocked
	ExpiresAt   time.Time
}

// Group is a group as read from a directory.
type Group struct {
	Object Object // of the group itself: its name may change
	DN     string
}

// EntryChange is one thing learned while reading a directory. Exactly one of
// four: an entry that is there, one that is there as it was, one that is not
// there any more (or no longer in what is read), or one that cannot be used.
type EntryChange struct {
	Entry Entry
	// Same: the entry is there, and nothing new was read of it; of Entry only
	// Object counts.
	Same bool
	// Gone: the entry with Entry.Object is not there any more; of Entry only
	// Object, and DN if it is known, count.
	Gone bool
	// Refused says why the entry cannot be used; Entry has what could be read.
	Refused Remark
	// Remarks say what of a usable entry was left out or cut, and why.
	Remarks []Remark
}
