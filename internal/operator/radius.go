package operator

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// ClientSpec describes a protected client to be added. Empty settings are the
// defaults: directory, challenge, enroll (reject where the first factor is
// none) and require.
type ClientSpec struct {
	Name                 string
	Address              string // an address, or a prefix in CIDR form
	Secret               secret.Text
	FirstFactor          policy.FirstFactor
	Code                 policy.CodePlace
	Unenrolled           policy.Unenrolled
	MessageAuthenticator policy.MessageAuthenticator
}

// ClientEdit says what to change of a client; nil fields stay.
type ClientEdit struct {
	Name                 *string
	Address              *string
	Secret               *secret.Text
	FirstFactor          *policy.FirstFactor
	Code                 *policy.CodePlace
	Unenrolled           *policy.Unenrolled
	MessageAuthenticator *policy.MessageAuthenticator
}

const (
	maxClientName   = 64  // characters
	maxClientSecret = 253 // octets
)

// RADIUSClients lists the protected clients by name.
func (o *Operator) RADIUSClients(ctx context.Context, by audit.Actor) ([]policy.Client, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, _, err := o.Store.RADIUSClients(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// RADIUSClient returns one client.
func (o *Operator) RADIUSClient(ctx context.Context, by audit.Actor, name string) (policy.Client, error) {
	list, err := o.RADIUSClients(ctx, by)
	if err != nil {
		return policy.Client{}, err
	}
	i := slices.IndexFunc(list, func(c policy.Client) bool { return c.Name == name })
	if i < 0 {
		return policy.Client{}, refuse(RefusedGone, problem.NotFound, "no RADIUS client is named %s", shown(name))
	}
	return list[i], nil
}

// AddRADIUSClient adds a client, which every door of this node knows when it
// returns, and says what is to be warned about.
func (o *Operator) AddRADIUSClient(ctx context.Context, by audit.Actor, s ClientSpec) (policy.Client, []Warning, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return policy.Client{}, nil, err
	}
	now := o.Now()
	s = s.withDefaults()
	c := policy.Client{
		ID: o.IDs.Next(now), Name: s.Name, FirstFactor: s.FirstFactor, Code: s.Code, Unenrolled: s.Unenrolled,
		MessageAuthenticator: s.MessageAuthenticator, CreatedAt: now,
	}
	var err error
	if c.Address, err = ParseClientAddress(s.Address); err != nil {
		return policy.Client{}, nil, err
	}
	if err := o.checkClient(c); err != nil {
		return policy.Client{}, nil, err
	}
	if err := checkClientSecret(s.Secret); err != nil {
		return policy.Client{}, nil, err
	}
	c.SealedSecret = o.Keys.Seal(nil, policy.SecretPlace(c.ID), []byte(s.Secret.Reveal()))
	log := o.entry(by, "radius-client.add", c.Name, "")
	log.Detail = describe(c)
	if err := o.Store.AddRADIUSClient(ctx, c, log); err != nil {
		return policy.Client{}, nil, toldOfClient(c, err)
	}
	return c, warningsWith(c, s.Secret), o.inEffect(ctx)
}

func (s ClientSpec) withDefaults() ClientSpec {
	if s.FirstFactor == "" {
		s.FirstFactor = policy.FirstDirectory
	}
	if s.Code == "" {
		s.Code = policy.CodeChallenge
	}
	if s.Unenrolled == "" {
		s.Unenrolled = policy.UnenrolledEnroll
		if s.FirstFactor == policy.FirstNone {
			s.Unenrolled = policy.UnenrolledReject
		}
	}
	if s.MessageAuthenticator == "" {
		s.MessageAuthenticator = policy.RequireMessageAuthenticator
	}
	return s
}

// SetRADIUSClient changes a client. What is required there, and the bypasses
// for it, follow it when it is called something else. A client that is told to check the
// password itself refuses people without a factor from then on, unless the
// edit says something else, which is then a problem.Invalid.
func (o *Operator) SetRADIUSClient(ctx context.Context, by audit.Actor, name string, e ClientEdit) (policy.Client, []Warning, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return policy.Client{}, nil, err
	}
	c, err := o.RADIUSClient(ctx, by, name)
	if err != nil {
		return policy.Client{}, nil, err
	}
	if e.Address != nil {
		if c.Address, err = ParseClientAddress(*e.Address); err != nil {
			return policy.Client{}, nil, err
		}
	}
	apply(&c.Name, e.Name)
	apply(&c.FirstFactor, e.FirstFactor)
	apply(&c.Code, e.Code)
	apply(&c.MessageAuthenticator, e.MessageAuthenticator)
	if e.FirstFactor != nil && c.FirstFactor == policy.FirstNone {
		c.Unenrolled = policy.UnenrolledReject
	}
	apply(&c.Unenrolled, e.Unenrolled)
	if err := o.checkClient(c); err != nil {
		return policy.Client{}, nil, err
	}
	log := o.entry(by, "radius-client.set", name, "")
	log.Detail = describe(c)
	warnings := Warnings(c)
	if e.Secret != nil {
		if err := checkClientSecret(*e.Secret); err != nil {
			return policy.Client{}, nil, err
		}
		c.SealedSecret = o.Keys.Seal(nil, policy.SecretPlace(c.ID), []byte(e.Secret.Reveal()))
		log.Detail += " new-secret"
		warnings = warningsWith(c, *e.Secret)
	}
	if err := o.Store.SetRADIUSClient(ctx, c, log); err != nil {
		return policy.Client{}, nil, toldOfClient(c, err)
	}
	return c, warnings, o.inEffect(ctx)
}

func apply[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

func toldOfClient(c policy.Client, err error) error {
	if errors.Is(err, ErrNameTaken) {
		return refuse(RefusedClientTaken, problem.Conflict, "a client named %s exists", shown(c.Name))
	}
	if errors.Is(err, ErrStarting) {
		return problem.Wrap(problem.Conflict, err, "a period that counts there is being started").
			WithHint("rename it when that is done; period list shows it")
	}
	return told(err)
}

// inEffect makes what was written hold at the doors of this node.
func (o *Operator) inEffect(ctx context.Context) error {
	if err := o.Clients.Reload(ctx); err != nil {
		return problem.Wrap(problem.Unavailable, errors.Join(RefusedNotYet, err), "it is saved, but not in effect yet").WithHint("it will be in a few seconds, or after a restart")
	}
	return nil
}

// checkClient refuses settings that do not exist or contradict each other.
func (o *Operator) checkClient(c policy.Client) error {
	switch {
	case c.Name == "" || strings.TrimSpace(c.Name) != c.Name || !directory.Showable(c.Name):
		return refuse(RefusedClientName, problem.Invalid, "the client needs a name").WithHint("for example vpn-berlin; the sign-in log shows it")
	case utf8.RuneCountInString(c.Name) > maxClientName:
		return refuse(RefusedClientName, problem.Invalid, "the client's name is longer than %d characters", maxClientName)
	case o.Clients.reserved(c.Name):
		return refuse(RefusedClientName, problem.Invalid, "%s means our own page, or everywhere", c.Name).WithHint("choose another one")
	case !slices.Contains([]policy.FirstFactor{policy.FirstDirectory, policy.FirstNone}, c.FirstFactor):
		return refuse(RefusedClientMode, problem.Invalid, "there is no such first factor").WithHint("directory or none")
	case !slices.Contains([]policy.CodePlace{policy.CodeChallenge, policy.CodeAppend, policy.CodeBoth}, c.Code):
		return refuse(RefusedClientMode, problem.Invalid, "there is no such place for a code").WithHint("challenge, append or both")
	case !slices.Contains([]policy.MessageAuthenticator{policy.RequireMessageAuthenticator, policy.AcceptWithout}, c.MessageAuthenticator):
		return refuse(RefusedClientMode, problem.Invalid, "there is no such setting for Message-Authenticator").WithHint("require or accept")
	case !slices.Contains([]policy.Unenrolled{
		policy.UnenrolledEnroll, policy.UnenrolledReject, policy.UnenrolledPass, policy.UnenrolledPeriod,
	}, c.Unenrolled):
		return refuse(RefusedClientMode, problem.Invalid, "there is no such mode for people without a factor").WithHint("enroll, reject, pass or period")
	case c.FirstFactor == policy.FirstNone && c.Unenrolled != policy.UnenrolledReject:
		return refuse(RefusedClientMode, problem.Invalid, "a client that checks the password itself can only reject people without a factor").
			WithHint("use --unenrolled reject, or --first-factor directory")
	}
	return nil
}

// ParseClientAddress reads an address or a prefix in CIDR form. An IPv4
// address written as IPv6 is what it is. The error is a problem.Invalid.
func ParseClientAddress(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, refuse(RefusedClientAddress, problem.Invalid, "the client's address is not one").
			WithHint("for example 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48")
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return netip.Prefix{}, refuse(RefusedClientAddress, problem.Invalid, "the address has bits beyond its prefix").
			WithHint("%v for all of the network, %v for this one address", p.Masked(), p.Addr())
	}
	return p, nil
}

func checkClientSecret(s secret.Text) error {
	switch {
	case s.Empty():
		return refuse(RefusedClientSecret, problem.Invalid, "the shared secret is empty").WithHint("RFC 2865 section 3 wants at least 16 octets that nobody can guess")
	case len(s.Reveal()) > maxClientSecret:
		return refuse(RefusedClientSecret, problem.Invalid, "the shared secret is longer than %d octets", maxClientSecret)
	case strings.ContainsAny(s.Reveal(), "\r\n\x00"):
		return refuse(RefusedClientSecret, problem.Invalid, "the shared secret has a line break or a NUL in it").WithHint("write it on one line")
	}
	return nil
}

func warningsWith(c policy.Client, s secret.Text) []Warning {
	list := Warnings(c)
	if len(s.Reveal()) < RecommendedSecret {
		list = append(list, WarnShortSecret)
	}
	return list
}

// describe writes a client's settings for the log of changes.
func describe(c policy.Client) string {
	return strings.Join([]string{
		c.Name, c.Address.String(), "first-factor=" + string(c.FirstFactor), "code=" + string(c.Code),
		"unenrolled=" + string(c.Unenrolled), "message-authenticator=" + string(c.MessageAuthenticator),
	}, " ")
}
