package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
)

type userShow struct{ personArgument }

func (c *userShow) examples() string { return "user show alice\nuser show alice --json" }

// Run implements stateful.
func (c *userShow) Run(ctx context.Context, env *Env) error {
	user, err := env.Operator.User(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	shown := userForJSON(env, user)
	if shown.Origin, err = originForJSON(ctx, env, user.Person); err != nil {
		return err
	}
	out, err := env.Operator.KeptOut(ctx, env.Actor, user.Person)
	if err != nil {
		return err
	}
	shown.KeptOut = keptOutForJSON(out)
	return printFields(env.Out, env.JSON, shown, userFields(env, shown))
}

// userDetail is user show: a person with all that is known.
type userDetail struct {
	personJSON
	Factors      []factorJSON     `json:"factors"`
	WrongCodes   int              `json:"wrong_codes"`
	Invitations  []invitationJSON `json:"invitations"`
	HasPassword  bool             `json:"has_password"`
	PasswordOnly *time.Time       `json:"password_enrolls_until"` // until when the password alone may enroll
	SignIns      []signInJSON     `json:"sign_ins"`
	Language     string           `json:"language"`  // BCP 47; empty: not known
	TimeZone     string           `json:"time_zone"` // IANA; empty: not known
	Origin       *originJSON      `json:"origin"`    // null: a local user
	KeptOut      *keptOutJSON     `json:"kept_out"`  // null: they are not
}

// originJSON is the directory entry that somebody is. Names of fields are a
// contract.
type originJSON struct {
	Directory string     `json:"directory"`
	DN        string     `json:"dn"`
	Object    string     `json:"object"`
	Barred    string     `json:"barred"` // why the directory keeps them out; empty: it does not
	ExpiresAt *time.Time `json:"expires_at"`
	GoneAt    *time.Time `json:"gone_at"`
	SeenAt    *time.Time `json:"seen_at"`
	KeepPhone bool       `json:"keep_phone"` // the telephone number was typed and stays

	Manager string   `json:"manager"` // DN
	Items   []string `json:"items"`   // that keep it in step
}

// keptOutJSON says why somebody is let in nowhere. Names of fields are a
// contract.
type keptOutJSON struct {
	ByHand       bool       `json:"by_hand"`
	By           string     `json:"by"`
	Reason       string     `json:"reason"`
	ByHandAt     *time.Time `json:"by_hand_at"`
	Barred       string     `json:"barred"` // why the directory does: disabled, expired or gone
	BarredAt     *time.Time `json:"barred_at"`
	RemovedAfter *time.Time `json:"removed_after"`
}

// keptOutForJSON returns nil for somebody who is not kept out.
func keptOutForJSON(out operator.KeptOut) *keptOutJSON {
	if !out.ByHand && out.Barred == directory.NotBarred {
		return nil
	}
	return &keptOutJSON{
		ByHand: out.ByHand, By: out.By, Reason: out.Reason, ByHandAt: instant(out.ByHandAt), Barred: string(out.Barred),
		BarredAt: instant(out.BarredAt), RemovedAfter: instant(out.RemovedAfter),
	}
}

// originForJSON returns nil for a local user.
func originForJSON(ctx context.Context, env *Env, p *directory.Person) (*originJSON, error) {
	o := p.Origin
	if o.Local() {
		return nil, nil
	}
	sources, err := env.Operator.Directories(ctx, env.Actor)
	if err != nil {
		return nil, err
	}
	j := &originJSON{
		DN: o.DN, Object: o.Object, Barred: string(o.At(env.Now)), ExpiresAt: instant(o.ExpiresAt), GoneAt: instant(o.GoneAt),
		SeenAt: instant(o.SeenAt), KeepPhone: o.KeepPhone,
	}
	for _, s := range sources {
		if s.ID == o.Directory {
			j.Directory = s.Name
		}
	}
	entry, err := env.Operator.UserEntry(ctx, env.Actor, p)
	j.Manager, j.Items = entry.Shown.Manager, []string{}
	for _, i := range entry.Items {
		j.Items = append(j.Items, i.Name)
	}
	return j, err
}

func userForJSON(env *Env, u operator.User) userDetail {
	d := userDetail{
		personJSON: personForJSON(u.Person, env.Now), Factors: factorsForJSON(u.Factors),
		WrongCodes: u.Codes.Streak, Invitations: []invitationJSON{}, HasPassword: u.Person.HasPassword,
		SignIns: signInsForJSON(u.SignIns), Language: u.Person.Language, TimeZone: u.Person.TimeZone,
	}
	d.Directory = u.Directory
	d.Status, d.Requirements = u.Status.Name(), requirementsForJSON(u.States, env.Now)
	d.LockedUntilReset = u.Codes.UntilReset()
	if u.Codes.Locked(env.Now) && !d.LockedUntilReset {
		d.LockedUntil = instant(u.Codes.LockedUntil)
	}
	if u.Person.PasswordEnrollsUntil.After(env.Now) {
		d.PasswordOnly = instant(u.Person.PasswordEnrollsUntil)
	}
	for _, f := range u.Factors {
		d.Suspended = d.Suspended || f.Suspended
	}
	for _, i := range u.Invitations {
		d.Invitations = append(d.Invitations, invitationJSON{string(i.Origin), i.CreatedAt.UTC(), i.ExpiresAt.UTC()})
	}
	return d
}

// keptOutFields say who or what keeps somebody out, and since when.
func keptOutFields(env *Env, out *keptOutJSON) []field {
	if out == nil {
		return nil
	}
	var fields []field
	if out.ByHand {
		fields = append(fields, field{"disabled by", sentences(out.By, env.whenGiven(out.ByHandAt), out.Reason)})
	}
	if out.Barred != "" {
		fields = append(fields, field{"kept out there", sentences(out.Barred, env.whenGiven(out.BarredAt))})
	}
	if out.RemovedAfter != nil {
		fields = append(fields, field{"removed after", env.when(*out.RemovedAfter)})
	}
	return fields
}

type invitationJSON struct {
	Origin    string    `json:"origin"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func userFields(env *Env, u userDetail) []field {
	fields := []field{
		{"user", u.Username},
		{"id", directory.ReferencePrefix + u.ID},
		{"name", u.DisplayName},
		{"mail", u.Email},
		{"phone", u.Phone},
		{"groups", joined(u.Groups)},
		{"language", u.Language},
		{"time zone", u.TimeZone},
		{"role", u.Role},
		{"status", inWords(u.Status)},
		{"disabled", yesNo(u.Disabled)},
		{"locked", lockedText(env, u.personJSON)},
		{"password", yesNo(u.HasPassword)},
		{"since", env.when(u.CreatedAt)},
	}
	fields = append(fields, keptOutFields(env, u.KeptOut)...)
	fields = append(fields, requirementFields(env, u.Requirements)...)
	if o := u.Origin; o != nil {
		fields = append(fields, field{"directory", o.Directory}, field{"entry", o.DN}, field{"manager", o.Manager}, field{"kept in step by", joined(o.Items)})
	}
	for _, f := range u.Factors {
		about := strings.TrimSpace(f.Kind + " " + f.ID + " " + f.Label)
		fields = append(fields, field{"factor", suspendedText(about, f.Suspended)})
	}
	if u.WrongCodes > 0 {
		fields = append(fields, field{"wrong codes", strconv.Itoa(u.WrongCodes) + " in a row"})
	}
	for _, invitation := range u.Invitations {
		fields = append(fields, field{"invitation", invitation.Origin + ", until " + env.when(invitation.ExpiresAt)})
	}
	for _, s := range u.SignIns {
		fields = append(fields, field{"sign-in", env.when(s.At) + " " + s.Result + " " + s.Client + " " + s.Reason})
	}
	return fields
}
