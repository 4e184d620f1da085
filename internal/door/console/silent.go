package console

import (
	"context"
	"net/http"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// silentView says that a directory does not say what it was asked, which step
// fails, and how to ask again with everything as it was.
type silentView struct {
	Name, What string
	Steps      []stepsOf // of the servers of which one fails
	Again      string    // the address asked
	Post       bool      // by a form, with these fields
	Objects    []string
	Groups     []string
	Sure       bool
	Back       string
	May        rights
}

// patience is for how long somebody waits to hear which step fails.
const patience = 10 * time.Second

// silent shows that a directory does not say what it was asked. It returns err
// where that is not what is wrong.
func (d *Door) silent(w http.ResponseWriter, v *visit, err error, view silentView) error {
	if operator.RefusalOf(err) != operator.RefusedSilent {
		return err
	}
	view.What, _ = problem.Public(err)
	view.Again, view.Post, view.Back, view.May = v.URL.RequestURI(), v.Method == http.MethodPost, directoryPath(view.Name), v.may(nil)
	ctx, cancel := context.WithTimeout(v.Context(), patience)
	defer cancel()
	steps, err := d.Operator.TestDirectory(ctx, v.actor(), view.Name)
	if err == nil && !operator.AllOK(steps) {
		view.Steps = v.stepRows(steps)
	}
	return d.show(w, v, web.Page{Name: "silent", Section: "directories", Status: http.StatusServiceUnavailable, Data: view})
}
