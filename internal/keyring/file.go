package keyring

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/muster/internal/problem"
)

// maxFileSize is far above maxKeys keys, in octets.
const maxFileSize = 1 << 18

// readFile reads the keys file at path, after following symbolic links; resolved
// is where it really is, so that a rewrite does not replace the link.
func readFile(path string) (resolved string, c contents, err error) {
	resolved, err = filepath.EvalSymlinks(path)
	if err != nil {
		return "", contents{}, fileProblem(err, "reading", path)
	}
	f, err := os.Open(resolved)
	if err != nil {
		return "", contents{}, fileProblem(err, "reading", path)
	}
	defer f.Close()
	if err := checkPrivate(f, path); err != nil {
		return "", contents{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return "", contents{}, fileProblem(err, "reading", path)
	}
	if len(text) > maxFileSize {
		return "", contents{}, invalidKeys("the file " + path + " is too large")
	}
	c, err = decode(text)
	return resolved, c, err
}

// checkPrivate refuses a file that anyone but our own user may read, write or
// give away. It looks at the open file, so that nobody can swap it in between.
func checkPrivate(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return fileProblem(err, "reading", path)
	}
	if !info.Mode().IsRegular() {
		return problem.New(problem.Invalid, "the keys file %s is no ordinary file", path)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return problem.New(problem.Forbidden, "the keys file %s may be used by others (mode %04o)", path, info.Mode().Perm()).
			WithHint("run: chmod 600 %s; if others could read it, rotate the keys", path)
	}
	if owner, ours := ownerOf(info); !ours {
		return problem.New(problem.Forbidden, "the keys file %s belongs to another user (uid %d)", path, owner).
			WithHint("run as that user, or change the owner")
	}
	return nil
}

// createFile makes path, complete and durable or not at all.
func createFile(path string, c contents) error {
	return writeThen(path, c, func(temporary string) error {
		// A link fails if path exists, which a rename does not. The
		// temporary name goes when writeThen is done.
		return os.Link(temporary, path)
	})
}

// replaceFile puts c at path: after a crash the file holds the old keys or the
// new, never a part.
func replaceFile(path string, c contents) error {
	return writeThen(path, c, func(temporary string) error { return os.Rename(temporary, path) })
}

func writeThen(path string, c contents, place func(temporary string) error) error {
	text, err := c.encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return fileProblem(err, "writing", path)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = place(f.Name())
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fileProblem(err, "writing", path)
	}
	return nil
}

// syncDir makes a new name in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func fileProblem(err error, doing, path string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Wrap(problem.NotFound, err, "%s the keys file %s: no such file or folder", doing, path)
	case errors.Is(err, fs.ErrExist):
		return problem.Wrap(problem.Conflict, err, "the keys file %s exists already", path)
	case errors.Is(err, fs.ErrPermission):
		return problem.Wrap(problem.Forbidden, err, "%s the keys file %s: not permitted", doing, path)
	default:
		return problem.Wrap(problem.Unavailable, err, "%s the keys file %s failed", doing, path)
	}
}
