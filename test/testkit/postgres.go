package testkit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres is a PostgreSQL server of the test's own. It flushes as in
// production: fsync, synchronous_commit and full_page_writes are on.
type Postgres struct {
	t       testing.TB
	bin     string // the folder of its programs
	dir     string // holds the cluster and the unix socket
	account *syscall.Credential
	server  *Process
	args    []string
}

// StartPostgres makes a cluster in a scratch folder and starts it. It listens
// on a unix socket only. Each setting, such as "max_connections=20", is added
// to its configuration.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("PostgreSQL is not installed; run make provision")
	}
	pg := &Postgres{t: t, bin: filepath.Dir(found[len(found)-1]), dir: Scratch(t), account: unprivileged(t)}
	if pg.account != nil {
		if err := os.Chown(pg.dir, int(pg.account.Uid), int(pg.account.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	pg.run("initdb", "-D", pg.data(), "-U", "muster", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8")
	pg.args = []string{"-D", pg.data(), "-k", pg.dir, "-c", "listen_addresses="}
	for _, setting := range settings {
		pg.args = append(pg.args, "-c", setting)
	}
	pg.Start()
	return pg
}

// unprivileged is the account that PostgreSQL runs as: it refuses root. Nil
// means the test's own.
func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("%v; run make provision", err)
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		t.Fatalf("the account postgres has no number: %v", account)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (pg *Postgres) data() string { return filepath.Join(pg.dir, "data") }

// Start starts the server, again after [Postgres.Stop], and returns once it
// answers.
func (pg *Postgres) Start() {
	pg.t.Helper()
	cmd := pg.command(context.Background(), "postgres", pg.args...)
	pg.server = Start(pg.t, "postgres", cmd)
	Eventually(pg.t, 20*time.Second, "PostgreSQL is ready", func() error {
		return pg.command(context.Background(), "pg_isready", "-q", "-h", pg.dir, "-U", "muster", "-d", "postgres").Run()
	})
}

// Stop ends the server at once, as if its machine had gone. Committed work is
// there again after [Postgres.Start].
func (pg *Postgres) Stop() { pg.server.Kill() }

// Database creates an empty database and returns its address.
func (pg *Postgres) Database(name string) string {
	pg.t.Helper()
	pg.run("createdb", "-h", pg.dir, "-U", "muster", name)
	return fmt.Sprintf("postgres://muster@/%s?host=%s", name, pg.dir)
}

// Query runs one statement with psql and returns the rows, unaligned.
func (pg *Postgres) Query(database, statement string) string {
	pg.t.Helper()
	return pg.run("psql", "-h", pg.dir, "-U", "muster", "-Atc", statement, database)
}

// Pid returns the process id of the server; its connections are its children.
func (pg *Postgres) Pid() int { return pg.server.Pid() }

func (pg *Postgres) run(program string, args ...string) string {
	pg.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := pg.command(ctx, program, args...).CombinedOutput()
	if err != nil {
		pg.t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

func (pg *Postgres) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(pg.bin, program), args...)
	cmd.Dir = pg.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: pg.account}
	return cmd
}

// Socket is the folder of the server's unix socket, the host to connect to.
func (pg *Postgres) Socket() string { return pg.dir }
