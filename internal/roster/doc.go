// Package roster owns keeping people here in step with the directories they
// come from: what becomes of an entry that was read, who is shut out when, and
// when nobody is before somebody has looked at it.
//
// An item of a directory is read at its interval; a run takes over what is new
// or has changed in small transactions, each of them whole, and holds back
// everybody who would be shut out until all has been read: more of them than
// the item's guard allows wait for an administrator. Whoever is gone is shut
// out at once and removed after a grace, with nothing of what they enrolled
// touched before. Local users are never touched.
//
// The package must not know how a directory is spoken to (see Reader), nor
// tables. It lets nobody in.
//
// Standards: RFC 8265 (user names), E.164 (telephone numbers), RFC 4530 and
// MS-ADTS (what identifies an entry).
package roster
