package bench

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/muster/test/testkit"
)

// freeRADIUS is a peer that checks TOTP codes with rlm_totp. It remembers no
// code that was used.
type freeRADIUS struct {
	load    load
	process *testkit.Process
}

// startFreeRADIUSFile starts a FreeRADIUS with its users in a file.
func startFreeRADIUSFile(t testing.TB, people []person) *freeRADIUS {
	t.Helper()
	dir := testkit.Scratch(t)
	var users bytes.Buffer
	for i := range people {
		fmt.Fprintf(&users, "%s TOTP-Secret := \"%s\"\n", people[i].name, people[i].base32())
	}
	testkit.WriteFile(t, filepath.Join(dir, "users"), users.String(), 0o644)
	return startFreeRADIUS(t, dir, parts{
		modules:   "files {\n filename = " + dir + "/users\n}",
		authorize: "files",
	})
}

// startFreeRADIUSPostgres starts a FreeRADIUS with its users in PostgreSQL and
// a row written there for each answer.
func startFreeRADIUSPostgres(t testing.TB, pg *testkit.Postgres, people []person) *freeRADIUS {
	t.Helper()
	pg.Database("radius")
	pg.Query("radius", `create table radcheck (id serial primary key, username text not null, attribute text not null, op varchar(2) not null, value text not null);
create table radpostauth (id bigserial primary key, username text not null, pass text, reply text, authdate timestamptz not null default now())`)
	dir := testkit.Scratch(t)
	var rows bytes.Buffer
	for i := range people {
		fmt.Fprintf(&rows, "%s\tTOTP-Secret\t:=\t%s\n", people[i].name, people[i].base32())
	}
	file := testkit.WriteFile(t, filepath.Join(dir, "radcheck"), rows.String(), 0o644)
	pg.Query("radius", "copy radcheck (username, attribute, op, value) from '"+file+"'")
	pg.Query("radius", "create index on radcheck (username); analyze radcheck")
	// A connection for each thread, and no query that the checks do without: no
	// groups, no profiles, no reply items.
	return startFreeRADIUS(t, dir, parts{
		modules: `sql {
 dialect = "postgresql"
 driver = "rlm_sql_postgresql"
 radius_db = "host=` + pg.Socket() + ` dbname=radius user=muster"
 read_groups = no
 read_profiles = no
 sql_user_name = "%{User-Name}"
 safe_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
 authorize_check_query = "SELECT id, username, attribute, value, op FROM radcheck WHERE username = '%{SQL-User-Name}'"
 pool {
  start = 32
  min = 32
  max = 32
  spare = 0
  uses = 0
  lifetime = 0
  idle_timeout = 0
 }
 post-auth {
  query = "INSERT INTO radpostauth (username, pass, reply) VALUES ('%{SQL-User-Name}', '', '%{reply:Packet-Type}')"
 }
}`,
		authorize: "sql",
		postAuth:  "sql",
	})
}

// parts are what differs between the peer's set-ups.
type parts struct{ modules, authorize, postAuth string }

// inFlight is how many requests are under way at once, unless a row says
// otherwise.
const inFlight = 64

// startFreeRADIUS starts the server with limits raised far over its defaults,
// which would cut it off at 3,276 requests a second.
func startFreeRADIUS(t testing.TB, dir string, p parts) *freeRADIUS {
	t.Helper()
	const secret, port = "secret-of-the-peer", "1812"
	host := testkit.Loopback(t)
	f := &freeRADIUS{load: load{server: net.JoinHostPort(host, port), secret: []byte(secret), inFlight: inFlight}}
	testkit.WriteFile(t, filepath.Join(dir, "radiusd.conf"), fmt.Sprintf(`prefix = /usr
exec_prefix = /usr
libdir = /usr/lib/freeradius
logdir = %[1]s
run_dir = %[1]s
db_dir = %[1]s
max_request_time = 30
cleanup_delay = 2
max_requests = 400000
hostname_lookups = no
log {
 destination = files
 file = %[1]s/radius.log
}
security {
 allow_core_dumps = no
 max_attributes = 200
 reject_delay = 0
 status_server = yes
}
thread pool {
 start_servers = 5
 max_servers = 32
 min_spare_servers = 3
 max_spare_servers = 10
 max_requests_per_server = 0
}
proxy_requests = no
client bench {
 ipaddr = 127.0.0.0/8
 secret = %[2]s
 require_message_authenticator = no
}
modules {
 totp {
 }
 %[3]s
}
server default {
 listen {
  type = auth
  ipaddr = %[4]s
  port = %[5]s
 }
 authorize {
  %[6]s
  update control {
   &Auth-Type := TOTP
  }
  update request {
   &TOTP-Password := "%%{User-Password}"
  }
 }
 authenticate {
  Auth-Type TOTP {
   totp
  }
 }
 post-auth {
  %[7]s
 }
}
`, dir, secret, p.modules, host, port, p.authorize, p.postAuth), 0o644)
	dictionary, err := os.ReadFile("/etc/freeradius/3.0/dictionary")
	if err != nil {
		t.Fatal(err)
	}
	testkit.WriteFile(t, filepath.Join(dir, "dictionary"), string(dictionary), 0o644)
	f.process = testkit.Start(t, "freeradius", exec.Command(testkit.Tool(t, "freeradius"),
		"-f", "-l", "stdout", "-d", dir, "-D", "/usr/share/freeradius"))
	awaitAnswer(t, f.load, f.process)
	return f
}
