package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// An act on many may take longer than anybody waits for an answer. It goes on
// by itself, and a page tells how far it has come.
const (
	workAnswered = 2 * time.Second // what takes no longer is answered at once
	workKept     = time.Hour       // after its end
	worksKept    = 50
	namesShown   = 100 // for one reason; the file has all
)

// undertaking is an act on many that goes on by itself.
type undertaking struct {
	id, title, back string
	by              id.ID // who may look at it
	begun           time.Time
	of              int           // how many people it is for; 0: not known
	over            chan struct{} // closed at its end
	noticed         time.Time     // when another began after its end; of works

	mu     sync.Mutex
	people int // gone through so far
	result operator.BulkResult
	err    error
}

func (u *undertaking) ended() bool {
	select {
	case <-u.over:
		return true
	default:
		return false
	}
}

func (u *undertaking) hear(people int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.people = people
}

// works are the undertakings of this node, since it was started.
type works struct {
	mu   sync.Mutex
	list map[string]*undertaking
}

func (w *works) add(u *undertaking) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = map[string]*undertaking{}
	}
	for key, old := range w.list {
		if !old.ended() {
			continue
		}
		if old.noticed.IsZero() {
			old.noticed = u.begun
		}
		if u.begun.Sub(old.noticed) > workKept || len(w.list) >= worksKept {
			delete(w.list, key)
		}
	}
	w.list[u.id] = u
}

func (w *works) find(key string, by id.ID) *undertaking {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.list[key]; u != nil && u.by == by {
		return u
	}
	return nil
}

// deed is what an undertaking does. It tells how many people it has gone
// through.
type deed func(ctx context.Context, hears func(people int)) (operator.BulkResult, error)

// undertake begins an act on many and waits a moment for its end. What the
// browser does has no influence on it any more.
func (d *Door) undertake(v *visit, title, back string, of int, do deed) *undertaking {
	u := &undertaking{
		id: rand.Text(), title: title, back: back, by: v.person.ID, begun: v.Began, of: of, over: make(chan struct{}),
	}
	d.works.add(u)
	ctx := context.WithoutCancel(v.Context())
	go func() {
		defer close(u.over)
		result, err := safely(ctx, u.hear, do)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.result, u.err = result, err
	}()
	select {
	case <-u.over:
	case <-time.After(workAnswered):
	}
	return u
}

// safely makes an error of a panic: nobody else is to suffer.
func safely(ctx context.Context, hears func(int), do deed) (result operator.BulkResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = problem.New(problem.Internal, "it came to an unexpected end: %v", cause)
		}
	}()
	return do(ctx, hears)
}

// finished reports whether it has come to its end, and with what error.
func (u *undertaking) finished() (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.ended(), u.err
}

// answerWork says what became of an undertaking, or leads to the page that will.
func (d *Door) answerWork(w http.ResponseWriter, v *visit, u *undertaking) error {
	over, err := u.finished()
	switch {
	case err != nil:
		return err
	case !over:
		return v.Redirect(w, "/console/work?id="+u.id)
	case len(u.result.Failures)+len(u.result.Skipped) == 0:
		v.Notify(w, web.Good, "notice.done-many", text.Args{"Count": u.result.Done})
		return v.Redirect(w, u.back)
	}
	status := http.StatusOK
	if len(u.result.Failures) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return d.show(w, v, web.Page{Name: "work", Section: "users", Status: status, Data: v.workView(u)})
}

// workView tells how far an undertaking has come.
type workView struct {
	ID, Title, Back string
	Over            bool
	Trouble         string // why it ended; empty: it did what it should
	People, Of      int
	Done            int
	Failed, Skipped []reasonRow
	CSV             string
}

// reasonRow is for whom something was not done, for one reason.
type reasonRow struct {
	Why   string
	Count int
	Names []string // the first ones
}

func (v *visit) workView(u *undertaking) workView {
	u.mu.Lock()
	defer u.mu.Unlock()
	view := workView{ID: u.id, Title: u.title, Back: u.back, Over: u.ended(), People: u.people, Of: u.of, Done: u.result.Done}
	if u.err != nil {
		view.Trouble, _ = problem.Public(u.err)
	}
	view.Failed, view.Skipped = v.reasonRows(u.result.Failures), v.reasonRows(u.result.Skipped)
	if len(view.Failed)+len(view.Skipped) > 0 {
		view.CSV = "/console/work.csv?id=" + u.id
	}
	return view
}

// reasonRows puts those together for whom there is the same reason.
func (v *visit) reasonRows(list []operator.BulkFailure) []reasonRow {
	byReason := map[string]*reasonRow{}
	for _, f := range list {
		why := v.refusalWord(f)
		row := byReason[why]
		if row == nil {
			row = &reasonRow{Why: why}
			byReason[why] = row
		}
		if row.Count++; len(row.Names) < namesShown {
			row.Names = append(row.Names, f.Username)
		}
	}
	rows := make([]reasonRow, 0, len(byReason))
	for _, row := range byReason {
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, func(a, b reasonRow) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Why, b.Why)) })
	return rows
}

// refusalWord says a refusal in the reader's language, or as it was said.
func (v *visit) refusalWord(f operator.BulkFailure) string {
	if f.Refusal != "" && v.Text.Has(keyIn(wordsRefusal, string(f.Refusal))) {
		return v.word(wordsRefusal, string(f.Refusal))
	}
	return f.Text
}

// undoing takes the last act on many back.
func (d *Door) undoing(by audit.Actor) deed {
	return func(ctx context.Context, _ func(int)) (operator.BulkResult, error) {
		return d.Operator.UndoLast(ctx, by)
	}
}

// found returns the undertaking that the address names.
func (d *Door) found(v *visit) (*undertaking, error) {
	u := d.works.find(v.Query("id"), v.person.ID)
	if u == nil {
		return nil, problem.New(problem.NotFound, "nothing is known of this work any more").
			WithHint("it may have run on another node, or before a restart; the log of changes says what was done")
	}
	return u, nil
}

func (d *Door) work(w http.ResponseWriter, v *visit) error {
	u, err := d.found(v)
	if err != nil {
		return err
	}
	view := v.workView(u)
	if !view.Over {
		w.Header().Set("Refresh", "2")
	}
	return d.show(w, v, web.Page{Name: "work", Section: "users", Data: view})
}

// workCSV sends everybody for whom something was not done, as a file.
func (d *Door) workCSV(w http.ResponseWriter, v *visit) error {
	u, err := d.found(v)
	if err != nil {
		return err
	}
	u.mu.Lock()
	failed, skipped := u.result.Failures, u.result.Skipped
	u.mu.Unlock()
	file := web.DownloadCSV(w, "not-done.csv")
	if err := file.Row("username", "outcome", "reason", "text"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for i, f := range slices.Concat(failed, skipped) {
		outcome := "failed"
		if i >= len(failed) {
			outcome = "skipped"
		}
		if err := file.Row(f.Username, outcome, string(f.Refusal), f.Text); err != nil {
			return nil //nolint:nilerr // the browser has gone
		}
	}
	return file.Close()
}
