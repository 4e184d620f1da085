package console

import (
	"net/http"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

// adminGroupView is the form that gives a group a role.
type adminGroupView struct {
	Action, Back string
	Directories  []option
	Roles        []option
}

// groupRow is a group that gives a role, and who is in it.
type groupRow struct {
	Name, DN, Directory, Role string
	Read                      bool      // its directory was asked
	GoneAt                    time.Time // since when that has no such group; zero: it has
	Members                   int
	People                    []string // user names of the first of those with a record
	More                      int      // of those with a record
	Unrecorded                int      // members without one
}

// somePeople is how many of a group are named.
const somePeople = 20

func (v *visit) groupRows(groups []operator.ListedAdminGroup) []groupRow {
	rows := make([]groupRow, len(groups))
	for i, g := range groups {
		rows[i] = groupRow{
			Name: directory.GroupName(g.DN), DN: g.DN, Directory: g.DirectoryName, Role: v.roleWord(g.Role), Read: g.Read, GoneAt: g.GoneAt,
			Members: g.Members, More: max(0, len(g.People)-somePeople), Unrecorded: max(0, g.Members-len(g.People)),
		}
		for _, p := range g.People[:min(len(g.People), somePeople)] {
			rows[i].People = append(rows[i].People, p.Username)
		}
	}
	return rows
}

// holderRow is somebody with a role; it names what gives them the one that
// counts.
func (v *visit) holderRow(u operator.ListedUser, groups []operator.ListedAdminGroup) holderRow {
	row := holderRow{userRow: v.userRow(u)}
	byHand, by := operator.RoleBy(u.Person, groups)
	if byHand {
		row.By = append(row.By, v.Text.T("console.roles.by-hand"))
	}
	for _, g := range by {
		row.By = append(row.By, directory.GroupName(g.DN))
	}
	return row
}

func (d *Door) showAddGroup(w http.ResponseWriter, v *visit) error { return d.askGroup(w, v, nil) }

func (d *Door) askGroup(w http.ResponseWriter, v *visit, form *web.Form) error {
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := adminGroupView{Action: v.URL.RequestURI(), Back: "/console/directories"}
	for _, s := range sources {
		view.Directories = append(view.Directories, option{Value: s.Name, Label: s.Name, Chosen: s.Name == form.Value("directory")})
	}
	for _, r := range operator.Roles() {
		view.Roles = append(view.Roles, option{Value: string(r), Label: v.roleWord(r), Chosen: string(r) == form.Value("role")})
	}
	return d.show(w, v, web.Page{Name: "admin-group", Section: "directories", Data: view, Form: form})
}

func (d *Door) addGroup(w http.ResponseWriter, v *visit) error {
	form := v.keep("group", "directory", "role")
	_, err := d.Operator.AddAdminGroup(v.Context(), v.actor(), v.Field("directory"), v.Field("group"), directory.Role(v.Field("role")))
	switch {
	case operator.RefusalOf(err) == operator.RefusedSilent:
		form.Reject("", wordsRefusal+"directory-silent", nil)
		return d.askGroup(w, v, form)
	case err != nil:
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askGroup(w, v, form)
	}
	v.Notify(w, web.Good, "notice.admin-group-saved", nil)
	return v.Redirect(w, "/console/directories")
}

func (d *Door) showRemoveGroup(w http.ResponseWriter, v *visit) error {
	group := v.Query("group")
	return d.show(w, v, web.Page{Name: "act", Section: "directories", Data: actView{
		Title:  v.Text.T("console.admin-group.remove", "Group", group),
		Action: v.URL.RequestURI(), Back: "/console/directories", Danger: true,
		Effects: []string{v.Text.T("console.admin-group.remove.effect")}, Button: v.Text.T("console.admin-group.remove.button"),
	}})
}

func (d *Door) removeGroup(w http.ResponseWriter, v *visit) error {
	if err := d.Operator.RemoveAdminGroup(v.Context(), v.actor(), "", v.Query("group")); err != nil {
		return err
	}
	v.Notify(w, web.Good, "notice.admin-group-saved", nil)
	return v.Redirect(w, "/console/directories")
}
