package operator

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// DirectoryChange is what to change of a directory: nil fields and an empty
// password stay as they are. What it is (its preset) cannot be changed, since
// people are known by what identifies them there.
type DirectoryChange struct {
	Name       *string
	Servers    []string // all of them, in their order
	StartTLS   *bool
	CA         *string // PEM; empty: the system's
	Base       *string
	BindDN     *string
	Password   secret.Text
	Domains    []string // all of them; not nil and empty: what the base spells
	Region     *string
	Attributes map[string]string // by directory.AttributeNames; an empty attribute is not read
	Untested   bool              // no server is to be asked
}

// applyTo applies everything but the password.
func (c *DirectoryChange) applyTo(s *directory.Source) error {
	apply(&s.Name, c.Name)
	apply(&s.StartTLS, c.StartTLS)
	apply(&s.CA, c.CA)
	apply(&s.Base, c.Base)
	apply(&s.BindDN, c.BindDN)
	apply(&s.Region, c.Region)
	s.Base, s.BindDN, s.Region = strings.TrimSpace(s.Base), strings.TrimSpace(s.BindDN), strings.ToUpper(s.Region)
	if c.Servers != nil {
		s.Servers = c.Servers
	}
	if c.Domains != nil || s.Domains == nil {
		s.Domains = domainsOf(c.Domains, s.Base)
	}
	for what, attribute := range c.Attributes {
		if !s.Attributes.Set(what, strings.TrimSpace(attribute)) {
			return refuse(RefusedAttribute, problem.Invalid, "nothing about a person is called %s", shown(what)).
				WithHint("one of %s", strings.Join(directory.AttributeNames(), ", "))
		}
	}
	return nil
}

func domainsOf(typed []string, base string) []string {
	domains := []string{}
	for _, d := range typed {
		domains = append(domains, strings.ToLower(strings.TrimSuffix(strings.TrimSpace(d), ".")))
	}
	if dns := directory.DomainOf(base); len(domains) == 0 && dns != "" {
		domains = append(domains, dns)
	}
	return domains
}

// changedDirectory returns a directory as it is and as it would be, checked.
func (o *Operator) changedDirectory(ctx context.Context, by audit.Actor, name string, change DirectoryChange) (was, is directory.Source, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return was, is, err
	}
	if was, err = o.Directory(ctx, by, name); err != nil {
		return was, is, err
	}
	is = was
	if err := change.applyTo(&is); err != nil {
		return was, is, err
	}
	if err := o.checkDirectory(ctx, &is); err != nil {
		return was, is, err
	}
	if was.Base != is.Base || !slices.Equal(was.Servers, is.Servers) {
		is.Learned = nil // it may be another domain
	}
	switch {
	case !change.Password.Empty():
		is.Password = o.sealBindPassword(&is, change.Password)
	case goesElsewhere(&was, &is):
		return was, is, refuse(RefusedPasswordAgain, problem.Invalid, "the account's password is needed once more").
			WithHint("what is kept is not sent to another server, on the word of another authority or for another account")
	}
	return was, is, nil
}

// goesElsewhere reports whether the password that is kept would reach somebody
// whom it did not reach before. Whoever may change settings need not know it,
// and must not learn it by naming a server of their own.
func goesElsewhere(was, is *directory.Source) bool {
	if was.BindDN != is.BindDN || was.CA != is.CA {
		return true
	}
	known := map[string]bool{}
	for _, server := range was.Servers {
		known[serverOf(server)] = true
	}
	return slices.ContainsFunc(is.Servers, func(server string) bool { return !known[serverOf(server)] })
}

// serverOf is the host and port of a server's address.
func serverOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// TryDirectoryChange tries the servers of a directory as it would be, step by
// step. That a step fails is no error.
func (o *Operator) TryDirectoryChange(ctx context.Context, by audit.Actor, name string, change DirectoryChange) ([]DirectoryStep, error) {
	_, is, err := o.changedDirectory(ctx, by, name, change)
	if err != nil {
		return nil, err
	}
	return o.Prober.Try(ctx, is)
}

// SetDirectory changes a directory, as AddDirectory adds one.
// If revision is not empty, the directory must still have it: see
// directory.Source.Revision.
func (o *Operator) SetDirectory(ctx context.Context, by audit.Actor, name, revision string, change DirectoryChange) (directory.Source, error) {
	was, is, err := o.changedDirectory(ctx, by, name, change)
	if err != nil {
		return is, err
	}
	if revision != "" && revision != was.Revision() {
		return is, meanwhile(was.Name)
	}
	log := o.entry(by, "directory.set", is.Name, "")
	log.Detail = strings.Join(changesOf(&was, &is), " ")
	if log.Detail == "" {
		return was, nil
	}
	if err := o.Store.SetDirectory(ctx, was, is, log); err != nil {
		return is, directoryTold(err, is.Name)
	}
	if change.Untested {
		return is, nil
	}
	return o.learned(ctx, is), nil
}

// meanwhile says that somebody else has changed the settings.
func meanwhile(name string) error {
	return refuse(RefusedChangedMeanwhile, problem.Conflict, "somebody else has changed %s meanwhile", name).
		WithHint("look at what is there now, and change that")
}

// changesOf says for the log what differs; of a password and a certificate only
// that it does.
func changesOf(was, is *directory.Source) []string {
	var list []string
	add := func(differs bool, text string) {
		if differs {
			list = append(list, text)
		}
	}
	add(was.Name != is.Name, "name="+is.Name)
	add(!slices.Equal(was.Servers, is.Servers), "servers="+strings.Join(is.Servers, ","))
	add(was.StartTLS != is.StartTLS, "start-tls="+map[bool]string{true: "yes", false: "no"}[is.StartTLS])
	add(was.CA != is.CA, "ca")
	add(was.Base != is.Base, "base="+is.Base)
	add(was.BindDN != is.BindDN, "bind-dn="+is.BindDN)
	add(string(was.Password) != string(is.Password), "bind-password")
	add(!slices.Equal(was.Domains, is.Domains), "domains="+strings.Join(is.Domains, ","))
	add(was.Region != is.Region, "region="+is.Region)
	for _, what := range directory.AttributeNames() {
		add(was.Attributes.Get(what) != is.Attributes.Get(what), what+"="+is.Attributes.Get(what))
	}
	return list
}
