//go:build unix

package keyring

import (
	"io/fs"
	"os"
	"syscall"
)

// ownerOf returns who owns the file and whether that is the user we run as.
func ownerOf(info fs.FileInfo) (uid int, ours bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, false
	}
	return int(stat.Uid), int(stat.Uid) == os.Geteuid()
}
