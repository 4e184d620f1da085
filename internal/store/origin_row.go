package store

import (
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// fromDirectory joins where person p comes from; local people come from nowhere.
const fromDirectory = ` LEFT JOIN origin o ON o.person_id = p.id`

// barredOut are the reasons that keep somebody out; see directory.Barred.Out.
const barredOut = `('` + string(directory.BarredDisabled) + `', '` + string(directory.BarredExpired) + `', '` +
	string(directory.BarredGone) + `')`

// keptOut tells of a row o of table origin whether its directory keeps the
// person out; see directory.Origin.At. The instant is a parameter or a place
// for one, at.
func keptOut(at string) string {
	return `(o.barred IN ` + barredOut + ` OR o.expires_at <> 0 AND o.expires_at <= ` + at + `)`
}

// excluded tells of person p, with fromDirectory, whether they are kept out of
// everything; see directory.Person.Excluded. For many people see
// excludedOfMany.
func excluded(at string) string { return `(p.disabled OR coalesce(` + keptOut(at) + `, FALSE))` }

// excludedOfMany is excluded for row p of table roll: it looks at those only
// whom their directory keeps out.
func excludedOfMany(at string) string {
	return `(p.disabled OR p.person_id IN (SELECT person_id FROM origin WHERE barred <> '' AND barred IN ` + barredOut + `
		UNION ALL SELECT person_id FROM origin WHERE expires_at <> 0 AND expires_at <= ` + at + `))`
}

// keptOutPeople selects everybody who is kept out, by their identifiers. Each of
// the few is found by an index.
func keptOutPeople(at string) string {
	return `(SELECT person_id FROM roll WHERE disabled
		UNION ALL SELECT person_id FROM origin WHERE barred <> '' AND barred IN ` + barredOut + `
		UNION ALL SELECT person_id FROM origin WHERE expires_at <> 0 AND expires_at <= ` + at + `)`
}

// originColumns are in the order of originRow.targets.
const originColumns = `coalesce(o.directory_id, 0), coalesce(o.object, ''), coalesce(o.dn, ''), coalesce(o.barred, ''),
	coalesce(o.expires_at, 0), coalesce(o.gone_at, 0), coalesce(o.seen_at, 0), coalesce(o.keep_phone, FALSE),
	coalesce(o.principal, '')`

// originRow is what every record has of table origin.
type originRow struct {
	directory                 int64
	object                    []byte
	dn, barred, principal     string
	expiresAt, goneAt, seenAt int64
	keepPhone                 bool
}

func (r *originRow) targets() []any {
	return []any{&r.directory, &r.object, &r.dn, &r.barred, &r.expiresAt, &r.goneAt, &r.seenAt, &r.keepPhone, &r.principal}
}

func (r *originRow) origin() directory.Origin {
	if r.directory == 0 {
		return directory.Origin{}
	}
	return directory.Origin{
		Directory: id.ID(r.directory), Object: objectText(r.object), DN: r.dn, Barred: directory.Barred(r.barred),
		ExpiresAt: instant(r.expiresAt), GoneAt: instant(r.goneAt), SeenAt: instant(r.seenAt), KeepPhone: r.keepPhone,
		Principal: r.principal,
	}
}

// originRest is what only the keeping in step needs of table origin.
type originRest struct {
	name   string // empty: as in the key
	items  string
	shown  string
	digest int64
}

const originTable = `person_id, directory_id, object, name, dn, barred, expires_at, gone_at,
	seen_at, keep_phone, items, shown, digest, principal`

var insertOrigins = newInserter("origin", originTable, "")

// originArgs are a row of insertOrigins.
func originArgs(p *directory.Person, rest originRest) []any {
	o := &p.Origin
	if rest.name == "" {
		rest.name = bareKey(p.Key)
	}
	return []any{
		int64(p.ID), int64(o.Directory), objectOctets(o.Object), rest.name, o.DN, string(o.Barred),
		micros(o.ExpiresAt), micros(o.GoneAt), micros(o.SeenAt), o.KeepPhone, rest.items, rest.shown, rest.digest,
		o.Principal,
	}
}

// bareKey is a key without the domain that tells namesakes apart.
func bareKey(key string) string {
	bare, _, _ := strings.Cut(key, "@")
	return bare
}

// objectOctets is an object as it is stored; a text that is none becomes one
// that no entry has.
func objectOctets(text string) []byte {
	o, _ := directory.ParseObject(text)
	return o[:]
}

// objectText is an object as it was stored.
func objectText(octets []byte) string {
	if len(octets) != len(directory.Object{}) {
		return ""
	}
	return directory.Object(octets).String()
}
