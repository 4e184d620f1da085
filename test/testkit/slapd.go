package testkit

import (
	"bufio"
	"context"
	"crypto/sha1" // {SSHA} is slapd's own default
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What every directory of the testkit has.
const (
	SlapdBase   = "dc=example,dc=com"
	SlapdPeople = "ou=people," + SlapdBase
	SlapdGroups = "ou=groups," + SlapdBase
	// SlapdService reads; it gets at most 1000 entries unless it asks in pages.
	SlapdService         = "cn=muster," + SlapdBase
	SlapdServicePassword = "reads-the-directory"
	slapdAdmin           = "cn=admin," + SlapdBase
	slapdAdminPassword   = "writes-the-directory"
	// SlapdPassword is that of everybody that Fill makes.
	SlapdPassword = "correct horse"
)

// SlapdOptions say what a directory is to be like.
type SlapdOptions struct {
	People    int  // uid=u000000 and on, each with twelve attributes
	NoJournal bool // without RFC 4533
	NoReverse bool // entries do not name the groups that they are in
}

// Slapd is an OpenLDAP server of the test's own, on loopback, with LDAPS and
// StartTLS.
type Slapd struct {
	PKI          *PKI
	Address      string
	URL          string // ldaps://
	PlainURL     string // ldap://
	t            testing.TB
	dir, program string
	server       *Process
}

// StartSlapd makes a directory and starts it.
func StartSlapd(t testing.TB, options SlapdOptions) *Slapd {
	t.Helper()
	s := &Slapd{t: t, dir: Scratch(t), Address: Loopback(t), program: Tool(t, "slapd")}
	s.PKI = NewPKI(t, filepath.Join(s.dir, "pki"), s.Address, "localhost")
	s.URL = "ldaps://" + net.JoinHostPort(s.Address, "6360")
	s.PlainURL = "ldap://" + net.JoinHostPort(s.Address, "3890")
	for _, folder := range []string{"db", "run"} {
		if err := os.Mkdir(filepath.Join(s.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	WriteFile(t, s.config(), s.configuration(options), 0o600)
	s.fill(options.People)
	s.Start()
	return s
}

func (s *Slapd) config() string { return filepath.Join(s.dir, "slapd.conf") }

func (s *Slapd) configuration(options SlapdOptions) string {
	overlays := "overlay ppolicy\nppolicy_default \"cn=default,ou=policies," + SlapdBase + "\"\nppolicy_use_lockout\n"
	if !options.NoReverse {
		overlays += "overlay memberof\noverlay refint\nrefint_attributes member\n"
	}
	if !options.NoJournal {
		overlays += "overlay syncprov\nsyncprov-checkpoint 100 10\nsyncprov-sessionlog 10000\n"
	}
	return fmt.Sprintf(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload refint
moduleload syncprov
moduleload ppolicy
pidfile %[1]s/run/slapd.pid
argsfile %[1]s/run/slapd.args
serverID 1
TLSCACertificateFile %[2]s
TLSCertificateFile %[3]s
TLSCertificateKeyFile %[4]s
loglevel none
sizelimit 1000
database mdb
suffix "%[5]s"
rootdn "%[6]s"
rootpw %[7]s
directory %[1]s/db
maxsize 4294967296
dbnosync
index objectClass eq
index uid,mail,cn eq,sub
index member,memberOf eq,pres
index entryUUID,entryCSN,modifyTimestamp eq
limits dn.exact="%[8]s" size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=unlimited
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read by * none
%[9]s`, s.dir, s.PKI.CAFile, s.PKI.CertFile, s.PKI.KeyFile, SlapdBase, slapdAdmin, slapdAdminPassword, SlapdService, overlays)
}

// Start starts the server, again after [Slapd.Stop], and returns once it
// answers.
func (s *Slapd) Start() {
	s.t.Helper()
	s.server = Start(s.t, "slapd", exec.Command(s.program, "-d", "0", "-f", s.config(), "-h", s.PlainURL+" "+s.URL))
	Listening(s.t, net.JoinHostPort(s.Address, "6360"), 10*time.Second)
}

// Stop ends the server as if its machine had gone.
func (s *Slapd) Stop() { s.server.Kill() }

// fill writes the tree and people straight into the database, which is quick.
func (s *Slapd) fill(people int) {
	s.t.Helper()
	file, err := os.Create(filepath.Join(s.dir, "all.ldif"))
	if err != nil {
		s.t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprint(w, slapdTree())
	for i := range people {
		writePerson(w, i)
	}
	if err := w.Flush(); err != nil {
		s.t.Fatal(err)
	}
	file.Close()
	s.run("slapadd", "-q", "-f", s.config(), "-l", file.Name())
	os.Remove(file.Name())
}

func slapdTree() string {
	return fmt.Sprintf(`dn: %[1]s
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: %[2]s
objectClass: organizationalUnit
ou: people

dn: %[3]s
objectClass: organizationalUnit
ou: groups

dn: ou=policies,%[1]s
objectClass: organizationalUnit
ou: policies

dn: cn=default,ou=policies,%[1]s
objectClass: applicationProcess
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdLockoutDuration: 60
pwdMustChange: TRUE

dn: %[4]s
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: muster
userPassword: %[5]s

`, SlapdBase, SlapdPeople, SlapdGroups, SlapdService, SlapdServicePassword)
}

// slapdHash is SlapdPassword as slapd keeps it.
var slapdHash = func() string {
	const salt = "salt"
	sum := sha1.Sum([]byte(SlapdPassword + salt))
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}()

func writePerson(w io.Writer, i int) {
	fmt.Fprintf(w, `dn: uid=u%06[1]d,%[2]s
objectClass: inetOrgPerson
uid: u%06[1]d
cn: User %06[1]d
sn: N%06[1]d
givenName: User
displayName: User N%06[1]d
mail: u%06[1]d@example.com
telephoneNumber: +4930%07[1]d
mobile: +4915%09[1]d
preferredLanguage: de
employeeNumber: %06[1]d
title: Example
userPassword: %[3]s

`, i, SlapdPeople, slapdHash)
}

// Add adds entries in LDIF, as an administrator.
func (s *Slapd) Add(ldif string) {
	s.t.Helper()
	s.client("ldapadd", ldif)
}

// Modify applies changes in LDIF, as an administrator. Operational attributes
// may be written too (the relax control).
func (s *Slapd) Modify(ldif string) {
	s.t.Helper()
	s.client("ldapmodify", ldif, "-e", "relax")
}

// AddPerson adds uid=NAME with SlapdPassword; more are further lines of LDIF.
func (s *Slapd) AddPerson(name string, more ...string) {
	s.t.Helper()
	s.Add(fmt.Sprintf("dn: uid=%[1]s,%[2]s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[1]s\nsn: %[1]s\nuserPassword: %[3]s\n%[4]s\n",
		name, SlapdPeople, slapdHash, strings.Join(more, "\n")))
}

// AddGroup adds a groupOfNames with the members' DNs.
func (s *Slapd) AddGroup(name string, members ...string) {
	s.t.Helper()
	s.Add(fmt.Sprintf("dn: cn=%[1]s,%[2]s\nobjectClass: groupOfNames\ncn: %[1]s\nmember: %[3]s\n",
		name, SlapdGroups, strings.Join(members, "\nmember: ")))
}

// Delete deletes entries, as an administrator.
func (s *Slapd) Delete(dns ...string) {
	s.t.Helper()
	s.client("ldapdelete", strings.Join(dns, "\n")+"\n")
}

// client runs one of OpenLDAP's tools as the administrator.
func (s *Slapd) client(tool, input string, args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args = append([]string{"-x", "-H", s.PlainURL, "-D", slapdAdmin, "-w", slapdAdminPassword}, args...)
	cmd := exec.CommandContext(ctx, Tool(s.t, tool), args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s\ninput:\n%s", tool, err, out, head(input))
	}
}

// Ldapsearch reads all people as the service account with OpenLDAP's own
// client, in pages, into a file, and returns how many there were.
func (s *Slapd) Ldapsearch(attributes ...string) int {
	s.t.Helper()
	return ldapsearch(s.t, s.PKI, s.URL, SlapdService, SlapdServicePassword, SlapdPeople, "(objectClass=inetOrgPerson)", attributes)
}

// ldapsearch pages through everything that matches, and counts it.
func ldapsearch(t testing.TB, pki *PKI, url, bindDN, password, base, filter string, attributes []string) int {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out.ldif"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	args := append([]string{
		"-LLL", "-x", "-o", "ldif-wrap=no", "-E", "pr=1000/noprompt", "-H", url,
		"-D", bindDN, "-w", password, "-b", base, filter,
	}, attributes...)
	cmd := exec.Command(Tool(t, "ldapsearch"), args...)
	cmd.Env = append(os.Environ(), "LDAPTLS_CACERT="+pki.CAFile)
	cmd.Stdout = file
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("ldapsearch: %v\n%s", err, said.String())
	}
	out, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count("\n"+string(out), "\ndn:")
}

func (s *Slapd) run(tool string, args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, Tool(s.t, tool), args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", tool, err, out)
	}
}

func head(text string) string {
	if len(text) > 2000 {
		return text[:2000] + "…"
	}
	return text
}
