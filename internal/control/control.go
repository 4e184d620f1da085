// Package control owns the way from the command line to a running server: the
// lock on the data folder, which says who may touch the data, and the unix
// socket beside it, over which everybody else sends commands to the holder.
//
// It transports: a command is a name and a JSON value, what comes back is
// output, progress and a [Result]. The package must not know any command, nor
// what a command does to what data.
//
// The socket has mode 0600, and the kernel says who is at the other end
// (SO_PEERCRED, unix(7)): only root and the user of the server are listened
// to. Frames are a kind, a length and that many bytes; see frame.go.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
)

// The names in the data folder.
const (
	SocketName = "muster.sock"
	LockName   = "lock"
)

// ErrNoServer means that nobody listens at the socket.
var ErrNoServer = errors.New("control: no server is running")

// Call is a command on its way.
type Call struct {
	Name    string          `json:"name"` // "user add"
	Payload json.RawMessage `json:"payload"`
	JSON    bool            `json:"json"`           // the form of the output
	Sudo    string          `json:"sudo,omitempty"` // on whose behalf root acts; a claim, for the log
}

// Caller is who sent a command.
type Caller struct {
	UID int
}

// Result is how a command ended.
type Result struct {
	Code  int    `json:"code"` // exit code
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// Streams connect a command with whoever called it, in the same process or
// over the socket.
type Streams struct {
	In       io.Reader               // a file that goes along with the command
	Out      io.Writer               // text for people, or JSON
	Err      io.Writer               // messages beside it, such as warnings
	File     io.Writer               // a file that the command makes
	Progress func(done, total int64) // total is 0 while unknown
}

// Runner runs one command. ctx ends when the caller goes away or the server
// stops.
type Runner func(ctx context.Context, from Caller, call Call, s Streams) Result
