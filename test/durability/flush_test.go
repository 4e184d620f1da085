//go:build system

package durability

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// TestNoAcceptBeforeItsFlush watches the system calls of the program: between
// a request that arrives and the Accept that leaves, a flush of the database
// has returned.
func TestNoAcceptBeforeItsFlush(t *testing.T) {
	const signIns = 50
	m := testkit.NewMuster(t, testkit.Settings{})
	keys := importPeople(t, m, signIns)
	addGateway(t, m)
	calls := filepath.Join(m.Dir, "calls")
	m.Launch("strace", "-D", "-f", "-yy", "-s", "8", "-o", calls, "-e", "trace=fdatasync,fsync,recvfrom,recvmsg,recvmmsg,sendto,sendmsg,sendmmsg")
	m.AwaitReady()

	key := wire.NewKey(secret.New(shared))
	conn, err := net.Dial("udp", m.RADIUS)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i, k := range keys {
		p := totp.Defaults()
		if got := answerTo(t, conn, key, request(key, userName(i), totp.Code(k, p, p.Step(time.Now())))); got != wire.AccessAccept {
			t.Fatalf("sign-in %d: %v", i, got)
		}
	}
	m.Server().Stop()
	if n := acceptsAfterFlush(t, calls); n != signIns {
		t.Errorf("%d Accepts in the trace, not %d", n, signIns)
	}
}

var (
	flushed = regexp.MustCompile(`(?:fdatasync|fsync)(?:\(.*muster\.db.*| resumed>)\)\s+= 0`)
	begun   = regexp.MustCompile(`^(\d+)\s+(?:fdatasync|fsync)\(.*muster\.db`)
	// The first octet is the packet's code; strace writes it as \2, or as \002
	// before a digit.
	received = regexp.MustCompile(`recv.*"\\(?:001|1[^0-7])`)
	accepted = regexp.MustCompile(`send.*UDP.*"\\(?:002|2[^0-7])`)
)

// acceptsAfterFlush reads a trace and returns how many Accepts left, each
// after a flush that began after its request had arrived.
func acceptsAfterFlush(t *testing.T, trace string) int {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	accepts, safe := 0, false
	waiting := map[string]bool{} // threads in a flush that began after the request
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		thread, _, _ := strings.Cut(line, " ")
		if received.MatchString(line) {
			safe, waiting = false, map[string]bool{}
		}
		if begun.MatchString(line) {
			waiting[thread] = true
		}
		if flushed.MatchString(line) && waiting[thread] {
			safe = true
		}
		if accepted.MatchString(line) {
			if accepts++; !safe {
				t.Errorf("an Accept left before the flush: %s", line)
			}
		}
	}
	return accepts
}
