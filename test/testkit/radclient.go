package testkit

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Radclient sends Access-Requests with FreeRADIUS's radclient.
type Radclient struct {
	Server string // host:port
	Secret string
	Source string // the address it sends from; empty: the system's choice
}

// Answer is what radclient has received.
type Answer struct {
	Code       string            // Access-Accept, Access-Reject or Access-Challenge; empty: no answer
	Attributes map[string]string // the last value of each, without quotes
	Output     string
}

var (
	receivedLine  = regexp.MustCompile(`(?m)^Received (\S+) Id`)
	attributeLine = regexp.MustCompile(`(?m)^\t(\S+) = (.*)$`)
)

// Ask sends one request, once, and waits 5 seconds for the answer. The
// attributes are in radclient's notation, as User-Name="alice". A
// Message-Authenticator is added, as every client should.
func (r Radclient) Ask(t testing.TB, attributes ...string) Answer {
	t.Helper()
	return r.ask(t, append(attributes, "Message-Authenticator=0x00"))
}

// AskBare is Ask without Message-Authenticator, as older clients do.
func (r Radclient) AskBare(t testing.TB, attributes ...string) Answer {
	t.Helper()
	return r.ask(t, attributes)
}

func (r Radclient) ask(t testing.TB, attributes []string) Answer {
	t.Helper()
	if r.Source != "" {
		attributes = append(attributes, "Packet-Src-IP-Address="+r.Source)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(t, "radclient"), "-x", "-r", "1", "-t", "5", r.Server, "auth", r.Secret)
	cmd.Stdin = strings.NewReader(strings.Join(attributes, "\n") + "\n")
	out, _ := cmd.CombinedOutput() // its exit code says 1 to a refusal as well
	answer := Answer{Attributes: map[string]string{}, Output: string(out)}
	at := receivedLine.FindStringSubmatchIndex(answer.Output)
	if at == nil {
		return answer
	}
	answer.Code = answer.Output[at[2]:at[3]]
	for _, line := range attributeLine.FindAllStringSubmatch(answer.Output[at[1]:], -1) {
		answer.Attributes[line[1]] = strings.Trim(line[2], `"`)
	}
	return answer
}
