package operator_test

import (
	"context"
	"errors"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/store/storetest"
)

// forest is the directory that some people of an office come from: whom it
// keeps out, by entry, and whether it answers at all. Nobody signs in there.
type forest struct {
	authn.Directories

	out    map[string]directory.Barred
	silent bool
}

var errSilent = errors.New("no answer")

func (*forest) Any() bool { return false }

func (f *forest) Current(_ context.Context, o directory.Origin) (directory.Barred, error) {
	if f.silent {
		return "", errSilent
	}
	return f.out[o.DN], nil
}

// keepsOut has the directory keep somebody out, of which the record knows
// nothing yet.
func (f *forest) keepsOut(dn string, why directory.Barred) {
	if f.out == nil {
		f.out = map[string]directory.Barred{}
	}
	f.out[dn] = why
}

// fromForest adds somebody of the directory, with an authenticator.
func (o *office) fromForest(name string, role directory.Role) {
	o.t.Helper()
	source := storetest.Forest()
	if err := o.store.AddDirectory(o.t.Context(), source, o.entry()); err != nil {
		o.t.Fatal(err)
	}
	plain, err := totp.ParseBase32(secret.New(seed))
	if err != nil {
		o.t.Fatal(err)
	}
	p := storetest.Somebody(name)
	p.Person.ID, p.Person.Role = o.IDs.Next(o.now), role
	p.Person.Origin = directory.Origin{Directory: source.ID, Object: "00000000-0000-4000-8000-000000000001", DN: name, SeenAt: o.now}
	f := factor.Factor{ID: o.IDs.Next(o.now), Person: p.Person.ID, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: o.now}
	credential := totp.Credential{Params: totp.Defaults(), Key: plain}
	f.Sealed = o.keys.Seal(nil, factor.SecretPlace(f.ID), credential.Encode())
	p.Factors = []factor.Factor{f}
	if err := o.store.AddPerson(o.t.Context(), p, o.entry()); err != nil {
		o.t.Fatal(err)
	}
}
