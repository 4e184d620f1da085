package operator

import (
	"context"
	"crypto/x509"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
)

const (
	maxDirectoryName = 64 // characters
	maxDN            = 4096
	maxServers       = 20
	maxAttribute     = 128
)

// checkDirectory refuses what cannot be a directory, whatever its password.
func (o *Operator) checkDirectory(ctx context.Context, s *directory.Source) error {
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, "@\\ \t") || !directory.Showable(s.Name) || utf8.RuneCountInString(s.Name) > maxDirectoryName:
		return refuse(RefusedDirectoryName, problem.Invalid, "the directory needs a name of up to %d characters, without spaces", maxDirectoryName).
			WithHint("for example corp")
	case !slices.Contains(directory.Presets(), s.Preset):
		return refuse(RefusedDirectoryPreset, problem.Invalid, "there is no such preset").WithHint("ad or openldap")
	case !isDN(s.Base):
		return refuse(RefusedDirectoryBase, problem.Invalid, "the base is no distinguished name").WithHint("for example dc=example,dc=com")
	case s.BindDN == "" || len(s.BindDN) > maxDN || !directory.Showable(s.BindDN):
		return refuse(RefusedDirectoryAccount, problem.Invalid, "the account that reads has no name").
			WithHint("for example cn=muster,ou=Services,dc=example,dc=com")
	case s.Region != "" && (len(s.Region) != 2 || strings.Trim(s.Region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""):
		return refuse(RefusedDirectoryRegion, problem.Invalid, "the region is no country code").WithHint("two letters, for example DE")
	case s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)):
		return refuse(RefusedDirectoryCA, problem.Invalid, "the CA file holds no certificate").WithHint("PEM, with BEGIN CERTIFICATE")
	}
	if err := checkServers(s); err != nil {
		return err
	}
	if err := checkAttributes(s.Attributes); err != nil {
		return err
	}
	return o.checkDomains(ctx, s)
}

func checkServers(s *directory.Source) error {
	if len(s.Servers) == 0 || len(s.Servers) > maxServers {
		return refuse(RefusedDirectoryServer, problem.Invalid, "the directory needs a server, and up to %d", maxServers).
			WithHint("for example ldaps://dc1.example.com")
	}
	for _, server := range s.Servers {
		if err := checkServer(server, s.StartTLS); err != nil {
			return err
		}
	}
	return nil
}

func checkServer(server string, startTLS bool) error {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return refuse(RefusedDirectoryServer, problem.Invalid, "%s is no address of a directory server", shown(server)).
			WithHint("for example ldaps://dc1.example.com or ldap://dc1.example.com:389")
	}
	if u.Scheme == "ldap" && !startTLS {
		return refuse(RefusedClearText, problem.Invalid, "%s would be asked in clear text", shown(server)).
			WithHint("use ldaps://, or StartTLS: passwords never travel unprotected")
	}
	return nil
}

// checkAttributes wants names or numbers of attributes (RFC 4512 section 2.5).
func checkAttributes(a directory.Attributes) error {
	if a.Username == "" {
		return refuse(RefusedAttribute, problem.Invalid, "the attribute with the user name is missing")
	}
	for _, what := range directory.AttributeNames() {
		name := a.Get(what)
		strange := strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-.;_", r)
		})
		if strange || len(name) > maxAttribute {
			return refuse(RefusedAttribute, problem.Invalid, "%s is no name of an attribute", shown(name)).WithHint("for example pager")
		}
	}
	return nil
}

// checkDomains makes sure that no domain belongs to two directories: the first
// one tells namesakes apart.
func (o *Operator) checkDomains(ctx context.Context, s *directory.Source) error {
	all, err := o.Store.Directories(ctx)
	if err != nil {
		return unavailable(err)
	}
	for _, d := range s.Domains {
		if !directory.IsDomain(d) {
			return refuse(RefusedDirectoryDomain, problem.Invalid, "%s is no domain", shown(d)).WithHint("for example corp.example.com or CORP")
		}
		for _, other := range all {
			if other.ID != s.ID && slices.Contains(other.Domains, d) {
				return refuse(RefusedDomainTaken, problem.Conflict, "the domain %s belongs to %s", d, other.Name)
			}
		}
	}
	return nil
}

func isDN(s string) bool {
	return strings.Contains(s, "=") && len(s) <= maxDN && directory.Showable(s)
}
