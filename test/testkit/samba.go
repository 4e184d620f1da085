package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"layeh.com/radius/rfc2759"
)

// What every domain of the testkit has.
const (
	SambaBase          = "DC=example,DC=com"
	SambaPeople        = "CN=Users," + SambaBase
	SambaAdmin         = "administrator@example.com"
	SambaAdminPassword = "Adm1n-Passw0rd!"
	// SambaService is an ordinary account, as Muster is usually given.
	SambaService         = "muster@example.com"
	SambaServicePassword = "reads-the-directory"
	// SambaPassword is that of everybody that Fill makes.
	SambaPassword = "correct horse"
)

// Samba is an Active Directory domain controller of the test's own, on its own
// loopback address, with LDAP under TLS and nothing else.
type Samba struct {
	PKI      *PKI
	Address  string
	URL      string // ldaps://
	PlainURL string // ldap://
	t        testing.TB
	dir      string
	server   *Process
}

// StartSamba starts a fresh domain controller of example.com (EXAMPLE). The
// domain is made once and kept in .cache; each test gets a copy.
func StartSamba(t testing.TB) *Samba {
	t.Helper()
	RequireRoot(t, "a domain controller listens on ports below 1024")
	s := &Samba{t: t, dir: Scratch(t), Address: Loopback(t)}
	if out, err := exec.Command("tar", "-xf", sambaFixture(t), "-C", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("unpacking the domain: %v\n%s", err, out)
	}
	s.PKI = NewPKI(t, filepath.Join(s.dir, "pki"), s.Address, "dc1.example.com")
	s.URL, s.PlainURL = "ldaps://"+s.Address, "ldap://"+s.Address
	writeSambaConfig(t, s.dir, s.Address, s.PKI)
	s.Start()
	return s
}

// Start starts the server, again after [Samba.Stop], and returns once it
// answers.
func (s *Samba) Start() {
	s.t.Helper()
	s.server = Start(s.t, "samba", exec.Command(Tool(s.t, "samba"), "--foreground", "--no-process-group",
		"--debug-stdout", "-d1", "-M", "single", "-s", s.config()))
	Listening(s.t, net.JoinHostPort(s.Address, "636"), 20*time.Second)
}

// Stop ends the server as if its machine had gone.
func (s *Samba) Stop() { s.server.Kill() }

func (s *Samba) config() string { return filepath.Join(s.dir, "smb.conf") }

func writeSambaConfig(t testing.TB, dir, address string, pki *PKI) {
	t.Helper()
	for _, folder := range []string{"run", "cache"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	WriteFile(t, filepath.Join(dir, "smb.conf"), fmt.Sprintf(`[global]
  netbios name = DC1
  realm = EXAMPLE.COM
  workgroup = EXAMPLE
  server role = active directory domain controller
  server services = ldap
  interfaces = %[2]s/8
  bind interfaces only = yes
  lock directory = %[1]s
  private dir = %[1]s/private
  state directory = %[1]s/state
  cache directory = %[1]s/cache
  pid directory = %[1]s/run
  ncalrpc dir = %[1]s/run/ncalrpc
  log file = %[1]s/log.%%m
  ldap server require strong auth = allow_sasl_over_tls
  tls enabled = yes
  tls cafile = %[3]s
  tls certfile = %[4]s
  tls keyfile = %[5]s
  dsdb event notification = no
`, dir, address, pki.CAFile, pki.CertFile, pki.KeyFile), 0o644)
}

// sambaRecipe makes a domain; its text is part of the fixture's name.
var sambaRecipe = []string{
	"domain provision --targetdir=DIR --realm=EXAMPLE.COM --domain=EXAMPLE --host-name=dc1 --host-ip=127.0.0.1 " +
		"--server-role=dc --dns-backend=NONE --use-rfc2307 --adminpass=" + SambaAdminPassword,
	"domain passwordsettings set --complexity=off --min-pwd-length=4 --min-pwd-age=0 --max-pwd-age=42 " +
		"--history-length=0 --account-lockout-threshold=3 -s DIR/smb.conf",
	"user create muster " + SambaServicePassword + " -s DIR/smb.conf",
}

// sambaFixture returns an archive of a fresh domain, and makes it first if
// there is none yet for this version of Samba.
func sambaFixture(t testing.TB) string {
	t.Helper()
	version, err := exec.Command(Tool(t, "samba"), "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(string(version) + strings.Join(sambaRecipe, "\n")))
	cache := filepath.Join(Root(t), ".cache", "testkit")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(cache, "samba.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(cache, "samba-"+hex.EncodeToString(sum[:6])+".tar.gz")
	if _, err := os.Stat(archive); err == nil {
		return archive
	}
	provisionSamba(t, archive)
	return archive
}

func provisionSamba(t testing.TB, archive string) {
	t.Helper()
	dir := Scratch(t)
	pki := NewPKI(t, filepath.Join(dir, "pki"), "localhost")
	for i, step := range sambaRecipe {
		if i == 1 { // the one that provision writes has more in it than is wanted
			writeSambaConfig(t, dir, "127.0.0.1", pki)
		}
		run(t, "", "samba-tool", strings.Fields(strings.ReplaceAll(step, "DIR", dir))...)
	}
	run(t, "", "tar", "-czf", archive+".new", "-C", dir, "private", "state")
	if err := os.Rename(archive+".new", archive); err != nil {
		t.Fatal(err)
	}
}

// run runs an installed tool to its end and returns what it wrote.
func run(t testing.TB, input, tool string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(t, tool), args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s\ninput:\n%s", tool, err, out, head(input))
	}
	return string(out)
}

// Add adds entries in LDIF, as an administrator of the domain.
func (s *Samba) Add(ldif string) { s.t.Helper(); s.client("ldapadd", ldif) }

// Modify applies changes in LDIF, as an administrator of the domain.
func (s *Samba) Modify(ldif string) { s.t.Helper(); s.client("ldapmodify", ldif) }

// Delete deletes entries, as an administrator of the domain.
func (s *Samba) Delete(dns ...string) {
	s.t.Helper()
	s.client("ldapdelete", strings.Join(dns, "\n")+"\n")
}

func (s *Samba) client(tool, input string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(s.t, tool), "-x", "-H", s.URL, "-D", SambaAdmin, "-w", SambaAdminPassword)
	cmd.Env = append(os.Environ(), "LDAPTLS_CACERT="+s.PKI.CAFile)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s\ninput:\n%s", tool, err, out, head(input))
	}
}

// AddPerson adds CN=NAME with a password; more are further lines of LDIF.
func (s *Samba) AddPerson(name, password string, more ...string) {
	s.t.Helper()
	s.Add(fmt.Sprintf("dn: CN=%[1]s,%[2]s\nobjectClass: user\nsAMAccountName: %[1]s\nuserPrincipalName: %[1]s@example.com\n"+
		"userAccountControl: 512\nunicodePwd:: %[3]s\n%[4]s\n",
		name, SambaPeople, unicodePassword(password), strings.Join(more, "\n")))
}

// unicodePassword is a password as Active Directory takes it (MS-ADTS section
// 3.1.1.3.1.5.1).
func unicodePassword(password string) string {
	return base64.StdEncoding.EncodeToString(utf16LE(`"` + password + `"`))
}

// AddGroup adds a group with the members' DNs.
func (s *Samba) AddGroup(name string, members ...string) {
	s.t.Helper()
	var ldif strings.Builder
	fmt.Fprintf(&ldif, "dn: CN=%[1]s,%[2]s\nobjectClass: group\nsAMAccountName: %[1]s\n", name, SambaPeople)
	for _, member := range members {
		ldif.WriteString("member: " + member + "\n")
	}
	s.Add(ldif.String())
}

// ModifyRaw writes what LDAP does not let anybody write, such as an old
// pwdLastSet, into the database.
func (s *Samba) ModifyRaw(ldif string) {
	s.t.Helper()
	run(s.t, ldif, "ldbmodify", "-H", s.database(), "--controls="+bypassPasswordHash)
}

// bypassPasswordHash lets hashes and times of passwords be written as they are.
const bypassPasswordHash = "local_oid:1.3.6.1.4.1.7165.4.3.12:0"

func (s *Samba) database() string { return filepath.Join(s.dir, "private", "sam.ldb") }

// Fill adds people user000000 and on, below OU=Load, straight into the
// database, which is quick; and a group of all of them if it has a name.
func (s *Samba) Fill(people int, group string) {
	s.t.Helper()
	s.Add("dn: OU=Load," + SambaBase + "\nobjectClass: organizationalUnit\nou: Load\n")
	hash := rfc2759.NTPasswordHash(utf16LE(SambaPassword))
	changed := (time.Now().Unix() + 11644473600) * 10000000
	var ldif, members strings.Builder
	for i := range people {
		dn := fmt.Sprintf("CN=user%06d,OU=Load,%s", i, SambaBase)
		fmt.Fprintf(&ldif, "dn: %[1]s\nobjectClass: user\nsAMAccountName: user%06[2]d\nuserPrincipalName: user%06[2]d@example.com\n"+
			"givenName: User\nsn: N%06[2]d\ndisplayName: User N%06[2]d\nmail: user%06[2]d@example.com\ntelephoneNumber: +4930%07[2]d\n"+
			"mobile: +4915%09[2]d\nuserAccountControl: 512\npwdLastSet: %[3]d\nunicodePwd:: %[4]s\n\n",
			dn, i, changed, base64.StdEncoding.EncodeToString(hash))
		fmt.Fprintf(&members, "member: %s\n", dn)
	}
	run(s.t, ldif.String(), "ldbadd", "-H", s.database(), "-o", "batch_mode:1", "--controls="+bypassPasswordHash)
	if group != "" {
		run(s.t, fmt.Sprintf("dn: CN=%[1]s,OU=Load,%[2]s\nobjectClass: group\nsAMAccountName: %[1]s\n%[3]s",
			group, SambaBase, members.String()), "ldbadd", "-H", s.database())
	}
}

func utf16LE(text string) []byte {
	var octets []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		octets = append(octets, byte(unit), byte(unit>>8))
	}
	return octets
}

// Ldapsearch reads all people as the service account with OpenLDAP's own
// client, in pages, into a file, and returns how many there were.
func (s *Samba) Ldapsearch(attributes ...string) int {
	s.t.Helper()
	return ldapsearch(s.t, s.PKI, s.URL, SambaService, SambaServicePassword, SambaBase, "(&(objectCategory=person)(objectClass=user))", attributes)
}
