package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// exitCode runs a command and wants this very exit code:
//
//	exitcode 2 muster check-config busted.yml
//
// The output is left for stdout and stderr.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// setUpScript gives each script an installation, and at $FAKE a RADIUS server
// that knows the secret "testing123" (in shared.secret) and answers by user
// name; see fakeRADIUS. At $SILENT nobody answers.
func setUpScript(env *testscript.Env) error {
	if err := setUpInstallation(env); err != nil {
		return err
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = conn.Close() })
	go fakeRADIUS(conn)
	env.Setenv("FAKE", conn.LocalAddr().String())

	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = silent.Close() })
	env.Setenv("SILENT", silent.LocalAddr().String())
	return os.WriteFile(filepath.Join(env.WorkDir, "shared.secret"), []byte("testing123\n"), 0o600)
}

// fakeRADIUS accepts "accept" with password "right" or "right,123456";
// challenges "challenge" and then accepts 123456; answers "oldfashioned"
// without a Message-Authenticator; rejects everybody else.
func fakeRADIUS(conn net.PacketConn) {
	key := wire.NewKey(secret.New("testing123"))
	buffer := make([]byte, wire.MaxPacket)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		request, err := wire.Parse(buffer[:n])
		if err != nil {
			continue
		}
		if reply, err := fakeReply(key, request); err == nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

func fakeReply(key *wire.Key, request wire.Packet) ([]byte, error) {
	password, _ := key.Password(request)
	code, message, state := wire.AccessReject, "That did not work.", ""
	switch user := request.Text(wire.UserName); {
	case user == "accept" && (password.Reveal() == "right" || password.Reveal() == "right,123456"):
		code, message = wire.AccessAccept, ""
	case user == "bytes":
		code, message, state = wire.AccessChallenge, "Again.", "\x00\xff"
	case user == "challenge" && request.Text(wire.State) == "":
		code, message, state = wire.AccessChallenge, "Enter the code\r\nfrom your authenticator.", "STATE1"
	case user == "challenge" && request.Text(wire.State) == "STATE1" && password.Reveal() == "123456":
		code, message = wire.AccessAccept, "Welcome."
	case user == "station" && request.Text(wire.CallingStationID) == "198.51.100.7" && request.Text(wire.NASIdentifier) == "gate":
		code, message = wire.AccessAccept, ""
	case user == "unsigned" && !request.Has(wire.MessageAuthenticator):
		code, message = wire.AccessAccept, ""
	}
	b := wire.BeginReply(nil, code, request)
	b.AddMessage(message)
	if state != "" {
		b.Add(wire.State, []byte(state))
	}
	b.AddUint32(wire.ServiceType, 2)
	return b.Seal(key)
}

// buildMuster builds the binary as it is shipped, with the tags, and returns
// its path.
func buildMuster(t *testing.T, tags string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "muster")
	command := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", binary, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}
