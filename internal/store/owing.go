package store

import (
	"context"
	"slices"
	"strconv"

	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// Lists of people select by facts that are kept in the person's own row, so
// that one pass over an index is enough. They follow from the person's factors
// and requirements alone; what they mean at an instant is worked out when they
// are read. See people_status.go.

// metAt is when the first factor was set up that does what row duty requires;
// see policy.Requirement.MetBy.
const metAt = `coalesce((SELECT min(f.created_at) FROM factor f WHERE f.person_id = duty.person_id
	AND NOT f.suspended AND f.kind <> 'recovery'
	AND (duty.duty = 'exempt' OR duty.factor IN ('', 'any') OR f.kind = duty.factor)), 0)`

// The bits of column person.owes for each of owedKinds: these two, moved by
// two for each before it.
const (
	owesNow    = 1
	owesPaused = 2
)

// The bits of column person.has.
const (
	hasTOTP    = 1
	hasPasskey = 2
)

// owedKind is one kind of factor that can be owed.
type owedKind struct {
	wanted policy.Wanted
	column string // of the first end
	match  string // of row d of table duty
	bits   int    // how far its bits of column owes are moved
}

var owedKinds = []owedKind{
	{policy.WantTOTP, "due_totp", "d.factor = 'totp'", 0},
	{policy.WantPasskey, "due_passkey", "d.factor = 'passkey'", 2},
	{policy.WantAny, "due_any", "d.factor IN ('', 'any')", 4},
}

// What writes the facts anew, of the people that a list names.
var (
	followDuties  = `UPDATE duty SET met_at = ` + metAt
	followFactors = `UPDATE person SET has = ` + hasKind("totp", hasTOTP) + ` + ` + hasKind("passkey", hasPasskey)
	followOwed    = owedUpdate()
)

func hasKind(kind string, bit int) string {
	return `CASE WHEN EXISTS (SELECT 1 FROM factor f WHERE f.person_id = person.id AND NOT f.suspended
		AND f.kind = '` + kind + `') THEN ` + strconv.Itoa(bit) + ` ELSE 0 END`
}

// owedUpdate is the statement that adds up what is owed.
func owedUpdate() string {
	columns, owes, ends := "owes", "0", ""
	for _, k := range owedKinds {
		flag := func(bit int, condition string) string {
			return " + " + strconv.Itoa(bit<<k.bits) + " * coalesce(max(CASE WHEN d.met_at = 0 AND " + k.match + " AND " + condition + " THEN 1 ELSE 0 END), 0)"
		}
		owes += flag(owesNow, "d.duty = 'required'")
		owes += flag(owesPaused, "d.duty = 'in-period' AND d.paused_at <> 0 AND d.due > d.paused_at")
		columns += ", " + k.column
		ends += `, coalesce(min(CASE WHEN d.met_at = 0 AND ` + k.match + ` AND d.duty = 'in-period' AND (d.paused_at = 0 OR d.due <= d.paused_at)
			THEN CASE WHEN d.paused_at <> 0 OR d.due < 1 THEN 1 ELSE d.due END END), 0)`
	}
	return `UPDATE person SET (` + columns + `, exempt_until) = (SELECT ` + owes + ends + `,
			coalesce(max(CASE WHEN d.duty = 'exempt' THEN CASE WHEN d.due = 0 THEN 9223372036854775807 ELSE d.due END END), 0)
		FROM duty d WHERE d.person_id = person.id)`
}

// followOwing brings the facts of people in step with their requirements, and
// with their factors too if those may have changed.
func (w *work) followOwing(ctx context.Context, people []id.ID, factors bool) error {
	queries := []string{followDuties + ` WHERE met_at <> ` + metAt + ` AND person_id IN `, followOwed + ` WHERE id IN `}
	if factors {
		queries = append(queries, followFactors+` WHERE id IN `)
	}
	for some := range slices.Chunk(people, peopleAtOnce) {
		args := make([]any, len(some))
		for i, p := range some {
			args[i] = int64(p)
		}
		for _, query := range queries {
			if err := run(ctx, w, query+numbered(1, len(args)), args...); err != nil {
				return err
			}
		}
	}
	return nil
}
