package main

import (
	"io"
	"os"
	"path/filepath"

	"example.com/muster/internal/problem"
)

// uploading is a command that a file goes along with.
type uploading interface{ upload() string }

// openly is an uploading command whose file holds no secret.
type openly interface{ notSecret() }

// downloading is a command that makes a file, in the place of another one only
// if replace says so.
type downloading interface {
	download() (path string, replace bool)
}

// files are what a command reads and makes at the place where it was typed,
// wherever it runs.
type files struct {
	in  io.Reader
	out io.Writer

	opened  *os.File
	making  *os.File // under a name of its own until it is whole
	madeFor string
}

func openFiles(t *terminal, command any) (*files, error) {
	f := &files{out: io.Discard}
	if c, ok := command.(uploading); ok {
		_, open := command.(openly)
		if err := f.openUpload(t, c.upload(), open); err != nil {
			return nil, err
		}
	}
	if c, ok := command.(downloading); ok {
		path, replace := c.download()
		if _, err := os.Lstat(path); err == nil && !replace {
			f.discard()
			return nil, problem.New(problem.Conflict, "%s is there already", path).
				WithHint("choose another name, or replace it with --force")
		}
		making, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
		if err != nil {
			f.discard()
			return nil, problem.Wrap(problem.Invalid, err, "%s cannot be written", path)
		}
		f.making, f.out, f.madeFor = making, making, path
	}
	return f, nil
}

func (f *files) openUpload(t *terminal, path string, notSecret bool) error {
	if path == "-" {
		f.in = t.in
		return nil
	}
	opened, err := os.Open(path)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s cannot be read", path)
	}
	f.opened, f.in = opened, opened
	if info, err := opened.Stat(); err == nil && !notSecret && info.Mode().Perm()&0o004 != 0 {
		t.warn("others on this machine can read "+path, "chmod 600 "+path)
	}
	return nil
}

// keep makes the file that was written durable and gives it its name.
func (f *files) keep() error {
	if f.making == nil {
		return nil
	}
	err := f.making.Sync()
	if err == nil {
		err = os.Rename(f.making.Name(), f.madeFor)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.madeFor))
	}
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s cannot be written", f.madeFor)
	}
	_ = f.making.Close()
	f.making = nil
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// discard closes what is open and removes what was not kept.
func (f *files) discard() {
	if f.opened != nil {
		_ = f.opened.Close()
	}
	if f.making != nil {
		_ = f.making.Close()
		_ = os.Remove(f.making.Name())
	}
}
