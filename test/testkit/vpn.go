package testkit

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// VPN is a real VPN gateway, ocserv, that asks a RADIUS server who may in.
type VPN struct {
	Address string // the source of its RADIUS requests; also where it listens
	URL     string // what a VPN client is pointed at
	CAFile  string // the authority of its certificate
}

// StartVPN starts ocserv on a loopback address of its own. Like every client
// of its kind in Debian 12, it sends no Message-Authenticator.
func StartVPN(t testing.TB, radius, secret string) *VPN {
	t.Helper()
	RequireRoot(t, "ocserv opens the tunnel device and drops its privileges itself")
	program := Tool(t, "ocserv")
	dir, address := Scratch(t), Loopback(t)
	pki := NewPKI(t, filepath.Join(dir, "pki"), address)
	servers := WriteFile(t, filepath.Join(dir, "servers"), hostOf(t, radius)+" "+secret+"\n", 0o600)
	client := WriteFile(t, filepath.Join(dir, "radiusclient.conf"), fmt.Sprintf(`nas-identifier vpn.example.com
authserver %[1]s
acctserver %[1]s
servers %[2]s
dictionary /etc/radcli/dictionary
default_realm
radius_timeout 60
radius_retries 1
bindaddr %[3]s
`, radius, servers, address), 0o644)
	config := WriteFile(t, filepath.Join(dir, "ocserv.conf"), fmt.Sprintf(`auth = "radius[config=%[1]s,groupconfig=false,nas-identifier=vpn.example.com]"
tcp-port = 4443
udp-port = 0
listen-host = %[2]s
run-as-user = nobody
run-as-group = nogroup
socket-file = %[3]s/socket
use-occtl = false
server-cert = %[4]s
server-key = %[5]s
ca-cert = %[6]s
isolate-workers = false
max-clients = 64
max-same-clients = 0
rate-limit-ms = 0
keepalive = 60
dpd = 60
tls-priorities = "NORMAL:%%SERVER_PRECEDENCE"
auth-timeout = 240
min-reauth-time = 0
max-ban-score = 0
cookie-timeout = 300
pid-file = %[3]s/pid
log-level = 3
device = vpns
predictable-ips = true
ipv4-network = 10.98.0.0
ipv4-netmask = 255.255.255.0
ping-leases = false
cisco-client-compat = true
dtls-legacy = true
`, client, address, dir, pki.CertFile, pki.KeyFile, pki.CAFile), 0o644)
	Start(t, "ocserv", exec.Command(program, "-f", "-c", config))
	listen := net.JoinHostPort(address, "4443")
	Listening(t, listen, 10*time.Second)
	return &VPN{Address: address, URL: "https://" + listen, CAFile: pki.CAFile}
}

// Connect runs openconnect on a terminal. It signs in only, prints the cookie
// a tunnel would be opened with, and opens none.
func (v *VPN) Connect(t testing.TB, user string) *Terminal {
	t.Helper()
	return StartTerminal(t, "openconnect", exec.Command(Tool(t, "openconnect"),
		"--authenticate", "--protocol=anyconnect", "--cafile", v.CAFile, "--user", user, v.URL))
}

func hostOf(t testing.TB, hostPort string) string {
	t.Helper()
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		t.Fatal(err)
	}
	return host
}
