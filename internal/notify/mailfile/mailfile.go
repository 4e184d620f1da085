// Package mailfile carries mail into a folder: each message becomes one .eml
// file, for another program to pick up or for a person to open.
//
// It owns the folder. It must not know what a mail says, nor when it is sent
// again.
package mailfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.com/muster/internal/notify"
)

// Folder is a folder that gets mails. It is safe for concurrent use.
type Folder struct {
	dir  string
	from notify.Address
}

// New returns a transport into the folder dir, which is made with mode 0700 if
// it is not there. The sender's name may be any one line; the address must be
// one.
func New(dir string, from notify.Address) (*Folder, error) {
	if !notify.ValidAddress(from.Mail) {
		return nil, errors.New("mailfile: the sender's address is malformed")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailfile: %w", err)
	}
	return &Folder{dir: dir, from: from}, nil
}

// Name returns the name of the file that a message becomes. Names sort by the
// time at which the message was queued, and a message that is sent again takes
// the place of its own file.
func Name(e notify.Envelope) string {
	return e.At.UTC().Format("20060102T150405.000Z") + "-" + e.ID.String() + ".eml"
}

// Send implements [notify.Transport]. The file has mode 0600 and appears whole
// or not at all: whoever watches the folder never reads half a mail.
func (f *Folder) Send(_ context.Context, e notify.Envelope) error {
	msg, err := e.Compose(f.from)
	if err != nil {
		return err
	}
	unfinished, err := os.CreateTemp(f.dir, ".unfinished-*") // mode 0600
	if err != nil {
		return fmt.Errorf("mailfile: %w", err)
	}
	defer os.Remove(unfinished.Name()) // in vain once it has its name
	if err := write(unfinished, msg); err != nil {
		return fmt.Errorf("mailfile: %w", err)
	}
	if err := os.Rename(unfinished.Name(), filepath.Join(f.dir, Name(e))); err != nil {
		return fmt.Errorf("mailfile: %w", err)
	}
	return nil
}

func write(file *os.File, msg []byte) error {
	defer file.Close() // in vain after the one below
	if _, err := file.Write(msg); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}
