package testkit

import (
	"bytes"
	"context"
	"fmt"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Postfix is Postfix, a mail server that is not ours, with Dovecot to know its
// passwords. It takes mail on port 587 of a loopback address after STARTTLS and
// AUTH only, for the people it was started with, into a folder each.
type Postfix struct {
	t       testing.TB
	dir     string
	serving bool

	Host               string
	CAFile             string // of the authority that its certificate is from
	Username, Password string
}

// StartPostfix serves until the test ends; people are names at example.com.
func StartPostfix(t testing.TB, people ...string) *Postfix {
	t.Helper()
	RequireRoot(t, "Postfix keeps its parts from one another as several users")
	p := &Postfix{t: t, dir: Scratch(t), Host: Loopback(t), Username: "muster", Password: "s3cret-words"}
	pki := NewPKI(t, filepath.Join(p.dir, "pki"), p.Host, "mail.example.com")
	p.CAFile = pki.CAFile
	p.dovecot()

	p.folder("mail", "nobody")
	p.folder("data", "postfix")
	p.folder("queue", "")
	p.folder("conf", "")
	for _, name := range people {
		p.AddMailbox(name)
	}
	WriteFile(t, p.path("conf", "main.cf"), fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/postfix.log
maillog_file_prefixes = %[1]s
myhostname = mail.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = no
virtual_mailbox_domains = example.com
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = texthash:%[1]s/conf/mailboxes
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = %[3]s
smtpd_tls_key_file = %[4]s
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:%[2]s:2599
smtpd_relay_restrictions = permit_sasl_authenticated, reject
default_transport = error:outside
`, p.dir, p.Host, pki.CertFile, pki.KeyFile), 0o644)
	WriteFile(t, p.path("conf", "master.cf"), p.Host+":587 inet n - n - - smtpd\n"+postfixParts, 0o644)
	p.tell("start")
	t.Cleanup(func() { p.tell("stop") })
	p.serving = true
	Listening(t, p.Host+":587", 20*time.Second)
	return p
}

// postfixParts are the services that any installation has, none of them in a
// root of its own.
//
//nolint:dupword // the columns of that file
const postfixParts = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

// AddMailbox gives somebody at example.com a mailbox. Postfix begins anew.
func (p *Postfix) AddMailbox(name string) {
	p.t.Helper()
	list, err := os.OpenFile(p.path("conf", "mailboxes"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		p.t.Fatal(err)
	}
	defer list.Close()
	if _, err := fmt.Fprintf(list, "%[1]s@example.com %[1]s/\n", name); err != nil {
		p.t.Fatal(err)
	}
	if p.serving { // whoever is connected would not hear of it otherwise
		p.tell("stop")
		p.tell("start")
	}
}

// tell gives Postfix a command. What it starts is in sessions of its own and
// keeps what it writes to open, so nobody listens to that: there is the log.
func (p *Postfix) tell(command string) {
	p.t.Helper()
	if err := exec.Command(Tool(p.t, "postfix"), "-c", p.path("conf"), command).Run(); err != nil {
		p.t.Errorf("postfix %s: %v\n%s", command, err, p.Log())
	}
}

func (p *Postfix) path(parts ...string) string {
	return filepath.Join(append([]string{p.dir}, parts...)...)
}

// folder makes a folder that belongs to an account; empty: to the test.
func (p *Postfix) folder(name, account string) {
	p.t.Helper()
	if err := os.Mkdir(p.path(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if account == "" {
		return
	}
	owner, err := user.Lookup(account)
	if err != nil {
		p.t.Fatalf("%v; run make provision", err)
	}
	uid, uidErr := strconv.Atoi(owner.Uid)
	if uidErr != nil {
		p.t.Fatal(uidErr)
	}
	if err := os.Chown(p.path(name), uid, -1); err != nil {
		p.t.Fatal(err)
	}
}

// dovecot starts what knows the password.
func (p *Postfix) dovecot() {
	p.t.Helper()
	p.folder("dovecot", "")
	WriteFile(p.t, p.path("dovecot", "users"), p.Username+":{PLAIN}"+p.Password+"\n", 0o644)
	config := WriteFile(p.t, p.path("dovecot", "dovecot.conf"), fmt.Sprintf(`base_dir = %[1]s/run
log_path = %[1]s/log
protocols =
ssl = no
auth_mechanisms = plain login
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/
}
service auth {
  inet_listener {
    address = %[2]s
    port = 2599
  }
}
`, p.path("dovecot"), p.Host), 0o644)
	Start(p.t, "dovecot", exec.CommandContext(context.Background(), Tool(p.t, "dovecot"), "-F", "-c", config))
	Listening(p.t, p.Host+":2599", 20*time.Second)
}

// Log is what Postfix has written.
func (p *Postfix) Log() string {
	content, err := os.ReadFile(p.path("postfix.log"))
	if err != nil {
		return ""
	}
	return string(content)
}

// Mails returns what somebody has in their mailbox.
func (p *Postfix) Mails(name string) (list []ReceivedMail) {
	p.t.Helper()
	files, err := filepath.Glob(p.path("mail", name, "new", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		raw := []byte(ReadFile(p.t, file))
		parsed, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			p.t.Fatalf("a mail that is none: %v\n%s", err, raw)
		}
		list = append(list, ReceivedMail{From: parsed.Header.Get("Return-Path"), To: parsed.Header.Get("Delivered-To"), Raw: raw})
	}
	return list
}
