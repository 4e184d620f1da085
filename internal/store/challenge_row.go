package store

import (
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
)

const challengeColumns = `hash, attempt, person_id, purpose, door, client, username, key, source,
	round, wrong, password, expires_at, once, invitation`

const insertChallenge = `INSERT INTO challenge (` + challengeColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

const deleteChallenge = `DELETE FROM challenge WHERE hash = $1`

func challengeArgs(c *challenge.Challenge) []any {
	var person any
	if c.Person != 0 {
		person = int64(c.Person)
	}
	return []any{
		c.Hash[:], int64(c.Attempt), person, string(c.Purpose), c.Door, c.Client, c.Username, c.Key, c.Source,
		int64(c.Round), int64(c.Wrong), c.Password, micros(c.ExpiresAt), c.Once[:], int64(c.Invitation),
	}
}

// scanChallenge reads challengeColumns.
func scanChallenge(row scanner) (c challenge.Challenge, err error) {
	var (
		hash, once                                 []byte
		attempt, round, wrong, expires, invitation int64
		person                                     *int64
		purpose                                    string
	)
	err = row.Scan(&hash, &attempt, &person, &purpose, &c.Door, &c.Client, &c.Username, &c.Key, &c.Source,
		&round, &wrong, &c.Password, &expires, &once, &invitation)
	copy(c.Hash[:], hash)
	copy(c.Once[:], once)
	if person != nil {
		c.Person = id.ID(*person)
	}
	c.Attempt, c.Purpose = id.ID(attempt), challenge.Purpose(purpose)
	c.Round, c.Wrong, c.ExpiresAt, c.Invitation = int(round), int(wrong), instant(expires), id.ID(invitation)
	return c, err
}

const invitationColumns = `id, code, person_id, origin, attempt, client, source, created_at, expires_at, spent_at`

// insertInvitation keeps an invitation that is there already.
const insertInvitation = `INSERT INTO invitation (` + invitationColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`

func invitationArgs(i *enrollment.Invitation) []any {
	return []any{
		int64(i.ID), i.Code[:], int64(i.Person), string(i.Origin), int64(i.Attempt), i.Client, i.Source,
		micros(i.CreatedAt), micros(i.ExpiresAt), micros(i.SpentAt),
	}
}

// scanInvitation reads invitationColumns.
func scanInvitation(row scanner) (i enrollment.Invitation, err error) {
	var (
		code                                          []byte
		iid, person, attempt, created, expires, spent int64
		origin                                        string
	)
	err = row.Scan(&iid, &code, &person, &origin, &attempt, &i.Client, &i.Source, &created, &expires, &spent)
	copy(i.Code[:], code)
	i.ID, i.Person, i.Attempt, i.Origin = id.ID(iid), id.ID(person), id.ID(attempt), enrollment.Origin(origin)
	i.CreatedAt, i.ExpiresAt, i.SpentAt = instant(created), instant(expires), instant(spent)
	return i, err
}
