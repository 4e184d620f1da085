package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

func (d *Door) clients(w http.ResponseWriter, v *visit) error {
	list, err := d.Operator.RADIUSClients(v.Context(), v.actor())
	if err != nil {
		return err
	}
	heard := d.Heard()
	view := clientsView{Strangers: heard.Strangers, May: v.may(nil)}
	for _, c := range list {
		view.Clients = append(view.Clients, v.clientRow(c, heard.Clients))
	}
	return d.show(w, v, web.Page{Name: "clients", Section: "clients", Data: view})
}

func (v *visit) clientRow(c policy.Client, heard map[id.ID]Traffic) clientRow {
	t := heard[c.ID]
	row := clientRow{
		Name: c.Name, Address: c.Address.String(), LastPacket: t.LastPacket,
		FirstFactor: v.word(wordsSetting, "first-factor."+string(c.FirstFactor)),
		Code:        v.word(wordsSetting, "code."+string(c.Code)),
		Unenrolled:  v.word(wordsSetting, "unenrolled."+string(c.Mode())),
	}
	for _, warning := range operator.Warnings(c) {
		row.Warnings = append(row.Warnings, v.word(wordsWarning, string(warning)))
	}
	switch {
	case heard == nil:
		row.State = badge{web.Info, v.Text.T("console.client.elsewhere")}
	case t.Troubled:
		row.State = badge{web.Bad, v.Text.T("console.client.troubled")}
		row.Cause = v.word(wordsTrouble, t.LastTrouble)
	case t.LastPacket.IsZero():
		row.State = badge{web.Info, v.Text.T("console.client.silent")}
	case t.LastAnswered.IsZero():
		row.State = badge{web.Info, v.Text.T("console.client.heard")}
	default:
		row.State = badge{web.Good, v.Text.T("console.client.working")}
	}
	return row
}

func (d *Door) client(w http.ResponseWriter, v *visit) error {
	c, err := d.Operator.RADIUSClient(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	heard := d.Heard().Clients
	t := heard[c.ID]
	view := clientView{
		clientRow: v.clientRow(c, heard), CreatedAt: c.CreatedAt, LastAnswered: t.LastAnswered,
		LastTroubleAt: t.LastTroubleAt, Here: heard != nil, May: v.may(nil),
		MessageAuthenticator: v.word(wordsSetting, "message-authenticator."+string(c.MessageAuthenticator)),
	}
	view.Cause = v.word(wordsTrouble, t.LastTrouble) // here also one that is over
	if t.LastFrom.IsValid() {
		view.LastFrom = t.LastFrom.String()
	}
	const recent = 10
	found, err := d.Operator.SignIns(v.Context(), v.actor(), operator.SignInQuery{Client: c.Name, Limit: recent})
	if err != nil {
		return err
	}
	for _, s := range found {
		view.SignIns = append(view.SignIns, v.signInRow(s))
	}
	return d.show(w, v, web.Page{Name: "client", Section: "clients", Data: view})
}

// clientFields are the fields of the form, but for the secret, which is never
// shown again.
var clientFields = []string{"name", "address", "first_factor", "code_place", "unenrolled", "message_authenticator"}

func (d *Door) showAddClient(w http.ResponseWriter, v *visit) error {
	form := &web.Form{}
	form.Keep("address", v.Query("address")) // from the list of unknown senders
	return d.askAddClient(w, v, form)
}

func (d *Door) askAddClient(w http.ResponseWriter, v *visit, form *web.Form) error {
	return d.show(w, v, web.Page{Name: "client-form", Section: "clients", Form: form, Data: clientFormView{
		New: true, Action: "/console/clients/add", Back: "/console/clients", Settings: v.settings(form),
	}})
}

func (d *Door) addClient(w http.ResponseWriter, v *visit) error {
	form := v.keep(clientFields...)
	if v.typeAgain(form, "secret") {
		return d.askAddClient(w, v, form)
	}
	c, warnings, err := d.Operator.AddRADIUSClient(v.Context(), v.actor(), operator.ClientSpec{
		Name: v.Field("name"), Address: v.Field("address"), Secret: v.Secret("secret"),
		FirstFactor: policy.FirstFactor(v.Field("first_factor")), Code: policy.CodePlace(v.Field("code_place")),
		Unenrolled:           policy.Unenrolled(v.Field("unenrolled")),
		MessageAuthenticator: policy.MessageAuthenticator(v.Field("message_authenticator")),
	})
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askAddClient(w, v, form)
	}
	return d.savedClient(w, v, c, warnings)
}

func (d *Door) savedClient(w http.ResponseWriter, v *visit, c policy.Client, warnings []operator.Warning) error {
	if len(warnings) > 0 {
		v.Notify(w, web.Caution, "notice.client-warned", nil)
	} else {
		v.Notify(w, web.Good, "notice.client-saved", nil)
	}
	return v.Redirect(w, clientPath(c.Name))
}

func (d *Door) showEditClient(w http.ResponseWriter, v *visit) error {
	c, err := d.Operator.RADIUSClient(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	form := &web.Form{}
	for name, value := range map[string]string{
		"name": c.Name, "address": c.Address.String(), "first_factor": string(c.FirstFactor), "code_place": string(c.Code),
		"unenrolled": string(c.Unenrolled), "message_authenticator": string(c.MessageAuthenticator),
	} {
		form.Keep(name, value)
	}
	return d.askEditClient(w, v, form)
}

func (d *Door) askEditClient(w http.ResponseWriter, v *visit, form *web.Form) error {
	name := v.Query("name")
	return d.show(w, v, web.Page{Name: "client-form", Section: "clients", Form: form, Data: clientFormView{
		Name: name, Action: v.URL.RequestURI(), Back: clientPath(name), Settings: v.settings(form),
	}})
}

func (d *Door) editClient(w http.ResponseWriter, v *visit) error {
	form := v.keep(clientFields...)
	if v.typeAgain(form, "secret") {
		return d.askEditClient(w, v, form)
	}
	name, address := v.Field("name"), v.Field("address")
	first, code := policy.FirstFactor(v.Field("first_factor")), policy.CodePlace(v.Field("code_place"))
	unenrolled := policy.Unenrolled(v.Field("unenrolled"))
	authenticator := policy.MessageAuthenticator(v.Field("message_authenticator"))
	edit := operator.ClientEdit{
		Name: &name, Address: &address, FirstFactor: &first, Code: &code, Unenrolled: &unenrolled, MessageAuthenticator: &authenticator,
	}
	if typed := v.Secret("secret"); !typed.Empty() {
		edit.Secret = &typed
	}
	c, warnings, err := d.Operator.SetRADIUSClient(v.Context(), v.actor(), v.Query("name"), edit)
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askEditClient(w, v, form)
	}
	return d.savedClient(w, v, c, warnings)
}

// settings are the choices about a client, the default first.
func (v *visit) settings(form *web.Form) []setting {
	var list []setting
	for _, s := range []struct {
		field, words string
		values       []string
	}{
		{"first_factor", "first-factor", []string{string(policy.FirstDirectory), string(policy.FirstNone)}},
		{"code_place", "code", []string{string(policy.CodeChallenge), string(policy.CodeAppend), string(policy.CodeBoth)}},
		{"unenrolled", "unenrolled", []string{
			string(policy.UnenrolledEnroll), string(policy.UnenrolledReject), string(policy.UnenrolledPass), string(policy.UnenrolledPeriod),
		}},
		{"message_authenticator", "message-authenticator", []string{
			string(policy.RequireMessageAuthenticator), string(policy.AcceptWithout),
		}},
	} {
		chosen := cmp.Or(form.Value(s.field), s.values[0])
		list = append(list, setting{
			Name: s.field, Label: v.word(wordsSetting, s.words+".label"), Hint: v.word(wordsSetting, s.words+".hint"),
			Options: v.options(wordsSetting+keyIn("", s.words+"."), chosen, false, s.values...),
		})
	}
	return list
}

func (d *Door) showRemoveClient(w http.ResponseWriter, v *visit) error {
	return d.askRemoveClient(w, v, nil)
}

// askRemoveClient says what removing a client does. What is required only there
// ends with it, as many as the page has said.
func (d *Door) askRemoveClient(w http.ResponseWriter, v *visit, form *web.Form) error {
	c, err := d.Operator.RADIUSClient(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	required, err := d.Operator.RequiredOnlyAt(v.Context(), v.actor(), c.Name)
	if err != nil {
		return err
	}
	effects := []string{v.Text.T("console.client.remove.effect"), v.Text.T("console.client.remove.secret")}
	if len(required) > 0 {
		effects = append(effects, v.Text.T("console.client.remove.ends", "Count", len(required)))
	}
	action := url.URL{Path: v.URL.Path, RawQuery: url.Values{"name": {c.Name}, "ends": {strconv.Itoa(len(required))}}.Encode()}
	return d.show(w, v, web.Page{Name: "act", Section: "clients", Form: form, Data: actView{
		Title:  v.Text.T("console.client.remove.title", "Name", c.Name),
		Action: action.String(), Back: clientPath(c.Name), Danger: true,
		Effects: effects,
		Button:  v.Text.T("console.client.remove.button"),
	}})
}

func (d *Door) removeClient(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if form.OK() {
		required, err := d.Operator.RequiredOnlyAt(v.Context(), v.actor(), name)
		if err != nil {
			return err
		}
		removed, err := d.Operator.RemoveRADIUSClient(v.Context(), v.actor(), name, operator.ClientRemoval{
			Reason: v.Field("reason"), EndRequired: v.Query("ends") == strconv.Itoa(len(required)),
		})
		if err == nil {
			notice, args := text.Key("notice.client-removed"), text.Args(nil)
			if removed.Requirements > 0 {
				notice, args = "notice.client-removed-with", text.Args{"Count": removed.Requirements}
			}
			v.Notify(w, web.Good, notice, args)
			return v.Redirect(w, "/console/clients")
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askRemoveClient(w, v, form)
}
