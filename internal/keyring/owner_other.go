//go:build !unix

package keyring

import "io/fs"

// ownerOf believes the access control of a system without numeric owners.
func ownerOf(fs.FileInfo) (uid int, ours bool) { return -1, true }
