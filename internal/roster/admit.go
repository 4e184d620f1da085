package roster

import (
	"context"
	"slices"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/problem"
)

// Admit makes a record of one entry that was found, or takes back whoever it is
// and was gone, and returns their key. Where a directory has items, one of them
// must include the entry, else it returns authn.ErrNotIncluded. It returns
// another problem.Conflict if there can be no record.
func (r *Roster) Admit(ctx context.Context, s directory.Source, e directory.Entry) (key string, err error) {
	n, _, refused := r.newPut(newTranslator(s, r.Domains), &e)
	if refused != "" {
		return "", notAdmitted(refused)
	}
	never, err := r.wasThere(ctx, s, &n)
	if err != nil {
		return "", err
	}
	if !never {
		if err := r.mustInclude(ctx, s, e.Object); err != nil {
			return "", err
		}
	}
	roles, err := r.rolesOf(ctx, s)
	if err != nil {
		return "", err
	}
	n.Person.GroupRole = roles[e.Object]
	puts := []Put{n}
	results, err := r.Store.TakeEntries(ctx, Batch{Source: s, Puts: puts, Now: r.Now(), Back: r.backEntry(s.Name), Appointed: r.appointEntry(s.Name)})
	if err != nil {
		return "", err
	}
	if why := results[0].refusal(); why != "" {
		return "", notAdmitted(why)
	}
	key, found, err := r.Store.KeyOf(ctx, s.ID, e.Object)
	if err == nil && !found {
		return "", notAdmitted(directory.RemarkHeldGone)
	}
	return key, err
}

// wasThere notes whose record is of the entry already, and reports whether no
// item has ever covered them: such a person was imported, or came before there
// were items, and is nobody's to leave out.
func (r *Roster) wasThere(ctx context.Context, s directory.Source, n *Put) (never bool, err error) {
	object, ok := directory.ParseObject(n.Person.Origin.Object)
	if !ok {
		return false, nil
	}
	err = r.Store.KnownEntries(ctx, s.ID, 0, []directory.Object{object}, func(k Known) {
		n.Known, n.Person.ID, never = true, k.Person, k.Never
	})
	return never, err
}

// mustInclude returns authn.ErrNotIncluded if the directory has items and none
// of them includes the entry. An item that looks where nothing is includes nobody.
func (r *Roster) mustInclude(ctx context.Context, s directory.Source, object string) error {
	items, err := r.Store.SyncItems(ctx)
	if err != nil {
		return err
	}
	some := false
	for _, i := range items {
		if i.Source != s.ID {
			continue
		}
		some = true
		if included, err := r.Reader.Includes(ctx, s, i, object); err != nil || included {
			return err
		}
	}
	if some {
		return authn.ErrNotIncluded
	}
	return nil
}

func notAdmitted(why directory.Remark) error {
	return problem.New(problem.Conflict, "the entry of the directory can get no record (%s)", why)
}

// newPut is an entry as somebody new who is covered by no item.
func (r *Roster) newPut(t *translator, e *directory.Entry) (n Put, warnings []directory.Remark, refused directory.Remark) {
	if _, ok := directory.ParseObject(e.Object); !ok {
		return Put{}, nil, directory.RemarkNoIdentity.About(t.source.Preset.Identity())
	}
	username, name, refused := t.name(e)
	if refused != "" {
		return Put{}, nil, refused
	}
	now := r.Now()
	n = Put{Name: name, Shown: shown(e), ReadAt: now}
	p := &n.Person
	p.ID, p.CreatedAt, p.PasswordEnrollsUntil = r.IDs.Next(now), now, now.Add(enrollment.PasswordAlone)
	warnings = t.person(e, p)
	p.Username, p.Key, p.Origin.SeenAt = username, name, now
	return n, warnings, ""
}

// refusal says why nothing of an entry was taken over; empty: something was,
// or was before.
func (r Result) refusal() directory.Remark {
	switch r {
	case NameOfLocal:
		return directory.RemarkLocalName
	case NameTwice:
		return directory.RemarkNameTwice
	case NameCollision:
		return directory.RemarkNameCollision
	default:
		return ""
	}
}

// Import makes records of a selection. Whoever is there already is left as
// they are. It returns whom it did not import, and why, and then up to mostRows
// of those whom it did, and of those who were there; an error says that it ended
// early.
func (r *Roster) Import(ctx context.Context, s directory.Source, sel Selection, progress func(done, total int64)) ([]Row, Census, error) {
	t := newTranslator(s, r.Domains)
	roles, err := r.rolesOf(ctx, s)
	if err != nil {
		return nil, Census{}, err
	}
	var puts []Put
	var done tally
	write := func() error {
		results, err := r.Store.TakeEntries(ctx, Batch{Source: s, Puts: puts, Now: r.Now(), Back: r.backEntry(s.Name), Appointed: r.appointEntry(s.Name)})
		if err != nil {
			return err
		}
		for i, result := range results {
			done.add(entryOf(&puts[i]), result)
		}
		puts = puts[:0]
		if progress != nil {
			progress(int64(done.New+done.There+done.Skipped), 0)
		}
		return nil
	}
	err = r.each(ctx, s, sel, func(f Found) error {
		if f.There {
			done.wasThere(&f.Entry)
			return nil
		}
		n, warnings, refused := r.judge(t, &f)
		if refused != "" {
			done.refuse(&f.Entry, refused)
			return nil
		}
		n.Person.GroupRole = roles[f.Entry.Object]
		if !f.Entry.Barred.Out() {
			n.Welcome.Mail = r.tell(&n.Person)
		}
		for _, w := range warnings {
			done.problems = append(done.problems, rowOf(RowWarned, &f.Entry, w))
		}
		if puts = append(puts, n); len(puts) < takeAtOnce {
			return nil
		}
		return write()
	})
	if err == nil && len(puts) > 0 {
		err = write()
	}
	return slices.Concat(done.problems, done.imported, done.there), done.Census, err
}

// tally is what an import has come to.
type tally struct {
	Census
	problems, imported, there []Row
}

func (t *tally) add(e *directory.Entry, result Result) {
	switch why := result.refusal(); {
	case why != "":
		t.refuse(e, why)
	case result == Added:
		if t.New++; len(t.imported) < mostRows {
			t.imported = append(t.imported, rowOf(RowImported, e, ""))
		}
	default:
		t.wasThere(e)
	}
}

func (t *tally) refuse(e *directory.Entry, why directory.Remark) {
	t.Skipped++
	t.problems = append(t.problems, rowOf(RowRefused, e, why))
}

func (t *tally) wasThere(e *directory.Entry) {
	if t.There++; len(t.there) < mostRows {
		t.there = append(t.there, rowOf(RowThere, e, ""))
	}
}

// NotReadError says that a directory did not say all that it was asked.
type NotReadError struct{ Cause error }

// Error says why.
func (e *NotReadError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *NotReadError) Unwrap() error { return e.Cause }

// each hands over every entry of a selection, once.
func (r *Roster) each(ctx context.Context, s directory.Source, sel Selection, do func(Found) error) error {
	seen := map[string]bool{}
	var ours error // what ended it, if that was not the directory
	piece := func(piece []directory.EntryChange) error {
		ours = r.sort(ctx, s, piece, seen, do)
		return ours
	}
	if len(sel.Objects) > 0 {
		entries, err := r.Reader.Lookup(ctx, s, sel.Objects)
		if err != nil {
			return &NotReadError{err}
		}
		changes := make([]directory.EntryChange, len(entries))
		for i, e := range entries {
			changes[i].Entry = e
		}
		if err := piece(changes); err != nil {
			return err
		}
	}
	groups := sel.Groups
	if len(sel.Objects)+len(groups) == 0 {
		groups = []string{""}
	}
	for _, group := range groups {
		everybody := directory.Item{Source: s.ID, Group: group}
		_, err := r.Reader.Read(ctx, s, everybody, nil, nil, piece)
		switch {
		case ours != nil:
			return ours
		case err != nil:
			return &NotReadError{err}
		}
	}
	return nil
}

// sort says of one piece who is there.
func (r *Roster) sort(ctx context.Context, s directory.Source, piece []directory.EntryChange, seen map[string]bool, do func(Found) error) error {
	var objects []directory.Object
	for i := range piece {
		if o, ok := directory.ParseObject(piece[i].Entry.Object); ok {
			objects = append(objects, o)
		}
	}
	there := map[string]bool{}
	if len(objects) > 0 {
		err := r.Store.KnownEntries(ctx, s.ID, 0, objects, func(k Known) { there[k.Object.String()] = true })
		if err != nil {
			return err
		}
	}
	for i := range piece {
		e := piece[i].Entry
		if piece[i].Gone || seen[e.Object] && e.Object != "" {
			continue
		}
		seen[e.Object] = true
		e.Groups = slices.Clone(e.Groups)
		if err := do(Found{Entry: e, There: there[e.Object], Why: piece[i].Refused}); err != nil {
			return err
		}
	}
	return nil
}
