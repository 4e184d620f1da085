package console

import (
	"net/http"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

func (d *Door) roles(w http.ResponseWriter, v *visit) error {
	people, err := d.Operator.Administrators(v.Context(), v.actor())
	if err != nil {
		return err
	}
	groups, err := d.Operator.ListAdminGroups(v.Context(), v.actor())
	if err != nil {
		return err
	}
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := rolesView{Groups: v.groupRows(groups), Directories: len(sources) > 0, May: v.may(nil)}
	for _, u := range people {
		view.People = append(view.People, v.holderRow(u, groups))
	}
	return d.show(w, v, web.Page{Name: "roles", Section: "roles", Data: view})
}

// noRole is the choice that takes a role away.
const noRole = "none"

func (d *Door) showRole(w http.ResponseWriter, v *visit) error { return d.askRole(w, v, nil) }

func (d *Door) askRole(w http.ResponseWriter, v *visit, form *web.Form) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	chosen := form.Value("role")
	if chosen == "" {
		chosen = string(u.Person.Role)
	}
	if chosen == "" {
		chosen = noRole
	}
	names := []string{noRole}
	for _, role := range operator.Roles() {
		names = append(names, string(role))
	}
	return d.show(w, v, web.Page{Name: "role", Section: "users", Form: form, Data: roleView{
		Username: u.Person.Username, Action: v.URL.RequestURI(), Back: userPath(u.Person.Reference()),
		Roles: v.options(wordsRole, chosen, false, names...),
	}})
}

func (d *Door) setRole(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Keep("role", v.Field("role"))
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if form.OK() {
		err := d.changeRole(v, name, v.Field("role"), v.Field("reason"))
		if err == nil {
			return d.afterwards(w, v, "notice.done-role", name)
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askRole(w, v, form)
}

func (d *Door) changeRole(v *visit, name, role, reason string) error {
	if role != noRole {
		return d.Operator.GrantRole(v.Context(), v.actor(), name, directory.Role(role), reason)
	}
	u, err := d.Operator.User(v.Context(), v.actor(), name)
	if err != nil || u.Person.Role == directory.NoRole {
		return err
	}
	return d.Operator.RevokeRole(v.Context(), v.actor(), name, u.Person.Role, reason)
}

func (d *Door) showInvite(w http.ResponseWriter, v *visit) error { return d.askInvite(w, v, nil) }

func (d *Door) askInvite(w http.ResponseWriter, v *visit, form *web.Form) error {
	return d.show(w, v, web.Page{Name: "invite", Section: "roles", Form: form, Data: inviteView{
		Action: "/console/roles/invite", Back: "/console/roles",
	}})
}

func (d *Door) invite(w http.ResponseWriter, v *visit) error {
	form := v.keep("username", "display_name", "email", "reset")
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	name := v.Field("username")
	if name == "" {
		form.Reject("username", "console.person.username.missing", nil)
	}
	if !form.OK() {
		return d.askInvite(w, v, form)
	}
	made, err := d.Operator.InviteAdministrator(v.Context(), v.actor(), name, operator.InviteOptions{
		Reset: v.Field("reset") != "", Reason: v.Field("reason"),
		Details: operator.Details{DisplayName: v.Field("display_name"), Email: v.Field("email")},
	})
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askInvite(w, v, form)
	}
	return d.handOver(w, v, "roles", handoverView{
		Title: v.Text.T("console.invite.done", "Name", name), About: v.Text.T("console.invite.about"),
		Label: v.Text.T("console.link.label"), URL: made.URL.Reveal(), Until: made.ExpiresAt, Back: "/console/roles",
	})
}
