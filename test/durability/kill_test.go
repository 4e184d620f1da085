//go:build system

package durability

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

const (
	devices     = 64 // each with one request in flight, all the time
	inFlight    = 20 // at least so many answers are under way at each kill
	mostAccepts = 40 // seen between two kills
	crowd       = 13_000
	shared      = "a secret shared with the device"
)

// TestKilledAtAnyMoment kills the program a hundred times amid sign-ins.
// Afterwards every Accept that was seen is in the log exactly once, its code
// is good for nothing more, and the datagram that got it gets it again.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		killed(t, testkit.NewMuster(t, testkit.Settings{}), 100, 1000)
	})
	t.Run("postgresql", func(t *testing.T) {
		database := testkit.StartPostgres(t).Database("muster")
		killed(t, testkit.NewMuster(t, testkit.Settings{Database: database}), 20, 200)
	})
}

func killed(t *testing.T, m *testkit.Muster, kills, enough int) {
	keys := importPeople(t, m, crowd)
	addGateway(t, m)

	next := &atomic.Int64{}
	accepts := 0
	for kill := range kills {
		m.Start()
		seen := signInUntilKilled(t, m, keys, next)
		m.Start()
		since := time.Now().Add(-2 * time.Minute)
		checkAccepts(t, m, seen, since)
		m.Server().Kill()
		if accepts += len(seen); t.Failed() {
			t.Fatalf("after kill %d", kill+1)
		}
	}
	if accepts < enough {
		t.Errorf("only %d Accepts were seen in %d kills", accepts, kills)
	}
	t.Logf("%d kills, %d Accepts seen", kills, accepts)
}

// attempt is one request on its way, with the socket it went through: a
// retransmission comes from the same port.
type attempt struct {
	user  string
	code  string
	conn  net.Conn
	sent  wire.Packet
	entry string // the log's entry, as the Accept names it
}

// signInUntilKilled signs people in over many devices and kills the server
// after a drawn number of Accepts. It returns the Accepts that were seen.
func signInUntilKilled(t *testing.T, m *testkit.Muster, keys [][]byte, next *atomic.Int64) []attempt {
	t.Helper()
	var (
		mu      sync.Mutex
		seen    []attempt
		flying  atomic.Int64
		dead    atomic.Bool
		enough  = make(chan struct{})
		target  = 1 + rand.IntN(mostAccepts)
		working sync.WaitGroup
		key     = wire.NewKey(secret.New(shared))
	)
	for range devices {
		working.Go(func() {
			for !dead.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(keys) {
					t.Error("not enough people")
					return
				}
				a := newAttempt(t, m, key, i, keys[i])
				flying.Add(1)
				entry, ok := a.exchange(key, &dead)
				flying.Add(-1)
				if !ok {
					_ = a.conn.Close()
					return
				}
				a.entry = entry
				mu.Lock()
				if seen = append(seen, a); len(seen) == target {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(20 * time.Second):
		t.Errorf("only %d Accepts in 20 s", len(seen))
	}
	for range 100 {
		if flying.Load() > inFlight {
			break
		}
		time.Sleep(time.Millisecond)
	}
	underWay := flying.Load()
	m.Server().Kill()
	dead.Store(true)
	working.Wait()
	if underWay <= inFlight {
		t.Errorf("killed with only %d answers under way", underWay)
	}
	return seen
}

func newAttempt(t *testing.T, m *testkit.Muster, key *wire.Key, i int, totpKey []byte) attempt {
	conn, err := net.Dial("udp", m.RADIUS)
	if err != nil {
		t.Error(err)
		return attempt{}
	}
	p := totp.Defaults()
	a := attempt{user: userName(i), code: totp.Code(totpKey, p, p.Step(time.Now())), conn: conn}
	a.sent = request(key, a.user, a.code)
	return a
}

func request(key *wire.Key, user, code string) wire.Packet {
	b := wire.BeginRequest(nil, wire.AccessRequest, byte(rand.IntN(256)), wire.NewAuthenticator())
	b.AddText(wire.UserName, user)
	b.AddPassword(key, secret.New(code))
	sealed, err := b.Seal(key)
	if err != nil {
		panic(err) // names and codes are short
	}
	p, _ := wire.Parse(sealed)
	return p
}

// exchange sends the request and waits for its Accept until the server is
// dead. It returns the log's entry.
func (a *attempt) exchange(key *wire.Key, dead *atomic.Bool) (entry string, ok bool) {
	buffer := make([]byte, wire.MaxPacket)
	for !dead.Load() {
		if _, err := a.conn.Write(a.sent.Bytes()); err != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		for {
			_ = a.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			n, err := a.conn.Read(buffer)
			if err != nil {
				break
			}
			reply, err := wire.Parse(buffer[:n])
			if err == nil && key.VerifyReply(reply, a.sent) == nil && reply.Code() == wire.AccessAccept {
				return reply.Text(wire.Class), true
			}
		}
	}
	return "", false
}

// checkAccepts looks at what a restarted server knows of the Accepts seen.
func checkAccepts(t *testing.T, m *testkit.Muster, seen []attempt, since time.Time) {
	t.Helper()
	key := wire.NewKey(secret.New(shared))
	var log []struct{ ID, User, Result string }
	m.JSON(&log, "signin", "list", "--since", since.UTC().Format(time.RFC3339), "--limit", "100000")
	entries := map[string]int{}
	allowed := map[string]int{}
	for _, e := range log {
		entries[e.ID]++
		if e.Result == "allowed" {
			allowed[e.User]++
		}
	}
	for _, a := range seen {
		if entries[a.entry] != 1 || allowed[a.user] != 1 {
			t.Errorf("%s: the Accept is in the log %d times, sign-ins of that user %d times", a.user, entries[a.entry], allowed[a.user])
		}
		never := &atomic.Bool{}
		stop := time.AfterFunc(10*time.Second, func() { never.Store(true) })
		if entry, ok := a.exchange(key, never); !ok || entry != a.entry {
			t.Errorf("%s: the same datagram got %q (%v), before it was %q", a.user, entry, ok, a.entry)
		}
		stop.Stop()
		if code := answerTo(t, a.conn, key, request(key, a.user, a.code)); code != wire.AccessReject {
			t.Errorf("%s: the used code got %v", a.user, code)
		}
		_ = a.conn.Close()
	}
}

func answerTo(t *testing.T, conn net.Conn, key *wire.Key, p wire.Packet) wire.Code {
	t.Helper()
	reply, err := wire.Exchange(t.Context(), conn, key, p, wire.Retry{Every: time.Second, Tries: 5})
	if err != nil {
		t.Error(err)
		return 0
	}
	return reply.Code()
}

func userName(i int) string { return fmt.Sprintf("user%05d", i) }

// addGateway adds a device that has checked the password and sends codes.
func addGateway(t *testing.T, m *testkit.Muster) {
	t.Helper()
	m.Run("radius", "client", "add", "gateway", "--address", "127.0.0.0/8", "--secret-file", m.Secret(shared),
		"--first-factor", "none", "--unenrolled", "reject")
}

// importPeople imports n people with a factor each and returns their keys.
func importPeople(t *testing.T, m *testkit.Muster, n int) [][]byte {
	t.Helper()
	keys, file := people(t, m.Dir, n)
	m.Run("user", "import", file)
	return keys
}

// people writes a file of n people with a factor each, to be imported.
func people(t *testing.T, dir string, n int) (keys [][]byte, file string) {
	t.Helper()
	keys = make([][]byte, n)
	var csv strings.Builder
	csv.WriteString("username,totp_secret\n")
	for i := range keys {
		keys[i] = make([]byte, 20)
		for j := range keys[i] {
			keys[i][j] = byte(rand.IntN(256))
		}
		fmt.Fprintf(&csv, "%s,%s\n", userName(i), base32.StdEncoding.EncodeToString(keys[i]))
	}
	file = filepath.Join(dir, "people.csv")
	testkit.WriteFile(t, file, csv.String(), 0o600)
	return keys, file
}
