package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketPath is what fits into sockaddr_un with its final NUL, unix(7).
const maxSocketPath = 107

// Listen makes the socket in the data folder. The caller holds the folder's
// [Lock], so a socket that is there already belongs to nobody. It is bound
// under another name and moved into place when its mode is right.
func Listen(dir string) (net.Listener, error) {
	temporary := SocketName + ".new"
	if err := os.Remove(filepath.Join(dir, temporary)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control: make socket: %w", err)
	}
	reach, done, err := reachable(dir, temporary)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: reach, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control: make socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(filepath.Join(dir, temporary), 0o600)
	if err == nil {
		err = os.Rename(filepath.Join(dir, temporary), filepath.Join(dir, SocketName))
	}
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("control: make socket: %w", err)
	}
	return &listener{l, filepath.Join(dir, SocketName)}, nil
}

// listener removes the socket when it closes, under the name it moved to.
type listener struct {
	*net.UnixListener
	path string
}

func (l *listener) Close() error {
	_ = os.Remove(l.path)
	return l.UnixListener.Close()
}

// dial connects to the server of a data folder. The error is [ErrNoServer] if
// there is none.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	reach, done, err := reachable(dir, SocketName)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoServer
	}
	if err != nil {
		return nil, err
	}
	defer done()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", reach)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNoServer
	}
	return conn, err
}

// Running reports whether a server listens for the data folder.
func Running(ctx context.Context, dir string) bool {
	conn, err := dial(ctx, dir)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// reachable returns a path for the socket that is short enough: for a deep
// folder by way of an open descriptor, which done closes.
func reachable(dir, name string) (path string, done func(), err error) {
	path = filepath.Join(dir, name)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, fmt.Errorf("control: reach socket: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), name), func() { _ = folder.Close() }, nil
}

// callerOf asks the kernel who is at the other end.
func callerOf(conn net.Conn) (Caller, error) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return Caller{}, errors.New("control: not a unix socket")
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return Caller{}, err
	}
	var credentials *syscall.Ucred
	var failure error
	err = raw.Control(func(fd uintptr) {
		credentials, failure = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err = errors.Join(err, failure); err != nil {
		return Caller{}, fmt.Errorf("control: who is calling: %w", err)
	}
	return Caller{UID: int(credentials.Uid)}, nil
}

// welcome reports whether a user may send commands: root, and the server's.
func welcome(c Caller) bool { return c.UID == 0 || c.UID == os.Geteuid() }
