package console

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

// directoryFormView is the form of a directory that is added or changed.
type directoryFormView struct {
	New          bool
	Name         string // as it is called now
	Action, Back string
	Presets      []option
	Attributes   []attributeField // none of one that is added: it has those of its preset
	Steps        []stepsOf        // what the test has found; none: not tested
	Passed       bool             // it has found nothing wrong
}

// attributeField asks for the attribute that tells something about a person.
type attributeField struct{ Field, Label string }

var directoryFields = []string{"name", "preset", "servers", "base", "bind_dn", "domains", "region", "ca", "start_tls", "revision"}

func attributeFieldName(what string) string { return "attribute_" + strings.ReplaceAll(what, "-", "_") }

// What the buttons of the form do: both test first.
const onlyTest = "test"

func (d *Door) showAddDirectory(w http.ResponseWriter, v *visit) error {
	return d.askAddDirectory(w, v, nil, nil)
}

func (d *Door) askAddDirectory(w http.ResponseWriter, v *visit, form *web.Form, steps []operator.DirectoryStep) error {
	var presets []string
	for _, p := range directory.Presets() {
		presets = append(presets, string(p))
	}
	return d.directoryForm(w, v, form, steps, directoryFormView{
		New: true, Action: "/console/directories/add", Back: "/console/directories",
		Presets: v.options(wordsPreset, form.Value("preset"), false, presets...),
	})
}

func (d *Door) directoryForm(w http.ResponseWriter, v *visit, form *web.Form, steps []operator.DirectoryStep, view directoryFormView) error {
	view.Steps, view.Passed = v.stepRows(steps), operator.AllOK(steps)
	page := web.Page{Name: "directory-form", Section: "directories", Form: form, Data: view}
	if len(steps) > 0 && !view.Passed && form.OK() {
		form.Reject("steps", "console.directory.test-failed", nil)
	}
	return d.show(w, v, page)
}

// typedList reads several words of one field.
func (v *visit) typedList(field string) []string {
	list := strings.FieldsFunc(v.Field(field), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' })
	if list == nil {
		return []string{}
	}
	return list
}

func (d *Door) addDirectory(w http.ResponseWriter, v *visit) error {
	form := v.keep(directoryFields...)
	if v.typeAgain(form, "password") {
		return d.askAddDirectory(w, v, form, nil)
	}
	spec := operator.DirectorySpec{
		Name: strings.TrimSpace(v.Field("name")), Preset: directory.Preset(v.Field("preset")), Servers: v.typedList("servers"),
		StartTLS: v.Field("start_tls") != "", CA: strings.TrimSpace(v.Field("ca")), Base: v.Field("base"), BindDN: v.Field("bind_dn"),
		Password: v.Secret("password"), Domains: v.typedList("domains"), Region: strings.TrimSpace(v.Field("region")),
	}
	steps, err := d.Operator.TryDirectory(v.Context(), v.actor(), spec)
	if err == nil && v.mayKeep(steps) {
		var s directory.Source
		spec.Untested = !operator.AllOK(steps)
		if s, err = d.Operator.AddDirectory(v.Context(), v.actor(), spec); err == nil {
			v.Notify(w, web.Good, "notice.directory-added", nil)
			return v.Redirect(w, directoryPath(s.Name))
		}
	}
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askAddDirectory(w, v, form, steps)
}

// mayKeep reports whether what was typed is to be saved, now that it has been
// tested.
func (v *visit) mayKeep(steps []operator.DirectoryStep) bool {
	return v.Field("do") != onlyTest && (operator.AllOK(steps) || v.Field("untested") != "")
}

func (d *Door) showEditDirectory(w http.ResponseWriter, v *visit) error {
	s, err := d.Operator.Directory(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	form := &web.Form{}
	for field, value := range map[string]string{
		"name": s.Name, "servers": strings.Join(s.Servers, "\n"), "base": s.Base, "bind_dn": s.BindDN, "domains": strings.Join(s.Domains, ", "),
		"region": s.Region, "ca": s.CA, "start_tls": ticked(s.StartTLS), "revision": s.Revision(),
	} {
		form.Keep(field, value)
	}
	for _, what := range directory.AttributeNames() {
		form.Keep(attributeFieldName(what), s.Attributes.Get(what))
	}
	return d.askEditDirectory(w, v, form, nil)
}

func (d *Door) askEditDirectory(w http.ResponseWriter, v *visit, form *web.Form, steps []operator.DirectoryStep) error {
	name := v.Query("name")
	view := directoryFormView{
		Name: name, Action: "/console/directory/edit?" + url.Values{"name": {name}}.Encode(), Back: directoryPath(name),
	}
	for _, what := range directory.AttributeNames() {
		view.Attributes = append(view.Attributes, attributeField{attributeFieldName(what), v.word(wordsAttribute, what)})
	}
	return d.directoryForm(w, v, form, steps, view)
}

// directoryChange reads what the form says. The password that is kept is never
// in it: an empty field keeps it.
func (v *visit) directoryChange() operator.DirectoryChange {
	field := func(name string) *string { s := strings.TrimSpace(v.Field(name)); return &s }
	startTLS := v.Field("start_tls") != ""
	change := operator.DirectoryChange{
		Name: field("name"), Servers: v.typedList("servers"), StartTLS: &startTLS, CA: field("ca"), Base: field("base"),
		BindDN: field("bind_dn"), Password: v.Secret("password"), Domains: v.typedList("domains"), Region: field("region"),
		Attributes: map[string]string{},
	}
	for _, what := range directory.AttributeNames() {
		change.Attributes[what] = *field(attributeFieldName(what))
	}
	return change
}

func (d *Door) editDirectory(w http.ResponseWriter, v *visit) error {
	name, change, form := v.Query("name"), v.directoryChange(), v.keep(directoryFields...)
	for _, what := range directory.AttributeNames() {
		form.Keep(attributeFieldName(what), change.Attributes[what])
	}
	if v.typeAgain(form, "password") {
		return d.askEditDirectory(w, v, form, nil)
	}
	before, err := d.Operator.Directory(v.Context(), v.actor(), name)
	if err != nil {
		return err
	}
	steps, err := d.Operator.TryDirectoryChange(v.Context(), v.actor(), name, change)
	if err == nil && v.mayKeep(steps) {
		var s directory.Source
		change.Untested = !operator.AllOK(steps)
		if s, err = d.Operator.SetDirectory(v.Context(), v.actor(), name, v.Field("revision"), change); err == nil {
			v.Notify(w, web.Good, "notice.directory-saved", nil)
			return v.Redirect(w, directoryPath(s.Name))
		}
	}
	switch {
	case operator.RefusalOf(err) == operator.RefusedChangedMeanwhile:
		form.Reject("", "console.changed-meanwhile", nil)
		form.Keep("revision", before.Revision())
	case err != nil:
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askEditDirectory(w, v, form, steps)
}
