package store

import (
	"context"
	"slices"
	"strconv"

	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// Lists of people select by table roll: one narrow row a person, with what is
// asked for about them, so that one pass is enough. It follows from the person's
// own row, from where they come, from their factors and from what is required of
// them alone; what it means at an instant is worked out when it is read. See
// people_status.go.

// metAt is when the first factor was set up that does what row duty requires;
// see policy.Requirement.MetBy.
const metAt = `coalesce((SELECT min(f.created_at) FROM factor f WHERE f.person_id = duty.person_id
	AND NOT f.suspended AND f.kind <> 'recovery'
	AND (duty.duty = 'exempt' OR duty.factor IN ('', 'any') OR f.kind = duty.factor)), 0)`

// The bits of column roll.owes for each of owedKinds: these two, moved by two
// for each before it.
const (
	owesNow    = 1
	owesPaused = 2
)

// The bits of column roll.has.
const (
	hasTOTP    = 1
	hasPasskey = 2
	hasAny     = 4
)

// owedKind is one kind of factor that can be owed.
type owedKind struct {
	wanted policy.Wanted
	column string // of the first end
	match  string // of row d of table duty
	bits   int    // how far its bits of column owes are moved
	asked  int    // the bit of column owes that says it is required, met or not
}

var owedKinds = []owedKind{
	{policy.WantTOTP, "due_totp", "d.factor = 'totp'", 0, 64},
	{policy.WantPasskey, "due_passkey", "d.factor = 'passkey'", 2, 128},
	{policy.WantAny, "due_any", "d.factor IN ('', 'any')", 4, 256},
}

// What writes the facts anew, of the people that a list names.
var (
	followDuties = `UPDATE duty SET met_at = ` + metAt
	followOwed   = owedUpdate()
	enlist       = `INSERT INTO roll (person_id, key, sought, memberships, directory_id, disabled, staff, mailless, has)
		SELECT p.id, p.key, p.sought, p.memberships, coalesce((SELECT o.directory_id FROM origin o WHERE o.person_id = p.id), 0),
			p.disabled, p.role <> '', p.email = '',
			` + hasKind("= 'totp'", hasTOTP) + ` + ` + hasKind("= 'passkey'", hasPasskey) + ` + ` + hasKind("<> 'recovery'", hasAny) + `
		FROM person p WHERE `
	enlistAgain = ` ON CONFLICT (person_id) DO UPDATE SET key = excluded.key, sought = excluded.sought, memberships = excluded.memberships,
			directory_id = excluded.directory_id, disabled = excluded.disabled, staff = excluded.staff, mailless = excluded.mailless, has = excluded.has`
)

func hasKind(is string, bit int) string {
	return `CASE WHEN EXISTS (SELECT 1 FROM factor f WHERE f.person_id = p.id AND NOT f.suspended
		AND f.kind ` + is + `) THEN ` + strconv.Itoa(bit) + ` ELSE 0 END`
}

// enlist brings the roll in step with people's own rows, where they come from
// and their factors. Whoever is new comes on it.
func (w *work) enlist(ctx context.Context, people []id.ID) error {
	for some := range slices.Chunk(people, peopleAtOnce) {
		if err := run(ctx, w, enlist+`p.id IN `+numbered(1, len(some))+enlistAgain, idArgs(some)...); err != nil {
			return err
		}
	}
	return nil
}

// enlistAll makes the roll where there is none.
func (w *work) enlistAll(ctx context.Context) error {
	if err := run(ctx, w, enlist+`TRUE`); err != nil {
		return err
	}
	return run(ctx, w, followOwed)
}

// owedUpdate is the statement that adds up what is owed.
func owedUpdate() string {
	columns, owes, ends := "owes", "0", ""
	for _, k := range owedKinds {
		flag := func(bit int, condition string) string {
			return " + " + strconv.Itoa(bit) + " * coalesce(max(CASE WHEN " + k.match + " AND " + condition + " THEN 1 ELSE 0 END), 0)"
		}
		owes += flag(owesNow<<k.bits, "d.met_at = 0 AND d.duty = 'required'")
		owes += flag(owesPaused<<k.bits, "d.met_at = 0 AND d.duty = 'in-period' AND d.paused_at <> 0 AND d.due > d.paused_at")
		owes += flag(k.asked, required)
		columns += ", " + k.column
		ends += `, coalesce(min(CASE WHEN d.met_at = 0 AND ` + k.match + ` AND d.duty = 'in-period' AND (d.paused_at = 0 OR d.due <= d.paused_at)
			THEN CASE WHEN d.paused_at <> 0 OR d.due < 1 THEN 1 ELSE d.due END END), 0)`
	}
	return `UPDATE roll SET (` + columns + `, exempt_until) = (SELECT ` + owes + ends + `,
			coalesce(max(CASE WHEN d.duty = 'exempt' THEN CASE WHEN d.due = 0 THEN 9223372036854775807 ELSE d.due END END), 0)
		FROM duty d WHERE d.person_id = roll.person_id)`
}

// followOwing brings the roll in step with people's requirements, and with the
// rest of what it follows from too if that may have changed.
func (w *work) followOwing(ctx context.Context, people []id.ID, rest bool) error {
	for some := range slices.Chunk(people, peopleAtOnce) {
		for _, query := range []string{followDuties + ` WHERE met_at <> ` + metAt + ` AND person_id IN `, followOwed + ` WHERE person_id IN `} {
			if err := run(ctx, w, query+numbered(1, len(some)), idArgs(some)...); err != nil {
				return err
			}
		}
	}
	if !rest {
		return nil
	}
	return w.enlist(ctx, people)
}
