package store

import (
	"encoding/binary"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/policy"
)

// edition says which of two records is the later one: that of the later
// person (a name may be given again), else that of the higher version.
type edition struct {
	person  id.ID
	version int64
}

func (e edition) before(other edition) bool {
	return e.person < other.person || e.person == other.person && e.version < other.version
}

func editionOf(r *authn.Record) edition { return edition{r.Person.ID, r.Standing.Version} }

// remembered is a record in one piece: its edition in 16 octets, then the
// packed rest; or the edition alone, of a record that is no longer true. It
// takes a third of the memory.
type remembered []byte

const editionSize = 16

func (r remembered) edition() edition {
	return edition{
		id.ID(binary.BigEndian.Uint64(r)),
		int64(binary.BigEndian.Uint64(r[8:])),
	}
}

// forgotten is what is left of a record that is no longer true.
func forgotten(e edition) remembered { return appendEdition(nil, e) }

func (r remembered) isForgotten() bool { return len(r) == editionSize }

func appendEdition(b []byte, e edition) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.person))
	return binary.BigEndian.AppendUint64(b, uint64(e.version))
}

// remember packs a record into room, or as much as it needs. Its reverse is
// record(), which shares no memory with what is packed.
func remember(room remembered, r *authn.Record) remembered {
	p := packer{octets: appendEdition(room[:0], editionOf(r))}
	packPerson(&p, r.Person)
	p.blob(r.Password)
	p.number(int64(len(r.Factors)))
	for _, f := range r.Factors {
		packFactor(&p, f)
	}
	p.number(int64(len(r.Requirements)))
	for i := range r.Requirements {
		packRequirement(&p, &r.Requirements[i])
	}
	packStanding(&p, r.Standing)
	p.number(int64(len(r.Open)))
	for _, c := range r.Open {
		packChallenge(&p, c)
	}
	return p.octets
}

func (r remembered) record() (*authn.Record, error) {
	u := unpacker{rest: string(r[editionSize:])}
	e := r.edition()
	record := &authn.Record{Person: unpackPerson(&u)}
	record.Person.ID = e.person
	record.Password = u.blob()
	record.Person.HasPassword = record.Password != nil
	for range u.count() {
		f := unpackFactor(&u)
		f.Person = e.person
		record.Factors = append(record.Factors, f)
	}
	for range u.count() {
		record.Requirements = append(record.Requirements, unpackRequirement(&u))
	}
	record.Standing = unpackStanding(&u)
	record.Standing.Version = e.version
	for range u.count() {
		c := unpackChallenge(&u)
		c.Person = e.person
		record.Open = append(record.Open, c)
	}
	return record, u.err
}

func packRequirement(p *packer, r *policy.Requirement) {
	p.number(int64(r.Period))
	p.truth(r.Own)
	p.text(string(r.Duty))
	p.text(string(r.Factor))
	p.text(r.Place)
	p.instant(r.Since)
	p.instant(r.Due)
	p.instant(r.PausedAt)
	p.number(int64(r.PostponeLeft))
}

// unpackRequirement leaves Held to whoever knows the periods.
func unpackRequirement(u *unpacker) policy.Requirement {
	return policy.Requirement{
		Period: id.ID(u.number()), Own: u.truth(), Duty: policy.Duty(u.text()), Factor: policy.Wanted(u.text()), Place: u.text(),
		Since: u.instant(), Due: u.instant(), PausedAt: u.instant(), PostponeLeft: int(u.number()),
	}
}

func packPerson(p *packer, d *directory.Person) {
	p.text(d.Key)
	if d.Username == d.Key {
		p.text("")
	} else {
		p.text(d.Username)
	}
	for _, s := range []string{d.DisplayName, d.Email, d.Phone, d.Language, d.TimeZone, string(d.Role), string(d.GroupRole)} {
		p.text(s)
	}
	p.number(int64(len(d.Groups)))
	for _, g := range d.Groups {
		p.text(g)
	}
	p.truth(d.Disabled)
	p.instant(d.CreatedAt)
	p.instant(d.PasswordEnrollsUntil)
	p.instant(d.LinkMailedAt)
	packOrigin(p, &d.Origin)
}

func unpackPerson(u *unpacker) *directory.Person {
	d := &directory.Person{Key: u.text(), Username: u.text()}
	if d.Username == "" {
		d.Username = d.Key
	}
	d.DisplayName, d.Email, d.Phone, d.Language, d.TimeZone = u.text(), u.text(), u.text(), u.text(), u.text()
	d.Role, d.GroupRole = directory.Role(u.text()), directory.Role(u.text())
	for range u.count() {
		d.Groups = append(d.Groups, u.text())
	}
	d.Disabled = u.truth()
	d.CreatedAt, d.PasswordEnrollsUntil, d.LinkMailedAt = u.instant(), u.instant(), u.instant()
	d.Origin = unpackOrigin(u)
	return d
}

// packOrigin takes one octet for a local user.
func packOrigin(p *packer, o *directory.Origin) {
	p.number(int64(o.Directory))
	if o.Local() {
		return
	}
	if octets, ok := directory.ParseObject(o.Object); ok {
		p.blob(octets[:])
	} else {
		p.text(o.Object)
	}
	p.text(o.DN)
	p.text(string(o.Barred))
	p.instant(o.ExpiresAt)
	p.instant(o.GoneAt)
	p.instant(o.SeenAt)
	p.truth(o.KeepPhone)
	p.text(o.Principal)
}

func unpackOrigin(u *unpacker) directory.Origin {
	o := directory.Origin{Directory: id.ID(u.number())}
	if o.Local() {
		return o
	}
	o.Object = u.text()
	if text := objectText([]byte(o.Object)); text != "" {
		o.Object = text
	}
	o.DN, o.Barred = u.text(), directory.Barred(u.text())
	o.ExpiresAt, o.GoneAt, o.SeenAt = u.instant(), u.instant(), u.instant()
	o.KeepPhone = u.truth()
	o.Principal = u.text()
	return o
}

func packFactor(p *packer, f factor.Factor) {
	p.number(int64(f.ID))
	p.text(string(f.Kind))
	p.text(f.Label)
	p.number(int64(f.CodeDigits))
	p.blob(f.Sealed)
	p.instant(f.CreatedAt)
	p.truth(f.Suspended)
}

func unpackFactor(u *unpacker) factor.Factor {
	return factor.Factor{
		ID: id.ID(u.number()), Kind: factor.Kind(u.text()), Label: u.text(), CodeDigits: int(u.number()),
		Sealed: u.blob(), CreatedAt: u.instant(), Suspended: u.truth(),
	}
}

func packStanding(p *packer, s authn.Standing) {
	p.number(int64(s.SignIn))
	p.number(int64(s.SignIn - s.Allowed)) // the same for most
	p.number(int64(s.Codes.Wrong))
	p.instant(s.Codes.Since)
	p.instant(s.Codes.LockedUntil)
	p.number(int64(s.Codes.Locks))
	p.number(int64(s.Codes.Streak))
	p.number(int64(s.Passwords.Wrong))
	p.instant(s.Passwords.Since)
	p.instant(s.Passwords.Last)
	p.number(int64(len(s.Passwords.Sources)))
	for _, o := range s.Passwords.Sources {
		p.text(o.Name)
		p.number(int64(o.Wrong))
		p.instant(o.Since)
		p.instant(o.LockedUntil)
		p.instant(o.Succeeded)
	}
	p.number(int64(len(s.Spent)))
	for _, o := range s.Spent {
		p.number(int64(o.Factor))
		p.number(o.Step)
		p.instant(o.At)
	}
}

func unpackStanding(u *unpacker) authn.Standing {
	var s authn.Standing
	s.SignIn = id.ID(u.number())
	s.Allowed = s.SignIn - id.ID(u.number())
	s.Codes.Wrong = int(u.number())
	s.Codes.Since, s.Codes.LockedUntil = u.instant(), u.instant()
	s.Codes.Locks, s.Codes.Streak = int(u.number()), int(u.number())
	s.Passwords.Wrong = int(u.number())
	s.Passwords.Since, s.Passwords.Last = u.instant(), u.instant()
	for range u.count() {
		s.Passwords.Sources = append(s.Passwords.Sources, lockout.Source{
			Name: u.text(), Wrong: int(u.number()), Since: u.instant(),
			LockedUntil: u.instant(), Succeeded: u.instant(),
		})
	}
	for range u.count() {
		s.Spent = append(s.Spent, factor.Spent{Factor: id.ID(u.number()), Step: u.number(), At: u.instant()})
	}
	return s
}

func packChallenge(p *packer, c challenge.Challenge) {
	p.octets = append(p.octets, c.Hash[:]...)
	p.octets = append(p.octets, c.Once[:]...)
	p.number(int64(c.Attempt))
	for _, s := range []string{string(c.Purpose), c.Door, c.Client, c.Username, c.Key, c.Source} {
		p.text(s)
	}
	p.number(int64(c.Round))
	p.number(int64(c.Wrong))
	p.truth(c.Password)
	p.instant(c.ExpiresAt)
	p.number(int64(c.Invitation))
}

func unpackChallenge(u *unpacker) challenge.Challenge {
	var c challenge.Challenge
	u.fill(c.Hash[:])
	u.fill(c.Once[:])
	c.Attempt = id.ID(u.number())
	c.Purpose = challenge.Purpose(u.text())
	c.Door, c.Client, c.Username, c.Key, c.Source = u.text(), u.text(), u.text(), u.text(), u.text()
	c.Round, c.Wrong = int(u.number()), int(u.number())
	c.Password = u.truth()
	c.ExpiresAt = u.instant()
	c.Invitation = id.ID(u.number())
	return c
}
