package roster

import (
	"context"

	"example.com/muster/internal/directory"
)

// Selection says whom of a directory an administrator has ticked. Several
// fields add up; the zero Selection is everybody.
type Selection struct {
	Objects []string // entries, see directory.Origin
	Groups  []string // DNs of groups, with the groups in them
}

// some reports whether it is not everybody.
func (s Selection) some() bool { return len(s.Objects)+len(s.Groups) > 0 }

// Found is an entry of a selection.
type Found struct {
	Entry directory.Entry
	There bool             // somebody here is that entry
	Why   directory.Remark // it cannot be imported; empty: it can, or is there
	// Warned is what of it cannot be used, if it can be imported.
	Warned []directory.Remark
}

// Census counts what was found.
type Census struct {
	New, There, Skipped int
}

// judge is an entry of a selection as somebody new, or why it cannot be.
func (r *Roster) judge(t *translator, f *Found) (n Put, warnings []directory.Remark, refused directory.Remark) {
	if f.Why != "" {
		return Put{}, nil, f.Why
	}
	return r.newPut(t, &f.Entry)
}

// Preview says what importing a selection would do. It returns at most limit
// of those who are new or skipped, and then of those of a selection who are
// there, and counts all.
func (r *Roster) Preview(ctx context.Context, s directory.Source, sel Selection, limit int) (list []Found, c Census, err error) {
	p := &preview{Roster: r, source: s, t: newTranslator(s, r.Domains), limit: limit, given: map[string]bool{}}
	err = r.each(ctx, s, sel, func(f Found) error {
		if f.There {
			if p.census.There++; sel.some() && len(p.there) < limit {
				p.there = append(p.there, f)
			}
			return nil
		}
		return p.add(ctx, f)
	})
	if err == nil {
		err = p.settle(ctx)
	}
	list = append(p.list, p.there...)
	return list[:min(len(list), limit)], p.census, err
}

// preview is a Preview at work.
type preview struct {
	*Roster
	source directory.Source
	t      *translator
	limit  int
	list   []Found // who is new, or skipped
	there  []Found
	census Census
	given  map[string]bool // names that the import would have given by then
	some   []Found         // whose names have not been looked at yet
	names  []string        // theirs
}

func (p *preview) add(ctx context.Context, f Found) error {
	n, warnings, refused := p.judge(p.t, &f)
	f.Why, f.Warned = refused, warnings
	p.some, p.names = append(p.some, f), append(p.names, n.Name)
	if len(p.some) < takeAtOnce {
		return nil
	}
	return p.settle(ctx)
}

// settle looks at whether those added can have their names.
func (p *preview) settle(ctx context.Context) error {
	refused, err := p.Store.RefusedNames(ctx, p.source, p.names)
	if err != nil {
		return err
	}
	for i, f := range p.some {
		name := p.names[i]
		if f.Why == "" {
			f.Why = refused[name].refusal()
		}
		if f.Why == "" && p.given[name] {
			f.Why = directory.RemarkNameTwice
		}
		if f.Why == "" {
			p.given[name] = true
			p.census.New++
		} else {
			p.census.Skipped++
		}
		if len(p.list) < p.limit {
			p.list = append(p.list, f)
		}
	}
	p.some, p.names = p.some[:0], p.names[:0]
	return nil
}
