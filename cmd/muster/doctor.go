package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/operator"
)

type doctorCommand struct{}

func (c *doctorCommand) examples() string {
	return "doctor --config /etc/muster/muster.yml\ndoctor --json"
}

// checkJSON is one thing that was looked at. Names of fields are a contract.
type checkJSON struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Finding string `json:"finding"`
	Hint    string `json:"hint"`
}

// Run implements stateful. It looks from where the data is: from inside the
// server if one runs. Exit code 1 means that something is wrong.
func (c *doctorCommand) Run(ctx context.Context, env *Env) error {
	checks, err := env.Operator.Checks(ctx, env.Actor)
	if err != nil {
		return err
	}
	checks = append(env.node.inspect(ctx, env.Now), checks...)
	healthy := true
	var list []checkJSON
	for _, c := range checks {
		healthy = healthy && c.OK
		list = append(list, checkJSON(c))
	}
	err = printList(env.Out, env.JSON, list, "", checkColumns("check"))
	if err == nil && !healthy {
		err = exit(exitRefused)
	}
	return err
}

func checkColumns(what string) []column[checkJSON] {
	return []column[checkJSON]{
		{head: what, cell: func(c checkJSON) string { return c.Name }},
		{head: "state", cell: func(c checkJSON) string { return map[bool]string{true: "ok", false: "WRONG"}[c.OK] }},
		{head: "finding", cell: func(c checkJSON) string { return c.Finding }},
		{head: "what to do", cell: func(c checkJSON) string { return c.Hint }},
	}
}

// inspect looks at what the node stands on: files, disk, database.
func (n *node) inspect(ctx context.Context, now time.Time) []operator.Check {
	checks := []operator.Check{n.checkServer(), n.checkDatabase(ctx), n.checkDataDir(), n.checkDisk()}
	if n.config.HTTP.TLS.CertFile != "" {
		checks = append(checks, n.checkCertificate(now))
	}
	if imported := n.passwords.Imported(); len(imported) > 0 {
		checks = append(checks, operator.Check{
			Name: "passwords", OK: true,
			Finding: "each check also does the work of imported hashes: " + joined(imported),
			Hint:    "until their owners have signed in once, or have another password",
		})
	}
	for _, w := range n.config.FileWarnings() {
		checks = append(checks, operator.Check{Name: "files", Finding: w.String(), Hint: w.Hint})
	}
	checks = append(checks, n.checkMailServer(ctx))
	for _, more := range n.moreChecks {
		checks = append(checks, more())
	}
	return checks
}

func (n *node) checkServer() operator.Check {
	c := operator.Check{Name: "server", OK: true, Finding: "not running; looked from outside"}
	if n.serving {
		c.Finding = "running, " + thisBuild().String()
	}
	return c
}

func (n *node) checkDatabase(ctx context.Context) operator.Check {
	c := operator.Check{Name: "database", OK: true, Finding: "SQLite answers"}
	if n.config.Database != "" {
		c.Finding = "PostgreSQL answers"
	}
	if err := n.store.Ping(ctx); err != nil {
		result := resultOf(err)
		c.OK, c.Finding, c.Hint = false, result.Error, result.Hint
	}
	return c
}

func (n *node) checkDataDir() operator.Check {
	dir := n.config.DataDir
	c := operator.Check{Name: "data-dir", OK: true, Finding: dir + " is for its owner only"}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		c.OK, c.Finding, c.Hint = false, dir+" cannot be looked at", err.Error()
	case info.Mode().Perm()&0o077 != 0:
		c.OK, c.Finding, c.Hint = false, "others can look into "+dir, "chmod 700 "+dir
	}
	return c
}

// leastFree is how much disk should be left, in bytes: a busy day's log.
const leastFree = 1 << 30

func (n *node) checkDisk() operator.Check {
	c := operator.Check{Name: "disk", OK: true}
	var disk unix.Statfs_t
	if err := unix.Statfs(n.config.DataDir, &disk); err != nil {
		return operator.Check{Name: "disk", Finding: "cannot be measured", Hint: err.Error()}
	}
	free := disk.Bavail * uint64(disk.Bsize)
	c.Finding = fmt.Sprintf("%.1f GB free", float64(free)/1e9)
	if free < leastFree {
		c.OK, c.Hint = false, "a full disk stops every sign-in; make room"
	}
	return c
}

// renewBefore is when a certificate should have been renewed.
const renewBefore = 14 * 24 * time.Hour

func (n *node) checkCertificate(now time.Time) operator.Check {
	c := operator.Check{Name: "certificate", Hint: "see http.tls in the configuration"}
	content, err := os.ReadFile(n.config.HTTP.TLS.CertFile)
	if err != nil {
		c.Finding = "cannot be read"
		return c
	}
	block, _ := pem.Decode(content)
	if block == nil {
		c.Finding = "is not PEM"
		return c
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		c.Finding = "cannot be understood"
		return c
	}
	c.Finding = validUntil(certificate.NotAfter, n.config.TimeZone)
	switch host := n.config.PublicURL.Hostname(); {
	case certificate.VerifyHostname(host) != nil:
		c.Finding = "is not for " + host
	case now.Add(renewBefore).After(certificate.NotAfter):
		c.Hint = "renew it"
	default:
		c.OK, c.Hint = true, ""
	}
	return c
}

func validUntil(end time.Time, zone *time.Location) string {
	return "valid until " + end.In(zone).Format("2006-01-02 15:04")
}
