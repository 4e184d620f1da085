package store

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// AddPerson implements [operator.People].
func (s *Store) AddPerson(ctx context.Context, p operator.NewPerson, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		added, err := w.addPeople(ctx, []*operator.NewPerson{&p})
		if err != nil {
			return err
		}
		if !added[p.Person.Key] {
			return operator.ErrNameTaken
		}
		return w.log(ctx, log)
	})
}

// peopleAtOnce is how many people are written by one statement.
const peopleAtOnce = 32

var (
	insertPeople = newInserter("person", `id, key, username, display_name, email, phone, language, time_zone, memberships, role,
		disabled, password, password_enrolls_until, link_mailed_at,
		enrolled, sought, created_at`, "ON CONFLICT (key) DO NOTHING RETURNING key")
	insertStandings = newInserter("standing",
		"person_id, version, sign_in, wrong, since, locked_until, locks, streak, passwords, spent", "")
	insertFactors = newInserter("factor",
		"id, person_id, kind, label, code_digits, secret, suspended, created_at", "")
)

// addPeople adds those whose key is not there yet, with all they bring along,
// and returns the keys of whom it added.
func (w *work) addPeople(ctx context.Context, people []*operator.NewPerson) (added map[string]bool, err error) {
	added = make(map[string]bool, len(people))
	for some := range slices.Chunk(people, peopleAtOnce) {
		if err := w.addSome(ctx, some, added); err != nil {
			return nil, err
		}
	}
	return added, nil
}

func (w *work) addSome(ctx context.Context, people []*operator.NewPerson, added map[string]bool) error {
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = newPersonArgs(p)
	}
	query, args := insertPeople.statement(w.store.db, rows)
	keys, err := all(ctx, w, text, query, args...)
	if err != nil {
		return err
	}
	for _, key := range keys {
		added[key] = true
	}
	var (
		standings, factors, origins [][]any
		news                        []id.ID
	)
	clean := rowOfStanding(authn.Standing{})
	for _, p := range people {
		if !added[p.Person.Key] {
			continue
		}
		news = append(news, p.Person.ID)
		standings = append(standings, []any{int64(p.Person.ID), 1, 0, 0, 0, 0, 0, 0, "", clean.spent})
		for _, f := range p.Factors {
			factors = append(factors, factorArgs(f))
		}
		if !p.Person.Origin.Local() {
			origins = append(origins, originArgs(&p.Person, originRest{}))
		}
	}
	if err := w.insert(ctx, insertStandings, standings); err != nil {
		return err
	}
	if err := w.insert(ctx, insertFactors, factors); err != nil {
		return err
	}
	if err := w.insert(ctx, insertOrigins, origins); err != nil {
		return err
	}
	if err := w.enlist(ctx, news); err != nil {
		return err
	}
	for _, p := range people {
		if added[p.Person.Key] {
			if err := w.addRest(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRest adds what few people bring along.
func (w *work) addRest(ctx context.Context, p *operator.NewPerson) error {
	if p.Invite != nil {
		if err := run(ctx, w, insertInvitation, invitationArgs(p.Invite)...); err != nil {
			return err
		}
	}
	if err := w.addDuties(ctx, p.Person.ID, p.Requirements); err != nil {
		return err
	}
	if err := w.followGroups(ctx, &p.Person); err != nil {
		return err
	}
	return w.mail(ctx, p.Mail)
}

// insert writes rows, peopleAtOnce by one statement.
func (w *work) insert(ctx context.Context, into inserter, rows [][]any) error {
	for some := range slices.Chunk(rows, peopleAtOnce) {
		query, args := into.statement(w.store.db, some)
		if err := run(ctx, w, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func newPersonArgs(n *operator.NewPerson) []any {
	p := &n.Person
	return []any{
		int64(p.ID), p.Key, p.Username, p.DisplayName, p.Email, p.Phone, p.Language, p.TimeZone, packGroups(p.Groups), string(p.Role),
		p.Disabled, n.Password, micros(p.PasswordEnrollsUntil), micros(p.LinkMailedAt),
		enrolled(n.Factors), sought(p), micros(p.CreatedAt),
	}
}

// enrolled reports what column person.enrolled says.
func enrolled(factors []factor.Factor) bool {
	for _, f := range factors {
		if f.Usable() {
			return true
		}
	}
	return false
}
