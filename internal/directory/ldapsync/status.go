package ldapsync

import (
	"strconv"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
)

// Active Directory's account status (MS-ADTS section 2.2.16, MS-ADA1).
const (
	accountDisabled = 0x2
	never           = 1<<63 - 1
	// epochOf1601 is 1970 in Active Directory's time: steps of 100 ns since 1601.
	epochOf1601 = 116444736000000000
)

// accountStatus reads userAccountControl, accountExpires and lockoutTime. Every
// account has the first: where it cannot be read, the account may be disabled.
func accountStatus(e *wire.Entry, into *directory.Entry) (readable bool) {
	flags, err := strconv.ParseInt(string(e.Value("userAccountControl")), 10, 64)
	if err != nil {
		return false
	}
	locked, _ := strconv.ParseInt(string(e.Value("lockoutTime")), 10, 64)
	switch {
	case flags&accountDisabled != 0:
		into.Barred = directory.BarredDisabled
	case locked > 0:
		into.Barred = directory.BarredLocked
	}
	expires, err := strconv.ParseInt(string(e.Value("accountExpires")), 10, 64)
	if err == nil && expires > 0 && expires != never {
		into.ExpiresAt = fileTime(expires)
	}
	return true
}

func fileTime(steps int64) time.Time {
	since := steps - epochOf1601
	return time.Unix(since/1e7, since%1e7*100).UTC()
}

// lockedForGood is what an administrator writes to lock an account until
// further notice (draft-behera-ldap-password-policy-10 section 5.3.3).
const lockedForGood = "000001010000Z"

// shadowStatus reads pwdAccountLockedTime and shadowExpire (days since 1970).
func shadowStatus(e *wire.Entry, into *directory.Entry) (readable bool) {
	switch locked := string(e.Value("pwdAccountLockedTime")); locked {
	case "":
	case lockedForGood:
		into.Barred = directory.BarredDisabled
	default:
		into.Barred = directory.BarredLocked
	}
	days, err := strconv.ParseInt(string(e.Value("shadowExpire")), 10, 32)
	if err == nil && days > 0 {
		into.ExpiresAt = time.Unix(days*24*60*60, 0).UTC()
	}
	return true
}
