//go:build system

package durability

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// nobody runs the program here: root writes through mode bits and full disks.
const nobody = 65534

// smallDisk is an installation whose data lie on a disk of 64 MB, in a mount
// namespace of its own.
type smallDisk struct {
	*testkit.Muster
	t      *testing.T
	keeper *testkit.Process // keeps the namespace while the program is away
	people [][]byte
}

func newSmallDisk(t *testing.T) smallDisk {
	t.Helper()
	d := smallDisk{Muster: testkit.NewMuster(t, testkit.Settings{}), t: t}
	ours := func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, nobody))
	}
	if err := filepath.WalkDir(d.Dir, ours); err != nil {
		t.Fatal(err)
	}
	mount := fmt.Sprintf("mount -t tmpfs -o size=64m,mode=0700,uid=%d,gid=%d tmpfs %s && touch %[3]s/mounted && exec sleep 600", nobody, nobody, d.DataDir)
	d.keeper = testkit.Start(t, "the disk", exec.CommandContext(t.Context(), "unshare", "-m", "--propagation", "private", "sh", "-c", mount))
	testkit.Eventually(t, 10*time.Second, "the disk is there", func() error {
		return d.command("test", "-f", d.DataDir+"/mounted").Run()
	})
	d.serve()
	keys, file := people(t, d.Dir, 400)
	d.people = keys
	d.inside(testkit.Binary(t, testkit.Ordinary), "user", "import", file, "--config", d.Config)
	d.inside(testkit.Binary(t, testkit.Ordinary), "radius", "client", "add", "gateway", "--address", "127.0.0.0/8",
		"--secret-file", d.Secret(shared), "--first-factor", "none", "--unenrolled", "reject", "--config", d.Config)
	return d
}

// launch starts the program as nobody, who may still listen on port 443.
func (d smallDisk) launch() {
	d.t.Helper()
	who := strconv.Itoa(nobody)
	d.Launch("nsenter", "-t", strconv.Itoa(d.keeper.Pid()), "-m", "setpriv", "--reuid="+who, "--regid="+who, "--clear-groups",
		"--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service")
}

func (d smallDisk) serve() {
	d.t.Helper()
	d.launch()
	d.AwaitReady()
}

// command is a program that sees the small disk.
func (d smallDisk) command(args ...string) *exec.Cmd {
	args = append([]string{"-t", strconv.Itoa(d.keeper.Pid()), "-m"}, args...)
	return exec.CommandContext(d.t.Context(), "nsenter", args...)
}

func (d smallDisk) inside(args ...string) {
	d.t.Helper()
	if out, err := d.command(args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAFullDiskIsSurvived(t *testing.T) {
	d := newSmallDisk(t)
	gate := newGate(t, d.Muster, d.people)
	gate.wantAccept("a healthy disk")
	d.inside("sh", "-c", fmt.Sprintf("dd if=/dev/zero of=%[1]s/filler bs=64k 2>/dev/null; test -s %[1]s/filler", d.DataDir))
	gate.wantSilence("a full disk")
	if status := statusOf(t, d.Muster); status != http.StatusServiceUnavailable {
		t.Errorf("the portal says %d", status)
	}
	d.inside("rm", d.DataDir+"/filler")
	gate.wantAcceptSoon("there is room again")
}

func TestADiskThatIsReadOnlyIsRefusedAtTheStart(t *testing.T) {
	d := newSmallDisk(t)
	gate := newGate(t, d.Muster, d.people)
	gate.wantAccept("a healthy disk")
	d.Server().Stop()
	d.inside("mount", "-o", "remount,ro", d.DataDir)
	d.launch()
	if code := d.Server().Wait(20 * time.Second); code == 0 {
		t.Error("it serves from a disk that it cannot write")
	}
	if out := d.Server().Output(); !strings.Contains(out, "error: ") || !strings.Contains(out, "hint: ") {
		t.Errorf("the refusal does not explain itself: %s", out)
	}
	d.inside("mount", "-o", "remount,rw", d.DataDir)
	d.serve()
	gate.wantAccept("a disk that can be written again")
}

func TestADatabaseThatIsAwayIsSurvived(t *testing.T) {
	pg := testkit.StartPostgres(t)
	m := testkit.NewMuster(t, testkit.Settings{Database: pg.Database("muster")})
	keys := importPeople(t, m, 200)
	addGateway(t, m)
	m.Start()
	gate := newGate(t, m, keys)
	gate.wantAccept("a healthy database")
	pg.Stop()
	gate.wantSilence("no database")
	if status := statusOf(t, m); status != http.StatusServiceUnavailable {
		t.Errorf("the portal says %d", status)
	}
	pg.Start()
	gate.wantAcceptSoon("the database is back")
	m.Server().Stop() // PostgreSQL ends only once nobody is connected
}

func TestTheClockSetBackRaisesAnAlarmAndNoCodeTwice(t *testing.T) {
	clock := filepath.Join(testkit.Scratch(t), "clock")
	set := func(text string) { testkit.WriteFile(t, clock, text, 0o600) }
	set("+0s")
	m := testkit.NewMuster(t, testkit.Settings{Build: testkit.TestClock, Env: []string{"MUSTER_CLOCK_FILE=" + clock}})
	keys := importPeople(t, m, 2)
	addGateway(t, m)
	m.Start()
	key := wire.NewKey(secret.New(shared))
	conn := dial(t, m)
	p := totp.Defaults()
	now := time.Now()
	signIn := func(at time.Time) wire.Code {
		return answerTo(t, conn, key, request(key, userName(0), totp.Code(keys[0], p, p.Step(at))))
	}
	if got := signIn(now); got != wire.AccessAccept {
		t.Fatalf("at first: %v", got)
	}
	set("-1h")
	if got := signIn(now.Add(-time.Hour)); got != wire.AccessReject {
		t.Errorf("an hour back, the code of that hour: %v", got)
	}
	if got := signIn(now); got != wire.AccessReject {
		t.Errorf("an hour back, the used code: %v", got)
	}
	testkit.Eventually(t, 10*time.Second, "an alarm in the log", func() error {
		if !strings.Contains(m.Server().Output(), "clock") {
			return errors.New("the log says nothing about the clock")
		}
		return nil
	})
	set("+0s")
	if got := signIn(now); got != wire.AccessReject {
		t.Errorf("back in time, the used code: %v", got)
	}
}

// gate signs people in, each person once.
type gate struct {
	t    *testing.T
	m    *testkit.Muster
	keys [][]byte
	next int
	key  *wire.Key
}

func newGate(t *testing.T, m *testkit.Muster, keys [][]byte) *gate {
	return &gate{t: t, m: m, keys: keys, key: wire.NewKey(secret.New(shared))}
}

func (g *gate) signIn(retry wire.Retry) (wire.Code, error) {
	g.t.Helper()
	conn := dial(g.t, g.m)
	i, p := g.next, totp.Defaults()
	g.next++
	reply, err := wire.Exchange(g.t.Context(), conn, g.key, request(g.key, userName(i), totp.Code(g.keys[i], p, p.Step(time.Now()))), retry)
	if err != nil {
		return 0, err
	}
	return reply.Code(), nil
}

func (g *gate) wantAccept(when string) {
	g.t.Helper()
	if code, err := g.signIn(wire.Retry{Every: time.Second, Tries: 3}); code != wire.AccessAccept {
		g.t.Fatalf("%s: %v, %v", when, code, err)
	}
}

func (g *gate) wantAcceptSoon(when string) {
	g.t.Helper()
	testkit.Eventually(g.t, time.Minute, when, func() error {
		code, err := g.signIn(wire.Retry{Every: 500 * time.Millisecond, Tries: 1})
		if err == nil && code != wire.AccessAccept {
			err = fmt.Errorf("%v", code)
		}
		return err
	})
}

// wantSilence wants no answer at all: the client shall ask its other server.
func (g *gate) wantSilence(when string) {
	g.t.Helper()
	if code, err := g.signIn(wire.Retry{Every: time.Second, Tries: 2}); !errors.Is(err, wire.ErrNoReply) {
		g.t.Errorf("%s: answered %v, %v", when, code, err)
	}
}

// statusOf signs in at the portal with a wrong password and returns the status.
func statusOf(t *testing.T, m *testkit.Muster) int {
	t.Helper()
	response, err := m.Client().PostForm(m.PublicURL()+"/signin", map[string][]string{"username": {userName(0)}, "password": {"wrong"}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// dial opens a socket of a device's own.
func dial(t *testing.T, m *testkit.Muster) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", m.RADIUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
