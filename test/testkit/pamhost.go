package testkit

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// PAMHost is a machine whose sign-ins ask a RADIUS server through pam_radius.
// Its accounts and PAM files exist in private mount namespaces only: nothing
// changes on the real machine.
type PAMHost struct {
	t   testing.TB
	dir string

	Address string // the source of its RADIUS requests; also where sshd listens
}

// pamWait is how long pam_radius waits for an answer.
const pamWait = 60 * time.Second

// NewPAMHost sets up a host with the given accounts.
func NewPAMHost(t testing.TB, radius, secret string, accounts ...string) *PAMHost {
	t.Helper()
	RequireRoot(t, "the PAM host lives in a mount namespace")
	h := &PAMHost{t: t, dir: Scratch(t), Address: Loopback(t)}
	conf := WriteFile(t, h.path("radius.conf"),
		fmt.Sprintf("%s %s %d %s\n", radius, secret, int(pamWait.Seconds()), h.Address), 0o600)
	if err := os.Mkdir(h.path("pam.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"muster", "sshd"} {
		WriteFile(t, h.path("pam.d", service), fmt.Sprintf(`auth    required pam_radius_auth.so conf=%s client_id=pam.example.com retry=1
account required pam_permit.so
session required pam_permit.so
`, conf), 0o644)
	}
	h.addAccounts(accounts)
	return h
}

func (h *PAMHost) path(elements ...string) string {
	return filepath.Join(append([]string{h.dir}, elements...)...)
}

func (h *PAMHost) addAccounts(names []string) {
	h.t.Helper()
	for file, line := range map[string]string{
		"passwd": "%s:x:%d:65534::/:/bin/sh\n",
		"shadow": "%s:*:%d:0:99999:7:::\n",
	} {
		content, err := os.ReadFile("/etc/" + file)
		if err != nil {
			h.t.Fatal(err)
		}
		lines := bytes.NewBuffer(content)
		for i, name := range names {
			fmt.Fprintf(lines, line, name, 20001+i)
		}
		WriteFile(h.t, h.path(file), lines.String(), 0o644)
	}
}

// inside prepares a command that runs with the host's files in place.
func (h *PAMHost) inside(command ...string) *exec.Cmd {
	const script = `set -e
mount --bind "$0/pam.d" /etc/pam.d
mount --bind "$0/passwd" /etc/passwd
mount --bind "$0/shadow" /etc/shadow
mount -t tmpfs muster-run /run
mkdir /run/sshd
exec "$@"`
	return exec.Command(Tool(h.t, "unshare"),
		append([]string{"--mount", "--propagation", "private", "sh", "-c", script, h.dir}, command...)...)
}

// Authenticate runs pamtester on a terminal for the PAM service "muster".
func (h *PAMHost) Authenticate(account string) *Terminal {
	h.t.Helper()
	return StartTerminal(h.t, "pamtester", h.inside(Tool(h.t, "pamtester"), "muster", account, "authenticate"))
}

// StartSSHD starts an sshd whose only way in is PAM.
func (h *PAMHost) StartSSHD() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	key := h.path("host_key")
	keygen := exec.CommandContext(ctx, Tool(h.t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key)
	if out, err := keygen.CombinedOutput(); err != nil {
		h.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	config := WriteFile(h.t, h.path("sshd_config"), strings.Join([]string{
		"ListenAddress " + h.Address, "Port 2222", "HostKey " + key, "PidFile none",
		"UsePAM yes", "KbdInteractiveAuthentication yes", "AuthenticationMethods keyboard-interactive",
		"PasswordAuthentication no", "PubkeyAuthentication no", "LoginGraceTime 120",
		"StrictModes no", "UseDNS no", "PrintMotd no", "",
	}, "\n"), 0o600)
	Start(h.t, "sshd", h.inside(Tool(h.t, "sshd"), "-D", "-e", "-f", config))
	Listening(h.t, net.JoinHostPort(h.Address, "2222"), 10*time.Second)
}

// SSH signs in with ssh on a terminal and runs a command there.
func (h *PAMHost) SSH(account, command string) *Terminal {
	h.t.Helper()
	return StartTerminal(h.t, "ssh", exec.Command(Tool(h.t, "ssh"), "-F", "none", "-p", "2222",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"-o", "PreferredAuthentications=keyboard-interactive", "-o", "NumberOfPasswordPrompts=1",
		account+"@"+h.Address, command))
}
