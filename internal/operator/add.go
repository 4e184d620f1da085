package operator

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// NewUser is somebody to be added.
type NewUser struct {
	Name string
	Details
	Password   secret.Text // empty: none
	TOTPSecret secret.Text // base32, at least 80 bits: an enrolled authenticator; empty: none
	Require    *Order      // what is required of them from the start; nil: nothing. Its reason is not looked at.
}

// AddUser adds somebody. The errors are problem.Invalid and, for a name that
// is taken, problem.Conflict.
func (o *Operator) AddUser(ctx context.Context, by audit.Actor, u NewUser) (*directory.Person, error) {
	if err := o.may(ctx, by, Manage, nil); err != nil {
		return nil, err
	}
	now := o.Now()
	p, err := o.newPerson(u.Name, u.Details, now)
	if err != nil {
		return nil, err
	}
	n := NewPerson{Person: p}
	var with []string
	if !u.TOTPSecret.Empty() {
		f, err := o.totpFactor(u.TOTPSecret, p.ID, now)
		if err != nil {
			return nil, err
		}
		n.Factors = append(n.Factors, f)
		with = append(with, string(factor.TOTP))
	}
	if !u.Password.Empty() {
		if n.Password, err = o.hash(ctx, u.Password, p.ID, p.Key); err != nil {
			return nil, err
		}
		n.Person.HasPassword = true
		with = append(with, "password")
	}
	if u.Require != nil {
		r, detail, err := o.requiredOfNew(ctx, by, p.Username, *u.Require)
		if err != nil {
			return nil, err
		}
		n.Requirements = append(n.Requirements, r)
		with = append(with, detail)
	}
	n.Mail = o.welcome(&n.Person, n.Factors, by)
	log := o.entry(by, "user.add", p.Username, "")
	log.Detail = strings.Join(with, " ")
	if err := o.Store.AddPerson(ctx, n, log); err != nil {
		if errors.Is(err, ErrNameTaken) {
			return nil, problem.Wrap(problem.Conflict, err, "a user named %s exists", shown(u.Name))
		}
		return nil, told(err)
	}
	return &n.Person, nil
}

// requiredOfNew works out what is required of somebody who is being added. It is
// their own: no period of many begins.
func (o *Operator) requiredOfNew(ctx context.Context, by audit.Actor, name string, order Order) (r policy.Requirement, detail string, err error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return r, "", err
	}
	period, err := o.period(by, Selection{Names: []string{name}}, order)
	if err != nil {
		return r, "", err
	}
	r = period.For(o.Now())
	r.Own = true
	return r, "required: " + OrderText(period), nil
}

// newPerson checks what describes somebody new.
func (o *Operator) newPerson(name string, d Details, now time.Time) (directory.Person, error) {
	key, err := o.newKey(name)
	if err != nil {
		return directory.Person{}, err
	}
	d, err = d.check()
	if err != nil {
		return directory.Person{}, err
	}
	return directory.Person{
		ID: o.IDs.Next(now), Username: bare(name), Key: key,
		DisplayName: d.DisplayName, Email: d.Email, Phone: d.Phone, Language: d.Language, TimeZone: d.TimeZone, Groups: d.Groups,
		CreatedAt: now, PasswordEnrollsUntil: now.Add(enrollment.PasswordAlone),
	}, nil
}

// bare returns the user's part of a name with one of our domains, which is
// the same person without it.
func bare(name string) string {
	if _, user, ok := strings.Cut(name, `\`); ok {
		return user
	}
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		return name[:at]
	}
	return name
}

// totpFactor makes an enrolled authenticator from a key that is known
// elsewhere already.
func (o *Operator) totpFactor(key secret.Text, person id.ID, now time.Time) (factor.Factor, error) {
	plain, err := totp.ParseBase32(key)
	if err != nil {
		text, hint := problem.Public(err)
		return factor.Factor{}, refuse(RefusedTOTPSecret, problem.Invalid, "%s", text).WithHint("%s", hint)
	}
	return o.authenticator(plain, person, now), nil
}

func (o *Operator) authenticator(key secret.Bytes, person id.ID, now time.Time) factor.Factor {
	cred := totp.Credential{Params: totp.Defaults(), Key: key}
	f := factor.Factor{
		ID: o.IDs.Next(now), Person: person, Kind: factor.TOTP, CodeDigits: cred.Digits, CreatedAt: now,
	}
	f.Sealed = o.Keys.Seal(nil, factor.SecretPlace(f.ID), cred.Encode())
	return f
}
