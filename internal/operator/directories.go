package operator

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
)

// DirectorySpec describes a directory to be added. Empty settings are those of
// the preset; without domains the one that the base spells is used.
type DirectorySpec struct {
	Name       string
	Preset     directory.Preset
	Servers    []string
	StartTLS   bool
	CA         string // PEM
	Base       string
	BindDN     string
	Password   secret.Text
	Domains    []string
	Region     string
	Attributes map[string]string // by directory.AttributeNames
}

const (
	maxDirectoryName = 64 // characters
	maxDN            = 4096
)

// Directories lists the directories by name.
func (o *Operator) Directories(ctx context.Context, by audit.Actor) ([]directory.Source, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.Directories(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// Directory returns one directory.
func (o *Operator) Directory(ctx context.Context, by audit.Actor, name string) (directory.Source, error) {
	list, err := o.Directories(ctx, by)
	if err != nil {
		return directory.Source{}, err
	}
	i := slices.IndexFunc(list, func(s directory.Source) bool { return s.Name == name })
	if i < 0 {
		return directory.Source{}, refuse(RefusedGone, problem.NotFound, "no directory is named %s", shown(name)).
			WithHint("muster directory list")
	}
	return list[i], nil
}

// AddDirectory adds a directory. It asks no server: see TestDirectory.
func (o *Operator) AddDirectory(ctx context.Context, by audit.Actor, spec DirectorySpec) (directory.Source, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return directory.Source{}, err
	}
	now := o.Now()
	s := directory.Source{
		ID: o.IDs.Next(now), Name: spec.Name, Preset: spec.Preset, Servers: spec.Servers, StartTLS: spec.StartTLS, CA: spec.CA,
		Base: strings.TrimSpace(spec.Base), BindDN: strings.TrimSpace(spec.BindDN), Region: strings.ToUpper(spec.Region),
		Attributes: spec.Preset.Attributes(), CreatedAt: now,
	}
	for _, d := range spec.Domains {
		s.Domains = append(s.Domains, strings.ToLower(strings.TrimSuffix(strings.TrimSpace(d), ".")))
	}
	if dns := directory.DomainOf(s.Base); len(s.Domains) == 0 && dns != "" {
		s.Domains = []string{dns}
	}
	for name, attribute := range spec.Attributes {
		if !s.Attributes.Set(name, attribute) {
			return s, refuse(RefusedDirectory, problem.Invalid, "nothing about a person is called %s", shown(name)).
				WithHint("one of %s", strings.Join(directory.AttributeNames(), ", "))
		}
	}
	if err := o.checkDirectory(ctx, &s, spec.Password); err != nil {
		return s, err
	}
	s.Password = o.Keys.Seal(nil, directory.BindPasswordPlace(s.ID), []byte(spec.Password.Reveal()))
	log := o.entry(by, "directory.add", s.Name, "")
	log.Detail = strings.Join(append([]string{string(s.Preset), s.Base}, s.Servers...), " ")
	if err := o.Store.AddDirectory(ctx, s, log); err != nil {
		return s, told(err)
	}
	return s, nil
}

// checkDirectory refuses what cannot be a directory.
func (o *Operator) checkDirectory(ctx context.Context, s *directory.Source, password secret.Text) error {
	bad := func(text string, args ...any) *problem.Error {
		return refuse(RefusedDirectory, problem.Invalid, text, args...)
	}
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, "@\\ \t") || !directory.Showable(s.Name) || utf8.RuneCountInString(s.Name) > maxDirectoryName:
		return bad("the directory needs a name of up to %d characters, without spaces", maxDirectoryName).WithHint("for example corp")
	case !slices.Contains(directory.Presets(), s.Preset):
		return bad("there is no such preset").WithHint("ad or openldap")
	case len(s.Servers) == 0:
		return bad("the directory needs a server").WithHint("for example ldaps://dc1.example.com")
	case !isDN(s.Base):
		return bad("the base is no distinguished name").WithHint("for example dc=example,dc=com")
	case s.BindDN == "" || len(s.BindDN) > maxDN || !directory.Showable(s.BindDN):
		return bad("the account that reads has no name").WithHint("for example cn=muster,ou=Services,dc=example,dc=com")
	case password.Empty():
		return bad("the account that reads has no password").WithHint("a directory answers an empty password as if it were right (RFC 4513 section 5.1.2)")
	case s.Attributes.Username == "":
		return bad("the attribute with the user name is missing")
	}
	if s.Region != "" && (len(s.Region) != 2 || strings.Trim(s.Region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return bad("the region is no country code").WithHint("two letters, for example DE")
	}
	if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
		return bad("the CA file holds no certificate").WithHint("PEM, with BEGIN CERTIFICATE")
	}
	for _, server := range s.Servers {
		if err := checkServer(server, s.StartTLS); err != nil {
			return err
		}
	}
	return o.checkDomains(ctx, s)
}

func checkServer(server string, startTLS bool) error {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return refuse(RefusedDirectory, problem.Invalid, "%s is no address of a directory server", shown(server)).
			WithHint("for example ldaps://dc1.example.com or ldap://dc1.example.com:389")
	}
	if u.Scheme == "ldap" && !startTLS {
		return refuse(RefusedDirectory, problem.Invalid, "%s would be asked in clear text", shown(server)).
			WithHint("use ldaps://, or StartTLS: passwords never travel unprotected")
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
		if d == "" || strings.ContainsAny(d, "@\\ ,=") || !directory.Showable(d) {
			return refuse(RefusedDirectory, problem.Invalid, "%s is no domain", shown(d)).WithHint("for example corp.example.com or CORP")
		}
		for _, other := range all {
			if other.ID != s.ID && slices.Contains(other.Domains, d) {
				return refuse(RefusedDirectory, problem.Conflict, "the domain %s belongs to %s", d, other.Name)
			}
		}
	}
	return nil
}

func isDN(s string) bool {
	return strings.Contains(s, "=") && len(s) <= maxDN && directory.Showable(s)
}

// RemoveDirectory removes a directory with its items. While people come from
// it, it returns a problem.Conflict; withPeople removes them too, with all they
// have enrolled.
func (o *Operator) RemoveDirectory(ctx context.Context, by audit.Actor, name string, withPeople bool, reason string) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	reason, err := checkReason(reason, false)
	if err != nil {
		return err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return err
	}
	const atOnce = 100 // the writer is held for some milliseconds
	for left := 1; withPeople && left > 0; {
		if left, err = o.Store.RemovePeopleOf(ctx, s.ID, atOnce); err != nil {
			return told(err)
		}
	}
	log := o.entry(by, "directory.remove", s.Name, reason)
	if withPeople {
		log.Detail = "with its people"
	}
	err = o.Store.RemoveDirectory(ctx, s.ID, log)
	if errors.Is(err, ErrInUse) {
		return problem.Wrap(problem.Conflict, err, "people come from %s", s.Name).
			WithHint("--with-people removes them too, and what they have enrolled")
	}
	if err != nil {
		return told(err)
	}
	return nil
}

// DirectoryStep is one step of a connection test.
type DirectoryStep struct {
	Server string
	Name   string // "name", "tcp", "tls", "bind", "search base", "paging"
	OK     bool
	// Skipped: a step before it has failed.
	Skipped bool
	Detail  string // English
	Hint    string // may be empty
}

// Prober tries the servers of a directory.
type Prober interface {
	Probe(ctx context.Context, s directory.Source) ([]DirectoryStep, error)
}

// TestDirectory tries every server of a directory step by step. That a step
// fails is no error.
func (o *Operator) TestDirectory(ctx context.Context, by audit.Actor, name string) ([]DirectoryStep, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, err
	}
	return o.Prober.Probe(ctx, s)
}

// PreviewImport says what importing a selection of a directory would do; see
// roster.Preview.
func (o *Operator) PreviewImport(ctx context.Context, by audit.Actor, name string, sel roster.Selection, limit int) ([]roster.Found, roster.Census, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, roster.Census{}, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, roster.Census{}, err
	}
	return o.Roster.Preview(ctx, s, sel, limit)
}

// ImportEntries makes records of a selection of a directory; see roster.Import.
func (o *Operator) ImportEntries(ctx context.Context, by audit.Actor, name string, sel roster.Selection, progress func(done, total int64)) ([]roster.Row, roster.Census, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, roster.Census{}, err
	}
	s, err := o.Directory(ctx, by, name)
	if err != nil {
		return nil, roster.Census{}, err
	}
	if err := o.Store.Log(ctx, o.entry(by, "directory.import", s.Name, "")); err != nil {
		return nil, roster.Census{}, told(err)
	}
	return o.Roster.Import(ctx, s, sel, progress)
}
