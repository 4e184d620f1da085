package console

import (
	"net/http"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// signInQuery reads the filters from the address.
func (v *visit) signInQuery() operator.SignInQuery {
	q := operator.SignInQuery{
		Username: strings.TrimSpace(v.Query("user")), Client: v.Query("client"), Reason: strings.TrimSpace(v.Query("reason")),
		Source: strings.TrimSpace(v.Query("source")), Since: v.since(), Limit: pageSize,
	}
	switch result := audit.Result(v.Query("result")); result {
	case audit.Allowed, audit.Denied, audit.Unanswered:
		q.Result = result
	}
	if before, err := id.Parse(v.Query("after")); err == nil {
		q.Before = before
	}
	return q
}

func (d *Door) signIns(w http.ResponseWriter, v *visit) error {
	q := v.signInQuery()
	q.Limit++
	found, err := d.Operator.SignIns(v.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	clients, err := d.clientNames(v)
	if err != nil {
		return err
	}
	view := signInsView{
		User: q.Username, Client: q.Client, Reason: q.Reason, First: v.firstPage(), CSV: v.csvPath("/console/signins.csv"),
		Clients: v.options("", q.Client, true, clients...),
		Result:  v.options(wordsResult, string(q.Result), true, string(audit.Allowed), string(audit.Denied), string(audit.Unanswered)),
		Since:   v.options(wordsSince, v.Query("since"), true, spanNames()...),
	}
	for _, c := range []struct {
		label            text.Key
		value, parameter string
	}{
		{"console.signins.user", q.Username, "user"},
		{"console.signins.client", q.Client, "client"},
		{"console.signins.source", q.Source, "source"},
		{"console.signins.result", v.word(wordsResult, string(q.Result)), "result"},
		{"console.signins.reason", v.word(wordsReason, q.Reason), "reason"},
		{"console.since.label", v.sinceWord(), "since"},
	} {
		if c.value != "" {
			view.Chips = append(view.Chips, v.chip(c.label, c.value, c.parameter))
		}
	}
	view.Filtered = len(view.Chips) > 0
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].ID.String())
	}
	for _, s := range found {
		view.SignIns = append(view.SignIns, v.signInRow(s))
	}
	return d.show(w, v, web.Page{Name: "signins", Section: "signins", Data: view})
}

// sinceWord says how far back the list goes, "" if there is no limit.
func (v *visit) sinceWord() string {
	if v.since().IsZero() {
		return ""
	}
	return v.word(wordsSince, v.Query("since"))
}

// clientNames lists what somebody can sign in to.
func (d *Door) clientNames(v *visit) ([]string, error) {
	list, err := d.Operator.RADIUSClients(v.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(list)+1)
	for _, c := range list {
		names = append(names, c.Name)
	}
	return append(names, authn.DoorPortal), nil
}

func (v *visit) signInRow(s audit.SignIn) signInRow {
	row := signInRow{
		ID: s.ID.String(), User: s.Username, Door: v.word(wordsDoor, s.Door), Client: s.Client, Source: s.Source, At: s.At(),
		Result: badge{web.Bad, v.word(wordsResult, string(s.Result))}, Reason: v.word(wordsReason, s.Reason),
	}
	if s.Person != 0 {
		row.Link = userPath(directory.ReferenceTo(s.Person))
	}
	switch s.Result {
	case audit.Allowed:
		row.Result.Tone = web.Good
	case audit.Unanswered:
		row.Result.Tone = web.Caution
	case audit.Denied:
	}
	var methods []string
	for m := range strings.SplitSeq(s.Method, "+") {
		if m != "" {
			methods = append(methods, v.word(wordsMethod, m))
		}
	}
	row.Method = v.Text.List(methods)
	return row
}

// signIn shows one decision and the rules that led to it.
func (d *Door) signIn(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.Wrap(problem.NotFound, err, "there is no such sign-in")
	}
	s, err := d.Operator.SignIn(v.Context(), v.actor(), which)
	if err != nil {
		return err
	}
	view := signInView{signInRow: v.signInRow(s), ReasonName: s.Reason}
	for name := range strings.FieldsSeq(s.Trace) {
		view.Rules = append(view.Rules, rule{name, RuleWords(v.Text, authn.Rule(name))})
	}
	return d.show(w, v, web.Page{Name: "signin", Section: "signins", Data: view})
}

// signInsCSV sends all decisions that the filters select, as a file.
func (d *Door) signInsCSV(w http.ResponseWriter, v *visit) error {
	q := v.signInQuery()
	q.Before, q.Limit = 0, operator.LargestPage
	page, err := d.Operator.SignIns(v.Context(), v.actor(), q)
	if err != nil {
		return err // before anything is sent
	}
	file := web.DownloadCSV(w, "sign-ins.csv")
	if err := file.Row("id", "at", "user", "door", "client", "source", "result", "reason", "method", "trace"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for {
		for _, s := range page {
			err := file.Row(s.ID.String(), stamp(s.At()), s.Username, s.Door, s.Client, s.Source, string(s.Result), s.Reason, s.Method, s.Trace)
			if err != nil {
				return nil //nolint:nilerr // the browser has gone
			}
		}
		if len(page) < q.Limit {
			return file.Close()
		}
		q.Before = page[len(page)-1].ID
		if page, err = d.Operator.SignIns(v.Context(), v.actor(), q); err != nil {
			panic(http.ErrAbortHandler) // half a file must not look like a whole one
		}
	}
}

// explain says what would happen to somebody at a client.
func (d *Door) explain(w http.ResponseWriter, v *visit) error {
	clients, err := d.clientNames(v)
	if err != nil {
		return err
	}
	view := explainView{
		User: strings.TrimSpace(v.Query("user")), Client: v.Query("client"), Address: strings.TrimSpace(v.Query("address")),
		Clients: v.options("", v.Query("client"), false, clients...),
	}
	if view.User != "" && view.Client != "" {
		decision, err := d.Operator.Explain(v.Context(), v.actor(), operator.ExplainQuery{
			User: view.User, Client: view.Client, Address: view.Address,
		})
		if err != nil {
			return err
		}
		view.Asked = true
		view.Outcome = badge{outcomeTone(decision.Outcome), v.word(wordsOutcome, decision.Outcome.String())}
		view.Reason, view.ReasonName = v.word(wordsReason, string(decision.Reason)), string(decision.Reason)
		view.Rules = v.trace(decision.Trace)
	}
	return d.show(w, v, web.Page{Name: "explain", Section: "signins", Data: view})
}

func outcomeTone(o authn.Outcome) web.Tone {
	switch o {
	case authn.Allow:
		return web.Good
	case authn.Ask, authn.Enroll:
		return web.Info
	default:
		return web.Bad
	}
}
