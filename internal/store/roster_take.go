package store

import (
	"context"
	"slices"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
)

var _ roster.Store = (*Store)(nil)

// rosterRevision names the row of table revision that whoever gives names to
// people of directories holds, so that two nodes see each other's.
const rosterRevision = "roster"

// TakeEntries implements [roster.Store]. It first tries to write all who are new at
// once; only if a name or an entry is there already they are looked at one by
// one.
func (s *Store) TakeEntries(ctx context.Context, b roster.Batch) ([]roster.Result, error) {
	results, err := s.takeBatch(ctx, b, false)
	if isTaken(err) {
		results, err = s.takeBatch(ctx, b, true)
	}
	return results, err
}

func (s *Store) takeBatch(ctx context.Context, b roster.Batch, oneByOne bool) ([]roster.Result, error) {
	results := make([]roster.Result, len(b.Puts))
	err := s.write(ctx, func(w *work) error {
		clear(results)
		if err := w.bump(ctx, rosterRevision); err != nil {
			return err
		}
		if err := w.alive(ctx, b.Run, b.Now); err != nil {
			return err
		}
		t := &taking{work: w, batch: &b, results: results}
		if err := t.changeKnown(ctx); err != nil {
			return err
		}
		return t.addNew(ctx, oneByOne)
	})
	return results, err
}

// taking is a TakeEntries at work.
type taking struct {
	*work
	batch   *roster.Batch
	results []roster.Result
	sources []directory.Source // read when needed
	asked   bool               // period was read
	period  *enrollment.Period // see itemsPeriod
}

// changeKnown writes what has changed about people who are known.
func (t *taking) changeKnown(ctx context.Context) error {
	var people []id.ID
	for i := range t.batch.Puts {
		if t.batch.Puts[i].Known {
			people = append(people, t.batch.Puts[i].Person.ID)
		}
	}
	if len(people) == 0 {
		return nil
	}
	if err := t.count(ctx, people, 0); err != nil {
		return err
	}
	states, err := t.originStates(ctx, people)
	if err != nil {
		return err
	}
	if err := t.releaseRenamed(ctx, states); err != nil {
		return err
	}
	var persons, origins [][]any
	for i := range t.batch.Puts {
		n := &t.batch.Puts[i]
		state := states[n.Person.ID]
		if !n.Known || state == nil {
			continue
		}
		if ok, err := t.changeOne(ctx, i, state); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		persons = append(persons, changedPersonArgs(&n.Person))
		origins = append(origins, originArgs(&n.Person, originRest{
			name: n.Name, items: withItem(state.items, t.batch.Item), shown: packShown(n.Shown), digest: n.Digest,
		}))
		if state.items == "" {
			if err := t.firstCovered(ctx, state); err != nil {
				return err
			}
		}
		if err := t.followGroups(ctx, &n.Person); err != nil {
			return err
		}
	}
	if err := t.insert(ctx, changePeople, persons); err != nil {
		return err
	}
	if err := t.insert(ctx, changeOrigins, origins); err != nil {
		return err
	}
	return t.enlist(ctx, people)
}

// changeOne completes a person with what an entry does not tell, and says
// what is to become of them. Not ok: nothing is written.
func (t *taking) changeOne(ctx context.Context, i int, state *originState) (ok bool, err error) {
	n := &t.batch.Puts[i]
	p := &n.Person
	p.Key = state.key
	if err := keepUntold(p, &t.batch.Source.Attributes, state); err != nil {
		return false, err
	}
	wasOut := directory.Barred(state.barred).Out() || state.gone != 0
	o := &p.Origin
	o.KeepPhone, o.GoneAt = state.keepPhone, instant(0)
	if micros(n.ReadAt) < state.seen { // a poll knows better who may in
		o.Barred, o.ExpiresAt = directory.Barred(state.barred), instant(state.expires)
		o.GoneAt, o.SeenAt = instant(state.gone), instant(state.seen)
	}
	if o.GoneAt.IsZero() && isReleased(state.key) {
		if t.results[i], err = t.rename(ctx, n); err != nil || t.results[i] != roster.Nothing {
			return false, err
		}
	}
	t.results[i] = roster.Changed
	if wasOut && !o.Barred.Out() && o.GoneAt.IsZero() {
		t.results[i] = roster.Back
		if err := t.wake(ctx, p.ID); err != nil {
			return false, err
		}
		return true, t.log(ctx, t.batch.Back(p.Username))
	}
	return true, nil
}

// keepUntold keeps what an entry does not tell: it may have been typed here.
func keepUntold(p *directory.Person, a *directory.Attributes, was *originState) (err error) {
	if was.keepPhone || a.Phone == "" && a.Mobile == "" {
		p.Phone = was.phone
	}
	if p.Language == "" {
		p.Language = was.lang
	}
	if a.DisplayName == "" {
		p.DisplayName = was.display
	}
	if a.Mail == "" {
		p.Email = was.email
	}
	if a.Groups == "" {
		p.Groups, err = unpackGroups(was.memberships)
	}
	return err
}

// changePeople and changeOrigins only ever meet rows that are there.
var (
	changePeople = newInserter("person", `id, key, username, display_name, email, phone, language, memberships, role,
		disabled, password, password_enrolls_until, link_mailed_at, enrolled, sought, created_at`,
		`ON CONFLICT (id) DO UPDATE SET username = excluded.username, display_name = excluded.display_name,
			email = excluded.email, phone = excluded.phone, language = excluded.language,
			memberships = excluded.memberships, sought = excluded.sought`)
	changeOrigins = newInserter("origin", originTable,
		`ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, dn = excluded.dn, barred = excluded.barred,
			expires_at = excluded.expires_at, gone_at = excluded.gone_at, seen_at = excluded.seen_at,
			items = excluded.items, shown = excluded.shown, digest = excluded.digest, principal = excluded.principal`)
)

// changedPersonArgs are a row of changePeople. What is not changed has any
// value; the key is one that nobody has, so that only the identifier meets.
func changedPersonArgs(p *directory.Person) []any {
	nobodys := "=" + p.ID.String()
	return []any{
		int64(p.ID), nobodys, p.Username, p.DisplayName, p.Email, p.Phone, p.Language, packGroups(p.Groups), "",
		false, nil, 0, 0, false, sought(p), 0,
	}
}

// addNew writes those who are not known.
func (t *taking) addNew(ctx context.Context, oneByOne bool) error {
	var fresh []int
	for i := range t.batch.Puts {
		if !t.batch.Puts[i].Known {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	elsewhere, err := t.namesElsewhere(ctx, fresh)
	if err != nil {
		return err
	}
	var quick, careful []int
	for _, i := range fresh {
		if oneByOne || elsewhere[t.batch.Puts[i].Name] {
			careful = append(careful, i)
		} else {
			quick = append(quick, i)
		}
	}
	for some := range slices.Chunk(quick, peopleAtOnce) {
		if err := t.addSome(ctx, some); err != nil {
			return err
		}
	}
	for _, i := range careful {
		if err := t.addOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// addSome writes many at once; those whose key is taken follow one by one.
func (t *taking) addSome(ctx context.Context, fresh []int) error {
	rows := make([][]any, len(fresh))
	for n, i := range fresh {
		rows[n] = newPersonArgs(&operator.NewPerson{Person: t.batch.Puts[i].Person})
	}
	query, args := insertPeople.statement(t.store.db, rows)
	keys, err := all(ctx, t.work, text, query, args...)
	if err != nil {
		return err
	}
	added := make(map[string]bool, len(keys))
	for _, key := range keys {
		added[key] = true
	}
	var standings, origins [][]any
	var taken []int
	var news []id.ID
	for _, i := range fresh {
		n := &t.batch.Puts[i]
		if !added[n.Person.Key] {
			taken = append(taken, i)
			continue
		}
		delete(added, n.Person.Key) // a second one of the same name is not there
		t.results[i] = roster.Added
		news = append(news, n.Person.ID)
		standings = append(standings, cleanStanding(n.Person.ID))
		origins = append(origins, t.newOrigin(n))
	}
	if err := t.insert(ctx, insertStandings, standings); err != nil {
		return err
	}
	if err := t.insert(ctx, insertOrigins, origins); err != nil {
		return err
	}
	if err := t.enlist(ctx, news); err != nil {
		return err
	}
	if err := t.joinItem(ctx, news); err != nil {
		return err
	}
	for _, i := range fresh {
		if t.results[i] == roster.Added {
			if err := t.welcome(ctx, &t.batch.Puts[i]); err != nil {
				return err
			}
		}
	}
	for _, i := range taken {
		if err := t.addOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func cleanStanding(person id.ID) []any {
	return []any{int64(person), 1, 0, 0, 0, 0, 0, 0, "", rowOfStanding(authn.Standing{}).spent}
}

func (t *taking) newOrigin(n *roster.Put) []any {
	return originArgs(&n.Person, originRest{
		name: n.Name, items: withItem("", t.batch.Item), shown: packShown(n.Shown), digest: n.Digest,
	})
}

// welcome writes what somebody new gets.
func (t *taking) welcome(ctx context.Context, n *roster.Put) error {
	if err := t.followGroups(ctx, &n.Person); err != nil {
		return err
	}
	if role := n.Person.GroupRole; role != directory.NoRole {
		err := run(ctx, t.work, `INSERT INTO group_role (person_id, role) VALUES ($1, $2)`, int64(n.Person.ID), string(role))
		if err != nil {
			return err
		}
		if err := t.log(ctx, t.batch.Appointed(n.Person.Username, role)); err != nil {
			return err
		}
	}
	if n.Welcome.Invite != nil {
		if err := run(ctx, t.work, insertInvitation, invitationArgs(n.Welcome.Invite)...); err != nil {
			return err
		}
	}
	return t.mail(ctx, n.Welcome.Mail)
}
