package store

import (
	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
)

const signInColumns = `id, person_id, previous, username, door, client, source, result, reason, method, trace, once`

const insertSignIn = `INSERT INTO signin (` + signInColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

// appendSignIn appends the arguments of insertSignIn.
func appendSignIn(args []any, s *audit.SignIn, previous id.ID) []any {
	return append(args,
		int64(s.ID), int64(s.Person), int64(previous), s.Username, s.Door, s.Client, s.Source,
		string(s.Result), s.Reason, s.Method, s.Trace, s.Once[:],
	)
}

// scanSignIn reads signInColumns.
func scanSignIn(row scanner) (s audit.SignIn, err error) {
	var (
		sid, person, previous int64
		result                string
		once                  []byte
	)
	err = row.Scan(&sid, &person, &previous, &s.Username, &s.Door, &s.Client, &s.Source,
		&result, &s.Reason, &s.Method, &s.Trace, &once)
	copy(s.Once[:], once)
	s.ID, s.Person, s.Previous, s.Result = id.ID(sid), id.ID(person), id.ID(previous), audit.Result(result)
	return s, err
}

const insertChange = `INSERT INTO change (id, actor_person, actor_name, via, source, action, subject, reason, detail)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func changeArgs(c audit.Change) []any {
	return []any{
		int64(c.ID), int64(c.Actor.Person), c.Actor.Name, c.Actor.Via, c.Actor.Source,
		c.Action, c.Subject, c.Reason, c.Detail,
	}
}

// scanChange reads the columns of insertChange, in its order.
func scanChange(row scanner) (c audit.Change, err error) {
	var cid, person int64
	err = row.Scan(&cid, &person, &c.Actor.Name, &c.Actor.Via, &c.Actor.Source,
		&c.Action, &c.Subject, &c.Reason, &c.Detail)
	c.ID, c.Actor.Person = id.ID(cid), id.ID(person)
	return c, err
}
