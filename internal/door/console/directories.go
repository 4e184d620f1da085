package console

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/web"
)

// directoriesView lists where people come from and what is kept in step.
type directoriesView struct {
	Directories []directoryRow
	Items       []itemRow
	Waiting     []runRow // runs that an administrator has to decide about
	Groups      []groupRow
	May         rights
}

type directoryRow struct {
	Name, Kind, Servers, Base, Domains string
}

// groupRow is a group that gives a role.
type groupRow struct{ DN, Directory, Role string }

func directoryPath(name string) string {
	return "/console/directory?" + url.Values{"name": {name}}.Encode()
}

func (d *Door) directories(w http.ResponseWriter, v *visit) error {
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return err
	}
	items, err := d.Operator.SyncItems(v.Context(), v.actor())
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
	view := directoriesView{May: v.may(nil)}
	for _, s := range sources {
		view.Directories = append(view.Directories, v.directoryRow(s))
	}
	for _, i := range items {
		view.Items = append(view.Items, v.itemRow(i))
	}
	for _, r := range waiting {
		view.Waiting = append(view.Waiting, v.runRow(r))
	}
	for _, g := range groups {
		view.Groups = append(view.Groups, groupRow{g.DN, g.DirectoryName, v.roleWord(g.Role)})
	}
	return d.show(w, v, web.Page{Name: "directories", Section: "directories", Data: view})
}

func (v *visit) directoryRow(s directory.Source) directoryRow {
	return directoryRow{
		Name: s.Name, Kind: v.word(wordsPreset, string(s.Preset)), Servers: strings.Join(s.Servers, " "), Base: s.Base,
		Domains: strings.Join(s.Domains, ", "),
	}
}

// directoryView is one directory, and what a test of its connection found.
type directoryView struct {
	directoryRow
	BindDN string
	Tested bool
	Steps  []stepRow
	May    rights
	Action string
}

// stepRow is one step of a connection test.
type stepRow struct {
	Server, Name, Detail, Hint string
	State                      badge
}

func (d *Door) directory(w http.ResponseWriter, v *visit) error {
	return d.directoryPage(w, v, nil, false)
}

func (d *Door) directoryPage(w http.ResponseWriter, v *visit, steps []operator.DirectoryStep, tested bool) error {
	s, err := d.Operator.Directory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	view := directoryView{
		directoryRow: v.directoryRow(s), BindDN: s.BindDN, Tested: tested, May: v.may(nil),
		Action: "/console/directory/test?" + url.Values{"name": {s.Name}}.Encode(),
	}
	for _, step := range steps {
		row := stepRow{Server: step.Server, Name: v.word(wordsProbe, step.Name), Detail: step.Detail, Hint: step.Hint}
		switch {
		case step.Skipped:
			row.State = badge{web.Info, v.Text.T("console.probe.skipped")}
		case step.OK:
			row.State = badge{web.Good, v.Text.T("console.trial-mark.good")}
		default:
			row.State = badge{web.Bad, v.Text.T("console.trial-mark.bad")}
		}
		view.Steps = append(view.Steps, row)
	}
	return d.show(w, v, web.Page{Name: "directory", Section: "directories", Data: view})
}

// testDirectory tries the servers of a directory, step by step.
func (d *Door) testDirectory(w http.ResponseWriter, v *visit) error {
	steps, err := d.Operator.TestDirectory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	return d.directoryPage(w, v, steps, true)
}

// backToDirectory is where somebody lands who has just proven to be fresh.
func (d *Door) backToDirectory(w http.ResponseWriter, v *visit) error {
	return v.Redirect(w, directoryPath(v.Query("name")))
}

// directoryFormView is the form of a directory that is added.
type directoryFormView struct {
	Action, Back string
	Presets      []option
}

var directoryFields = []string{"name", "preset", "servers", "base", "bind_dn", "domains", "region", "ca", "start_tls"}

func (d *Door) showAddDirectory(w http.ResponseWriter, v *visit) error {
	return d.askDirectory(w, v, nil)
}

func (d *Door) askDirectory(w http.ResponseWriter, v *visit, form *web.Form) error {
	var presets []string
	for _, p := range directory.Presets() {
		presets = append(presets, string(p))
	}
	return d.show(w, v, web.Page{Name: "directory-form", Section: "directories", Form: form, Data: directoryFormView{
		Action: "/console/directories/add", Back: "/console/directories",
		Presets: v.options(wordsPreset, form.Value("preset"), false, presets...),
	}})
}

func (d *Door) addDirectory(w http.ResponseWriter, v *visit) error {
	form := v.keep(directoryFields...)
	list := func(field string) []string {
		return strings.FieldsFunc(v.Field(field), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' })
	}
	s, err := d.Operator.AddDirectory(v.Context(), v.actor(), operator.DirectorySpec{
		Name: strings.TrimSpace(v.Field("name")), Preset: directory.Preset(v.Field("preset")), Servers: list("servers"),
		StartTLS: v.Field("start_tls") != "", CA: strings.TrimSpace(v.Field("ca")), Base: v.Field("base"), BindDN: v.Field("bind_dn"),
		Password: v.Secret("password"), Domains: list("domains"), Region: strings.TrimSpace(v.Field("region")),
	})
	if err != nil {
		if err := refusedInWords(form, err); err != nil {
			return err
		}
		return d.askDirectory(w, v, form)
	}
	v.Notify(w, web.Good, "notice.directory-added", nil)
	return v.Redirect(w, directoryPath(s.Name))
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
