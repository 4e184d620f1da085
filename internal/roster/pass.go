package roster

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

const (
	takeAtOnce = 150    // people in one transaction: the writer is held for less than 20 ms
	shutAtOnce = 100    // likewise
	rowsAtOnce = 200    // likewise
	mostAgain  = 10_000 // entries whose name is taken that are tried once more at the end
)

// pass is one run at work.
type pass struct {
	*Roster
	source directory.Source
	item   directory.Item
	opt    RunOptions
	t      *translator
	next   Progress // where the next run begins

	// While reading: who is known, and who of them was met.
	all     bool    // known is everybody of the directory
	known   []Known // by object
	met     []bool  // of known, if that is everybody
	objects map[directory.Object]bool
	puts    []Put
	began   [2]time.Time // when the last two pieces were handed over
	listed  bool         // everybody who is there was named
	mails   map[uint64]id.ID
	roles   map[string]directory.Role // by groups, by object

	outs    []Out
	held    []Out
	waits   map[directory.Object]directory.Remark // whom earlier runs hold back that this one does not supersede, and why
	stay    []directory.Object                    // of them who are not to go any more
	again   []Put
	twice   bool  // somebody got no record, or no name, because another entry has it
	rows    []Row // not written yet
	noted   int
	perKind map[RowKind]int

	run Run // its counts also in live, for others to see
}

// do reads and takes over.
func (p *pass) do(ctx context.Context) error {
	var err error
	if p.next, err = p.Store.ItemProgress(ctx, p.item.ID); err != nil {
		return err
	}
	p.perKind, p.objects = map[RowKind]int{}, map[directory.Object]bool{}
	p.began[0], p.began[1] = p.run.Began(), p.run.Began()
	cursor := p.next.Cursor
	if p.opt.Whole || p.opt.Approval != nil || p.Now().Sub(p.next.WholeAt) >= wholeEvery {
		cursor = nil
	}
	if cursor == nil {
		p.run.Whole = true // for those who look on; what it came to be is known later
		p.show()
		if err := p.knowAll(ctx); err != nil {
			return err
		}
	}
	if p.roles, err = p.rolesOf(ctx, p.source); err != nil {
		return err
	}
	if cursor != nil {
		if p.waits, err = p.waiting(ctx); err != nil {
			return err
		}
	}
	reading, err := p.read(ctx, cursor)
	if err != nil {
		return err
	}
	if reading.Whole {
		p.refresh(ctx, p.source)
	}
	p.run.Whole, p.listed, p.next.Cursor = reading.Whole, reading.Whole || reading.Listed, reading.Cursor
	if reading.Whole {
		p.next.WholeAt = p.run.Began()
	}
	if p.listed {
		if err := p.missGone(ctx); err != nil {
			return err
		}
	}
	if err := p.guard(ctx); err != nil {
		return err
	}
	if len(p.stay) > 0 && !p.run.Whole {
		if err := p.Store.LetStay(ctx, p.item.ID, p.stay); err != nil {
			return err
		}
	}
	return p.takeAgain(ctx)
}

// knowAll loads everybody of the directory: some 60 octets each.
func (p *pass) knowAll(ctx context.Context) error {
	if p.all {
		return nil
	}
	p.all, p.known = true, nil
	err := p.Store.KnownEntries(ctx, p.source.ID, p.item.ID, nil, func(k Known) { p.known = append(p.known, k) })
	slices.SortFunc(p.known, byObject)
	p.met = make([]bool, len(p.known))
	return err
}

func byObject(a, b Known) int { return slices.Compare(a.Object[:], b.Object[:]) }

// read reads on this goroutine and writes on another.
func (p *pass) read(ctx context.Context, cursor []byte) (Reading, error) {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []Put, 1)
	group.Go(func() error {
		for puts := range batches {
			if err := p.take(ctx, puts, true); err != nil {
				return err
			}
		}
		return nil
	})
	var reading Reading
	group.Go(func() error {
		defer close(batches)
		send := func() error {
			puts := p.puts
			p.puts = make([]Put, 0, takeAtOnce)
			select {
			case batches <- puts:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var err error
		reading, err = p.Reader.Read(ctx, p.source, p.item, cursor, func(list []directory.Group) error {
			return p.groups(ctx, list)
		}, func(piece []directory.EntryChange) error {
			return p.piece(ctx, piece, send)
		})
		if err == nil && len(p.puts) > 0 {
			err = send()
		}
		return err
	})
	return reading, group.Wait()
}

// piece sorts out what is new, what has changed and what is gone.
func (p *pass) piece(ctx context.Context, piece []directory.EntryChange, send func() error) error {
	// The reader may have asked for a piece while the one before was being
	// worked on, but not earlier.
	readAt := p.began[0]
	p.began[0], p.began[1] = p.began[1], p.Now()
	if !p.all {
		if err := p.know(ctx, piece); err != nil {
			return err
		}
	}
	for i := range piece {
		if err := p.change(ctx, &piece[i], readAt); err != nil {
			return err
		}
		if len(p.puts) >= takeAtOnce {
			if err := send(); err != nil {
				return err
			}
		}
	}
	p.show()
	return p.noteRows(ctx, rowsAtOnce)
}

// know looks up those of one piece.
func (p *pass) know(ctx context.Context, piece []directory.EntryChange) error {
	objects := make([]directory.Object, 0, len(piece))
	for i := range piece {
		if o, ok := directory.ParseObject(piece[i].Entry.Object); ok {
			objects = append(objects, o)
			if !piece[i].Gone {
				p.objects[o] = true
			}
		}
	}
	p.known = p.known[:0]
	err := p.Store.KnownEntries(ctx, p.source.ID, p.item.ID, objects, func(k Known) { p.known = append(p.known, k) })
	slices.SortFunc(p.known, byObject)
	return err
}

// change works out what one entry means.
func (p *pass) change(ctx context.Context, c *directory.EntryChange, readAt time.Time) error {
	object, ok := directory.ParseObject(c.Entry.Object)
	var known *Known
	if at, found := slices.BinarySearchFunc(p.known, Known{Object: object}, byObject); ok && found {
		known = &p.known[at]
		if p.all && !c.Gone {
			p.met[at] = true
		}
	}
	if e := &c.Entry; !e.Barred.Out() && !e.ExpiresAt.IsZero() && !e.ExpiresAt.After(p.Now()) {
		e.Barred = directory.BarredExpired
	}
	p.letStay(c, object)
	switch {
	case c.Same:
		p.count(func(c *Counts) { c.Unchanged++ })
		return nil
	case c.Gone:
		if known != nil && known.Covered && !known.Gone {
			p.outs = append(p.outs, Out{Person: known.Person, Object: object, Barred: directory.BarredGone, ReadAt: readAt})
		}
		return nil
	case c.Refused != "":
		p.refuse(&c.Entry, c.Refused)
		return nil
	case !ok:
		p.refuse(&c.Entry, directory.RemarkNoIdentity.About(p.source.Preset.Identity()))
		return nil
	}
	for _, remark := range c.Remarks {
		p.row(RowWarned, &c.Entry, remark)
	}
	if known != nil {
		return p.update(ctx, &c.Entry, known, readAt)
	}
	return p.newcomer(ctx, &c.Entry, readAt)
}

// update works out what has changed about somebody known.
func (p *pass) update(ctx context.Context, e *directory.Entry, k *Known, readAt time.Time) error {
	expires := int64(0)
	if !e.ExpiresAt.IsZero() {
		expires = e.ExpiresAt.UnixMicro()
	}
	digest := p.t.digest(e)
	leaves := e.Barred.Out() && !k.Barred.Out() && !k.Gone
	same := digest == k.Digest && k.Covered && !k.Gone
	switch {
	case leaves:
		p.outs = append(p.outs, Out{
			Person: k.Person, Object: k.Object, Barred: e.Barred, ExpiresAt: e.ExpiresAt, ReadAt: readAt,
		})
		if same {
			return nil
		}
		e.Barred, e.ExpiresAt = k.Barred, fromMicros(k.ExpiresAt) // until all have been read
	case same && e.Barred == k.Barred && expires == k.ExpiresAt:
		p.count(func(c *Counts) { c.Unchanged++ })
		return nil
	}
	return p.put(ctx, e, Put{Known: true, Person: directory.Person{ID: k.Person}, Digest: digest, ReadAt: readAt})
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// newcomer makes a person of an entry that nobody is yet.
func (p *pass) newcomer(ctx context.Context, e *directory.Entry, readAt time.Time) error {
	now := p.Now()
	n := Put{Digest: p.t.digest(e), ReadAt: readAt}
	n.Person.ID, n.Person.CreatedAt = p.IDs.Next(now), now
	n.Person.PasswordEnrollsUntil = now.Add(enrollment.PasswordAlone)
	n.Person.GroupRole = p.roles[e.Object]
	return p.put(ctx, e, n)
}

// put adds to the batch that is written next.
func (p *pass) put(ctx context.Context, e *directory.Entry, n Put) error {
	username, name, refused := p.t.name(e)
	if refused != "" {
		p.refuse(e, refused)
		return nil
	}
	for _, w := range p.t.person(e, &n.Person) {
		p.row(RowWarned, e, w)
	}
	n.Person.Username, n.Person.Key, n.Name, n.Shown = username, name, name, shown(e)
	n.Person.Origin.SeenAt = n.ReadAt
	if err := p.warnOfMail(ctx, e, &n.Person); err != nil {
		return err
	}
	switch {
	case n.Known, n.Person.Email == "", e.Barred.Out():
	case p.item.Defaults.Mail && p.Invite != nil:
		invitation, message := p.Invite(&n.Person, n.Person.CreatedAt)
		n.Welcome.Invite, n.Welcome.Mail = invitation, append(n.Welcome.Mail, message)
	default:
		n.Welcome.Mail = append(n.Welcome.Mail, p.tell(&n.Person)...)
	}
	p.puts = append(p.puts, n)
	return nil
}

// tell is what somebody new is told.
func (r *Roster) tell(p *directory.Person) []notify.Message {
	if r.Tell == nil {
		return nil
	}
	return r.Tell(p)
}

// warnOfMail tells of two people who read the same mail.
func (p *pass) warnOfMail(ctx context.Context, e *directory.Entry, person *directory.Person) error {
	if person.Email == "" {
		return nil
	}
	if p.mails == nil {
		p.mails = map[uint64]id.ID{}
		err := p.Store.Emails(ctx, func(person id.ID, address string) { p.mails[p.t.hash(address)] = person })
		if err != nil {
			return err
		}
	}
	address := p.t.hash(strings.ToLower(person.Email))
	if other, taken := p.mails[address]; taken && other != person.ID {
		p.row(RowWarned, e, directory.RemarkSameMail)
		return nil
	}
	p.mails[address] = person.ID
	return nil
}
