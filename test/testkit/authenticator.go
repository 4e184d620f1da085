package testkit

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Authenticator is an authenticator app: it shows the codes of one secret. The
// codes come from oathtool, which is not ours.
type Authenticator struct {
	secret string
	shown  int64 // the last step whose code was taken
}

const step = 30 // seconds, RFC 6238 section 4.1

// NewAuthenticator sets up a secret in base32, with or without blanks between
// its groups.
func NewAuthenticator(secret string) *Authenticator {
	return &Authenticator{secret: strings.ReplaceAll(strings.ToUpper(secret), " ", "")}
}

// Next returns the code on the screen, once. If it was taken already, it
// returns the one that comes next, as an app on a phone whose clock is fast
// does (RFC 6238 section 6); if that was taken as well, it waits.
func (a *Authenticator) Next(t testing.TB) string {
	t.Helper()
	for a.shown > time.Now().Unix()/step {
		time.Sleep(100 * time.Millisecond)
	}
	a.shown = max(a.shown+1, time.Now().Unix()/step)
	return a.At(t, time.Unix(a.shown*step, 0))
}

// At returns the code of that instant, whether it was taken or not.
func (a *Authenticator) At(t testing.TB, at time.Time) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(t, "oathtool"), "--totp", "--base32", "--now", "@"+strconv.FormatInt(at.Unix(), 10), "-")
	cmd.Stdin = strings.NewReader(a.secret + "\n") // not on the command line, which all can read
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("oathtool: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}
