package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
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
	ownPage         bool          // it is answered with its page also where all went well

	mu     sync.Mutex
	act    id.ID // where it is written down; zero: it is not, and this node alone tells of it
	period id.ID // that it is about; zero: none
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

// written notes the act that the undertaking is written down as.
func (u *undertaking) written(act id.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.act = act
}

// concerns notes the period that the undertaking is about.
func (u *undertaking) concerns(period id.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.period = period
}

// page is where it tells how far it has come: of an act that is written down
// on every node, and after a restart.
func (u *undertaking) page() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.act != 0 {
		return workPage(u.act)
	}
	return "/console/work?id=" + u.id
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

// deed is what an undertaking does. It tells where it is written down.
type deed func(ctx context.Context, u *undertaking) (operator.BulkResult, error)

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
		result, err := safely(ctx, u, do)
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
func safely(ctx context.Context, u *undertaking, do deed) (result operator.BulkResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = problem.New(problem.Internal, "it came to an unexpected end: %v", cause)
		}
	}()
	return do(ctx, u)
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
		return v.Redirect(w, v.filtered(u.page()))
	case u.ownPage && u.act != 0 && len(u.result.Failures) == 0:
		return v.Redirect(w, v.filtered(u.page()))
	case !u.ownPage && len(u.result.Failures)+len(u.result.Skipped)+len(u.result.Later) == 0:
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
	Title, Back     string
	Over            bool
	Trouble         string // why it ended; empty: it did what it should
	People, Of      int
	Done            int
	Failed, Skipped []reasonRow
	Later           []string // what has changed for whoever joins a group later
	CSV             string
	See             actLink // the period that it is about, or all; empty: it is about none
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
	view := workView{Title: u.title, Back: u.back, Over: u.ended(), Of: u.of, Done: u.result.Done}
	if u.err != nil {
		view.Trouble, _ = problem.Public(u.err)
	}
	view.Failed, view.Skipped = v.reasonRows(u.result.Failures), v.reasonRows(u.result.Skipped)
	view.See = v.seePeriod(u.period)
	view.Later = v.laterLines(u.result.Later)
	if len(view.Failed)+len(view.Skipped) > 0 {
		view.CSV = "/console/work.csv?id=" + u.id
		if u.act != 0 {
			view.CSV = "/console/work.csv?id=" + u.act.String()
		}
	}
	return view
}

// seePeriod links to a period, or to all.
func (v *visit) seePeriod(which id.ID) actLink {
	switch which {
	case 0:
		return actLink{}
	case operator.EveryPeriod:
		return actLink{Label: v.Text.T("console.work.see-all"), Link: "/console/period?id=" + everyPeriod}
	default:
		return actLink{Label: v.Text.T("console.work.see"), Link: "/console/period?id=" + which.String()}
	}
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
	return func(ctx context.Context, u *undertaking) (operator.BulkResult, error) {
		return d.Operator.UndoLast(ctx, by, u.written)
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

// workPage is where an act tells how far it has come.
func workPage(act id.ID) string { return "/console/work?id=" + act.String() }

// actWritten returns the act that the address names, if it is one that is
// written down; nil if it is not.
func (d *Door) actWritten(v *visit) (*operator.Bulk, error) {
	which, err := id.Parse(v.Query("id"))
	if err != nil || which == 0 {
		return nil, nil //nolint:nilerr // work that is not written down has another name
	}
	return d.Operator.Act(v.Context(), v.actor(), which)
}

// actTitle is what the page of an act is called.
func (v *visit) actTitle(action string) string {
	for do, name := range map[string]string{
		doExtend: "period.extend", doReset: "period.reset", doPause: "period.pause", doResume: "period.resume",
		doCancel: "period.cancel", doLift: "require.remove", doExempt: "exempt", doRequire: "require",
	} {
		if name == action {
			return v.word("console.period.do.", do)
		}
	}
	for do, name := range map[string]string{
		"unlock": "user.unlock", "mail": "enroll.link", "enable": "user.enable", "disable": "user.disable",
	} {
		if name == action {
			return v.word(wordsDoing, do+".offer")
		}
	}
	if action == "period.end" {
		return v.Text.T("console.action.period.end")
	}
	return v.Text.T("console.undo.title")
}

// periodOfAct is which period an act has begun, all if it has changed some, and
// none if it is about none.
func periodOfAct(b *operator.Bulk) id.ID {
	if b.Period == 0 && strings.HasPrefix(b.Action, "period.") {
		return operator.EveryPeriod
	}
	return b.Period
}

// actWork tells how far an act has come, by what is written down.
func (d *Door) actWork(v *visit, b *operator.Bulk) (workView, error) {
	view := workView{
		Title: v.actTitle(b.Action), Back: v.filtered("/console/users"), Over: !b.Unfinished(),
		People: b.Done + b.Skipped + b.Failed, Of: b.People, Done: b.Done,
	}
	switch {
	case b.State != operator.BulkDropped:
	case b.Starts():
		view.Trouble = v.Text.T("console.work.start-dropped")
	default:
		view.Trouble = v.Text.T("console.work.dropped")
	}
	if view.Trouble == "" {
		which := periodOfAct(b)
		if b.Starts() && b.Done == 0 { // whoever lost to the same leaves no period
			if _, err := d.Operator.Period(v.Context(), v.actor(), which); err != nil {
				which = 0
			}
		}
		view.See = v.seePeriod(which)
	}
	if !view.Over {
		return view, nil
	}
	result, err := d.Operator.ActResult(v.Context(), v.actor(), b.ID)
	view.Failed, view.Skipped = v.reasonRows(result.Failures), v.reasonRows(result.Skipped)
	view.Later = v.laterLines(result.Later)
	if len(view.Failed)+len(view.Skipped) > 0 {
		view.CSV = "/console/work.csv?id=" + b.ID.String()
	}
	return view, err
}

func (d *Door) work(w http.ResponseWriter, v *visit) error {
	b, err := d.actWritten(v)
	if err != nil {
		return err
	}
	var view workView
	if b != nil {
		view, err = d.actWork(v, b)
	} else {
		var u *undertaking
		if u, err = d.found(v); err == nil {
			view = v.workView(u)
		}
	}
	if err != nil {
		return err
	}
	if !view.Over {
		w.Header().Set("Refresh", "2")
	}
	return d.show(w, v, web.Page{Name: "work", Section: "users", Data: view})
}

// leftOut returns everybody for whom something was not done.
func (d *Door) leftOut(v *visit) (failed, skipped []operator.BulkFailure, err error) {
	b, err := d.actWritten(v)
	if err != nil {
		return nil, nil, err
	}
	if b != nil {
		result, err := d.Operator.ActResult(v.Context(), v.actor(), b.ID)
		return result.Failures, result.Skipped, err
	}
	u, err := d.found(v)
	if err != nil {
		return nil, nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.result.Failures, u.result.Skipped, nil
}

// workCSV sends everybody for whom something was not done, as a file.
func (d *Door) workCSV(w http.ResponseWriter, v *visit) error {
	failed, skipped, err := d.leftOut(v)
	if err != nil {
		return err
	}
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
