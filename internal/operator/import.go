package operator

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// importBatch is how many people one transaction holds: the writer is not
// kept from sign-ins for longer than some 20 ms.
const importBatch = 500

// ImportOptions say how to import.
type ImportOptions struct {
	Update       bool // take over details of people who are there; never factors
	AllOrNothing bool // write nothing if any row is bad
	// Progress, which may be nil, hears how many rows are done; how many there
	// are is not known before the end, and 0 until then.
	Progress func(done, total int64)
}

// ImportReport says what became of a file.
type ImportReport struct {
	Rows      int // without the header
	Added     int
	Updated   int
	Unchanged []ImportedRow // people who were there already
	Problems  []RowProblem  // rows that are bad
	Written   bool          // false: nothing was, because a row is bad and all or nothing was asked for
}

// ImportedRow is a row about somebody who was there already.
type ImportedRow struct {
	Line     int
	Username string
}

// RowProblem is what is wrong with a row. It repeats nothing of the row.
type RowProblem struct {
	Line   int
	Column string // name of the column; empty: the row as a whole
	Text   string
	Hint   string // may be empty
}

// ImportUsers adds the people in a CSV file: a header with columns in any
// order, of which only username must be there. A bad row is reported and left
// out. Passwords in clear are hashed first; hashes are kept until first use.
//
// An error means that it ended early; the report then says what was done. A
// file that cannot be read as a whole (its header, say) is a problem.Invalid.
func (o *Operator) ImportUsers(ctx context.Context, by audit.Actor, r io.Reader, opt ImportOptions) (ImportReport, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return ImportReport{}, err
	}
	file, err := openSheet(r)
	if err != nil {
		return ImportReport{}, err
	}
	im := &importing{Operator: o, by: by, opt: opt, sheet: file, lines: map[string]int{}}
	err = im.run(ctx)
	return im.report, err
}

// importing is one run of ImportUsers.
type importing struct {
	*Operator
	by     audit.Actor
	opt    ImportOptions
	sheet  *sheet
	report ImportReport
	lines  map[string]int // by Key: where a name stood first
	now    time.Time
}

func (im *importing) run(ctx context.Context) error {
	im.now = im.Now()
	var entries []candidate // that wait to be written: all of them, or a batch
	for {
		batch, end, err := im.next()
		if err != nil {
			return err
		}
		if batch, err = im.prepare(ctx, batch); err != nil {
			return err
		}
		entries = append(entries, batch...)
		if !im.opt.AllOrNothing {
			if err := im.write(ctx, entries); err != nil {
				return err
			}
			entries = entries[:0]
		}
		if end {
			break
		}
		im.progress(0)
	}
	im.report.Written = !im.opt.AllOrNothing || len(im.report.Problems) == 0
	if im.opt.AllOrNothing && im.report.Written {
		if err := im.write(ctx, entries); err != nil {
			im.report.Written = false
			return err
		}
	}
	im.progress(int64(im.report.Rows))
	return nil
}

func (im *importing) progress(total int64) {
	if im.opt.Progress != nil {
		im.opt.Progress(int64(im.report.Rows), total)
	}
}

// candidate is a row that is good as far as it can be seen by itself.
type candidate struct {
	line     int
	entry    Entry
	password secret.Text // in clear or hashed; empty: none
	clear    bool
	totp     secret.Bytes
}

// next reads a batch of rows and leaves out what is bad.
func (im *importing) next() (batch []candidate, end bool, err error) {
	batch = make([]candidate, 0, importBatch)
	for len(batch) < importBatch {
		row, err := im.sheet.next()
		switch {
		case err == io.EOF: //nolint:errorlint // as encoding/csv returns it
			return batch, true, nil
		case err != nil:
			return nil, false, err
		}
		im.report.Rows++
		if row.bad != nil {
			im.bad(*row.bad)
			continue
		}
		if c, ok := im.read(row); ok {
			batch = append(batch, c)
		}
	}
	return batch, false, nil
}

func (im *importing) bad(p RowProblem) { im.report.Problems = append(im.report.Problems, p) }

// complain reports what is wrong with one cell. Only the public face is told,
// and the checks that made it repeat nothing of what they were given.
func (im *importing) complain(line int, column string, err error) {
	text, hint := problem.Public(err)
	im.bad(RowProblem{Line: line, Column: column, Text: text, Hint: hint})
}

// read checks the cells of a row.
func (im *importing) read(row sheetRow) (candidate, bool) {
	name := strings.TrimSpace(row.cell(colUsername))
	key, err := im.Names.Key(name)
	if err != nil {
		im.complain(row.line, colUsername, problem.New(problem.Invalid, "not a user name of ours").
			WithHint(`up to %d octets, without spaces; only domains that are configured`, directory.MaxUsername))
		return candidate{}, false
	}
	if first, twice := im.lines[key]; twice {
		im.complain(row.line, colUsername, problem.New(problem.Invalid, "the same name stands in line %d", first))
		return candidate{}, false
	}
	im.lines[key] = row.line

	c := candidate{line: row.line}
	d, column, err := row.details()
	if err != nil {
		im.complain(row.line, column, err)
		return candidate{}, false
	}
	c.entry.Person = directory.Person{
		Username: bare(name), Key: key, DisplayName: d.DisplayName, Email: d.Email, Phone: d.Phone, Language: d.Language, TimeZone: d.TimeZone,
		Groups: d.Groups,
	}
	if c.password, c.clear, err = readPassword(row.cell(colPassword), key); err != nil {
		im.complain(row.line, colPassword, err)
		return candidate{}, false
	}
	if c.totp, err = readTOTP(row.cell(colTOTP)); err != nil {
		im.complain(row.line, colTOTP, err)
		return candidate{}, false
	}
	return c, true
}

// prepare finds out who is there already, leaves out whom nothing is to be
// done for, and seals what the others bring along.
func (im *importing) prepare(ctx context.Context, batch []candidate) ([]candidate, error) {
	if len(batch) == 0 {
		return batch, nil
	}
	keys := make([]string, len(batch))
	for i, c := range batch {
		keys[i] = c.entry.Person.Key
	}
	known, err := im.Store.Known(ctx, keys)
	if err != nil {
		return nil, unavailable(err)
	}
	kept := batch[:0]
	for _, c := range batch {
		who, there := known[c.entry.Person.Key]
		switch {
		case there && !im.opt.Update:
			im.report.Unchanged = append(im.report.Unchanged, ImportedRow{c.line, c.entry.Person.Username})
			continue
		case there && who.Role != directory.NoRole && im.by.Via != ViaCLI:
			im.complain(c.line, colUsername, problem.New(problem.Forbidden, "somebody with a role is not changed by an import"))
			continue
		case there:
			c.entry.Is, c.entry.Person.ID = who.ID, who.ID
			c.entry.Update = im.sheet.carries()
			c.entry.Update.Password = !c.password.Empty()
		default:
			im.newcomer(&c)
		}
		kept = append(kept, c)
	}
	return im.hashAll(ctx, kept)
}

// newcomer gives a new person what AddUser would.
func (im *importing) newcomer(c *candidate) {
	p := &c.entry.Person
	p.ID, p.CreatedAt = im.IDs.Next(im.now), im.now
	p.PasswordEnrollsUntil = im.now.Add(enrollment.PasswordAlone)
	if !c.totp.Empty() {
		c.entry.Factors = []factor.Factor{im.authenticator(c.totp, p.ID, im.now)}
	}
	c.entry.Mail = im.welcome(p, c.entry.Factors, im.by)
}

// hashAll hashes the passwords in clear on all cores, as far as the Hasher
// lets it, and seals all hashes.
func (im *importing) hashAll(ctx context.Context, batch []candidate) ([]candidate, error) {
	work := make(chan *candidate)
	errs := make(chan error, 1)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for c := range work {
				hash, err := im.Passwords.Hash(ctx, c.password)
				if err != nil {
					select {
					case errs <- err:
					default:
					}
					continue
				}
				c.password, c.clear = hash, false
			}
		})
	}
	for i := range batch {
		if batch[i].clear {
			work <- &batch[i]
		}
	}
	close(work)
	workers.Wait()
	select {
	case err := <-errs:
		return nil, unavailable(err)
	default:
	}
	for i := range batch {
		if c := &batch[i]; !c.password.Empty() {
			c.entry.Password = im.Keys.Seal(nil, directory.PasswordPlace(c.entry.Person.ID), []byte(c.password.Reveal()))
			c.entry.Person.HasPassword = true
		}
	}
	return batch, nil
}

// write puts candidates in one transaction.
func (im *importing) write(ctx context.Context, batch []candidate) error {
	if len(batch) == 0 {
		return nil
	}
	entries := make([]Entry, len(batch))
	for i, c := range batch {
		entries[i] = c.entry
		im.Passwords.Expect(c.password)
	}
	log := im.entry(im.by, "user.import", "", "")
	log.Detail = "lines " + count(batch[0].line) + " to " + count(batch[len(batch)-1].line)
	put, err := im.Store.PutPeople(ctx, entries, log)
	if err != nil {
		return told(err)
	}
	for i, p := range put {
		switch p {
		case PutAdded:
			im.report.Added++
		case PutUpdated:
			im.report.Updated++
		default:
			im.report.Unchanged = append(im.report.Unchanged, ImportedRow{batch[i].line, batch[i].entry.Person.Username})
		}
	}
	return nil
}
