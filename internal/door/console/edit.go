package console

import (
	"net/http"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// detailFields are the fields that describe a person.
var detailFields = []string{"display_name", "email", "phone", "language", "time_zone", "groups"}

func (v *visit) details() operator.Details {
	return operator.Details{
		DisplayName: v.Field("display_name"), Email: v.Field("email"), Phone: v.Field("phone"),
		Language: v.Field("language"), TimeZone: v.Field("time_zone"), Groups: strings.Split(v.Field("groups"), ","),
	}
}

// keep remembers what was typed, but for secrets.
func (v *visit) keep(fields ...string) *web.Form {
	form := &web.Form{}
	for _, name := range fields {
		form.Keep(name, v.Field(name))
	}
	return form
}

// typeAgain rejects the fields of which something was typed that is never held
// while its sender confirms that it is them. It reports whether there are any.
func (v *visit) typeAgain(form *web.Form, fields ...string) bool {
	missing := false
	for _, name := range fields {
		if v.LeftOut(name) {
			form.Reject(name, "console.type-again", nil)
			missing = true
		}
	}
	return missing
}

// languages are the ones mails can be in.
func (v *visit) languages(chosen string) []option {
	list := []option{{Label: v.Text.T("console.person.language.any"), Chosen: chosen == ""}}
	for _, l := range text.Default().Languages() {
		list = append(list, option{Value: l.Tag, Label: l.Name, Chosen: l.Tag == chosen})
	}
	return list
}

// languageName is what speakers of a language call it.
func languageName(tag string) string {
	for _, l := range text.Default().Languages() {
		if l.Tag == tag {
			return l.Name
		}
	}
	return tag
}

func (d *Door) showAddUser(w http.ResponseWriter, v *visit) error { return d.askAddUser(w, v, nil) }

func (d *Door) askAddUser(w http.ResponseWriter, v *visit, form *web.Form) error {
	return d.show(w, v, web.Page{Name: "person", Section: "users", Form: form, Data: v.newPersonView(form)})
}

// newPersonView is the form for somebody new, as far as it was filled in.
func (v *visit) newPersonView(form *web.Form) personView {
	required := v.periodForm(doRequire)
	return personView{
		New: true, Action: "/console/users/add", Back: "/console/users", Languages: v.languages(form.Value("language")),
		Factor: append([]option{{Label: v.Text.T("console.person.require.nothing"), Chosen: v.Field("factor") == ""}},
			v.options(wordsWanted, v.Field("factor"), false, wantedNames()...)...),
		End: required.End, Days: required.Days, Until: required.Until, Day: required.Day,
	}
}

func (d *Door) addUser(w http.ResponseWriter, v *visit) error {
	form := v.keep(append(detailFields, "username")...)
	name := strings.TrimSpace(v.Field("username"))
	if name == "" {
		form.Reject("username", "console.person.username.missing", nil)
	}
	added := operator.NewUser{Name: name, Details: v.details(), Password: v.Secret("password")}
	if v.Field("factor") != "" {
		order := d.order(v, form)
		added.Require = &order
	}
	if v.typeAgain(form, "password") || !form.OK() {
		return d.askAddUser(w, v, form)
	}
	p, err := d.Operator.AddUser(v.Context(), v.actor(), added)
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askAddUser(w, v, form)
	}
	return d.afterwards(w, v, "notice.done-add", p.Username)
}

func (d *Door) showEditUser(w http.ResponseWriter, v *visit) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	form := &web.Form{}
	for name, value := range map[string]string{
		"display_name": u.Person.DisplayName, "email": u.Person.Email, "phone": u.Person.Phone,
		"language": u.Person.Language, "time_zone": u.Person.TimeZone, "groups": strings.Join(u.Person.Groups, ", "),
	} {
		form.Keep(name, value)
	}
	return d.askEditUser(w, v, form, u.Person)
}

// keptField is what is not typed here.
type keptField struct{ Label, Value, From string }

// keptFields are what the person's directory tells, by field.
func (v *visit) keptFields(p *directory.Person, told operator.Told) map[string]*keptField {
	kept := map[string]*keptField{}
	for _, f := range []struct {
		detail, field, value string
		label                text.Key
	}{
		{"display-name", "display_name", p.DisplayName, "console.users.display-name"},
		{"mail", "email", p.Email, "console.users.email"},
		{"language", "language", languageName(p.Language), "console.person.language"},
		{"groups", "groups", strings.Join(p.Groups, ", "), "console.user.groups"},
	} {
		if slices.Contains(told.Details, f.detail) {
			kept[f.field] = &keptField{v.Text.T(f.label), f.value, told.Directory}
		}
	}
	return kept
}

func (d *Door) askEditUser(w http.ResponseWriter, v *visit, form *web.Form, p *directory.Person) error {
	name := v.Query("name")
	told, err := d.Operator.ToldOf(v.Context(), v.actor(), p)
	if err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "person", Section: "users", Form: form, Data: personView{
		Username: p.QualifiedName(), Action: v.URL.RequestURI(), Back: userPath(name), Languages: v.languages(form.Value("language")),
		Kept: v.keptFields(p, told),
	}})
}

func (d *Door) editUser(w http.ResponseWriter, v *visit) error {
	form := v.keep(detailFields...)
	name := v.Query("name")
	u, err := d.Operator.User(v.Context(), v.actor(), name)
	if err != nil {
		return err
	}
	told, err := d.Operator.ToldOf(v.Context(), v.actor(), u.Person)
	if err != nil {
		return err
	}
	details := v.details()
	for field, keep := range map[string]func(){ // the form has no such field
		"display-name": func() { details.DisplayName = u.Person.DisplayName },
		"mail":         func() { details.Email = u.Person.Email },
		"language":     func() { details.Language = u.Person.Language },
		"groups":       func() { details.Groups = u.Person.Groups },
	} {
		if slices.Contains(told.Details, field) {
			keep()
		}
	}
	if err := d.Operator.EditUser(v.Context(), v.actor(), name, details); err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askEditUser(w, v, form, u.Person)
	}
	return d.afterwards(w, v, "notice.done-edit", name)
}
