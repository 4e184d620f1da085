package console

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/web"
)

// directoriesView lists where people come from and what is kept in step.
type directoriesView struct {
	Name        string // of one directory that all is about; empty: of none
	Directories []directoryRow
	Items       []itemRow
	Running     bool
	Waiting     []runRow // runs that an administrator has to decide about
	Groups      []groupRow
	May         rights
}

type directoryRow struct {
	Name, Kind, Base, Domains string
	Learned                   string // what it calls its domain itself
	Servers                   []string
	State                     badge
	HeardAt                   time.Time // as of when changes in it are known; zero: never asked
	Problem                   string    // why it does not answer
}

func anyRunning(items []itemRow) bool {
	return slices.ContainsFunc(items, func(i itemRow) bool { return i.Last != nil && i.Last.Live != nil })
}

func directoryPath(name string) string {
	return "/console/directory?" + url.Values{"name": {name}}.Encode()
}

func (d *Door) directories(w http.ResponseWriter, v *visit) error {
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return err
	}
	items, err := d.itemRows(v, 0)
	if err != nil {
		return err
	}
	waiting, err := d.Operator.SyncRuns(v.Context(), v.actor(), "", roster.RunQuery{State: roster.Waiting})
	if err != nil {
		return err
	}
	groups, err := d.Operator.ListAdminGroups(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := directoriesView{Items: items, Running: anyRunning(items), Groups: v.groupRows(groups), May: v.may(nil)}
	for _, s := range sources {
		row, err := d.directoryRow(v, s)
		if err != nil {
			return err
		}
		view.Directories = append(view.Directories, row)
	}
	for _, r := range waiting {
		view.Waiting = append(view.Waiting, v.runRow(r))
	}
	return d.show(w, v, web.Page{Name: "directories", Section: "directories", Data: view})
}

func (d *Door) directoryRow(v *visit, s directory.Source) (directoryRow, error) {
	heard, err := d.Operator.DirectoryHeard(v.Context(), v.actor(), s.ID)
	return v.directoryRow(s, heard), err
}

func (v *visit) directoryRow(s directory.Source, heard operator.DirectoryHeard) directoryRow {
	row := directoryRow{
		Name: s.Name, Kind: v.word(wordsPreset, string(s.Preset)), Servers: s.Servers, Base: s.Base,
		Domains: strings.Join(s.Domains, ", "), Learned: strings.ToUpper(strings.Join(s.Learned, ", ")), HeardAt: heard.At, Problem: heard.Problem,
	}
	switch {
	case heard.Problem != "":
		row.State = badge{web.Bad, v.Text.T("console.directory.silent")}
	case !heard.At.IsZero():
		row.State = badge{web.Good, v.Text.T("console.directory.answers")}
	default:
		row.State = badge{web.Info, v.Text.T("console.directory.not-asked")}
	}
	return row
}

// directoryView is one directory, and what a test of its connection found.
type directoryView struct {
	directoryRow
	BindDN, Region string
	StartTLS       bool
	Authorities    []authorityRow // its own; none: the system's
	Attributes     []attributeRow
	Items          []itemRow
	Running        bool
	Steps          []stepsOf
	May            rights
	Action         string
}

// stepsOf is what a connection test has found at one server.
type stepsOf struct {
	Server string
	Steps  []stepRow
}

// stepRow is one step of a connection test.
type stepRow struct {
	Name, Detail, Said, Hint string // Said is in the words of a server
	State                    badge
}

// attributeRow says which attribute tells something about a person.
type attributeRow struct{ Label, Attribute string }

// authorityRow is a certificate that a directory's servers are signed by.
type authorityRow struct {
	Name  string
	Until time.Time
}

func (d *Door) directory(w http.ResponseWriter, v *visit) error {
	return d.directoryPage(w, v, nil)
}

func (d *Door) directoryPage(w http.ResponseWriter, v *visit, steps []operator.DirectoryStep) error {
	s, err := d.Operator.Directory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	items, err := d.itemRows(v, s.ID)
	if err != nil {
		return err
	}
	row, err := d.directoryRow(v, s)
	if err != nil {
		return err
	}
	view := directoryView{
		directoryRow: row, BindDN: s.BindDN, Region: s.Region, StartTLS: s.StartTLS, Authorities: authorities(s.CA), Items: items, Running: anyRunning(items),
		Steps: v.stepRows(steps), May: v.may(nil), Action: "/console/directory/test?" + url.Values{"name": {s.Name}}.Encode(),
	}
	for _, what := range directory.AttributeNames() {
		view.Attributes = append(view.Attributes, attributeRow{v.word(wordsAttribute, what), s.Attributes.Get(what)})
	}
	return d.show(w, v, web.Page{Name: "directory", Section: "directories", Data: view})
}

// authorities lists the certificates of a PEM file.
func authorities(text string) []authorityRow {
	var list []authorityRow
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			list = append(list, authorityRow{c.Subject.String(), c.NotAfter})
		}
	}
}

func (v *visit) stepRows(steps []operator.DirectoryStep) []stepsOf {
	var servers []stepsOf
	for i, step := range steps {
		if i == 0 || steps[i-1].Server != step.Server {
			servers = append(servers, stepsOf{Server: step.Server})
		}
		row := stepRow{Name: v.word(wordsProbe, step.Name), Detail: step.Words(v.Text), Said: step.Said, Hint: step.HintWords(v.Text)}
		switch {
		case step.Skipped:
			row.State = badge{web.Info, v.Text.T("console.probe.skipped")}
		case step.OK:
			row.State = badge{web.Good, v.Text.T("console.trial-mark.good")}
		default:
			row.State = badge{web.Bad, v.Text.T("console.trial-mark.bad")}
		}
		last := &servers[len(servers)-1]
		last.Steps = append(last.Steps, row)
	}
	return servers
}

// testDirectory tries the servers of a directory, step by step.
func (d *Door) testDirectory(w http.ResponseWriter, v *visit) error {
	steps, err := d.Operator.TestDirectory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	return d.directoryPage(w, v, steps)
}

// backToDirectory is where somebody lands who has just proven to be fresh.
func (d *Door) backToDirectory(w http.ResponseWriter, v *visit) error {
	return v.Redirect(w, directoryPath(v.Query("name")))
}

func (d *Door) showRemoveDirectory(w http.ResponseWriter, v *visit) error {
	return d.askRemoveDirectory(w, v, nil)
}

func (d *Door) askRemoveDirectory(w http.ResponseWriter, v *visit, form *web.Form) error {
	s, err := d.Operator.Directory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "act", Section: "directories", Form: form, Data: actView{
		Title:  v.Text.T("console.directory.remove.title", "Name", s.Name),
		Action: v.URL.RequestURI(), Back: directoryPath(s.Name), Danger: true,
		Effects: []string{v.Text.T("console.directory.remove.effect"), v.Text.T("console.directory.remove.people")},
		Button:  v.Text.T("console.directory.remove.button"),
	}})
}

func (d *Door) removeDirectory(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if form.OK() {
		err := d.Operator.RemoveDirectory(v.Context(), v.actor(), name, false, v.Field("reason"))
		if err == nil {
			v.Notify(w, web.Good, "notice.directory-removed", nil)
			return v.Redirect(w, "/console/directories")
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askRemoveDirectory(w, v, form)
}
