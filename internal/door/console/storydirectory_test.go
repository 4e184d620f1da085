package console

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// storyRuns are a run that is done, one that waits and one under way.
func storyRuns() []roster.Run {
	run := func(ago time.Duration, state roster.RunState, took time.Duration) roster.Run {
		began := storyTime.Add(-ago)
		r := roster.Run{ID: id.At(began), Name: "staff", State: state, Counts: roster.Counts{Added: 12, Changed: 3, Unchanged: 985, Refused: 1}}
		if took > 0 {
			r.Ended = began.Add(took)
		}
		return r
	}
	waiting := run(2*time.Hour, roster.Waiting, 4*time.Second)
	waiting.Whole, waiting.Disabled = true, 40
	failed := run(3*time.Hour, roster.Failed, time.Second)
	failed.Problem = "the directory does not answer"
	return []roster.Run{run(20*time.Second, roster.Running, 0), run(time.Hour, roster.Done, 1200*time.Millisecond), waiting, failed}
}

var storySource = directory.Source{
	Name: "corp", Preset: directory.ActiveDirectory, Servers: []string{"ldaps://dc1.example.com", "ldaps://dc2.example.com"},
	Base: "dc=corp,dc=example,dc=com", BindDN: "cn=muster,ou=Services,dc=corp,dc=example,dc=com", Domains: []string{"corp.example.com", "corp"},
}

var storyOther = directory.Source{
	Name: "partners", Preset: directory.OpenLDAP, Servers: []string{"ldap://ldap.example.com"}, StartTLS: true,
	Base: "dc=partners,dc=example,dc=com", BindDN: "cn=muster,dc=partners,dc=example,dc=com", Domains: []string{"partners.example.com"},
}

// said is a message of a connection test; args are pairs.
func said(name text.Key, args ...string) []text.Message {
	m := text.Message{Key: "directory.probe." + name, Args: text.Args{}}
	for i := 0; i < len(args); i += 2 {
		m.Args[args[i]] = args[i+1]
	}
	return []text.Message{m}
}

// storySteps are those of a test of which the certificate is no good.
func storySteps() []operator.DirectoryStep {
	const server = "ldaps://dc1.example.com"
	return []operator.DirectoryStep{
		{Server: server, Name: "name", OK: true, Found: said("found-name", "Host", "dc1.example.com", "Addresses", "192.0.2.10")},
		{Server: server, Name: "tcp", OK: true, Found: said("connected", "Address", "192.0.2.10:636")},
		{
			Server: server, Name: "tls", Found: slices.Concat(said("expired"), said("certificate",
				"Names", "dc1.example.com", "From", "2024-12-01", "Until", "2026-12-01", "Issuer", "CN=Example CA")),
			Said: "tls: failed to verify certificate: x509: certificate has expired", Hint: said("expired.hint")[0],
		},
		{Server: server, Name: "bind", Skipped: true},
		{Server: server, Name: "search base", Skipped: true},
		{Server: server, Name: "paging", Skipped: true},
	}
}

var storyHeld = []roster.Row{
	{Kind: roster.RowHeld, Username: "alice", DN: "cn=alice,ou=People,dc=corp,dc=example,dc=com", Reason: directory.RemarkHeldGone},
	{Kind: roster.RowHeld, Username: "bob", DN: "cn=bob,ou=People,dc=corp,dc=example,dc=com", Reason: directory.RemarkHeldDisabled},
}

// storyGroups are a group of two people, one that nobody is in, and one that is
// gone.
func storyGroups(v *visit) []groupRow {
	group := func(name string, role directory.Role, s operator.GroupStanding) operator.ListedAdminGroup {
		return operator.ListedAdminGroup{
			AdminGroup: operator.AdminGroup{DN: "cn=" + name + ",ou=Groups,dc=corp,dc=example,dc=com", Role: role}, GroupStanding: s, DirectoryName: "corp", Read: true,
		}
	}
	return v.groupRows([]operator.ListedAdminGroup{
		group("MFA Admins", directory.Administrator, operator.GroupStanding{
			Members: 4, People: []operator.GroupPerson{{ID: 1, Username: "alice"}, {ID: 2, Username: "bob"}},
		}),
		group("MFA Help Desk", directory.HelpDesk, operator.GroupStanding{}),
		group("MFA Audit", directory.Auditor, operator.GroupStanding{GoneAt: storyTime.Add(-time.Hour)}),
	})
}

func directoryStories() []story {
	action := "/console/directory/import?name=corp"
	return []story{
		{"directories-none", func(v *visit) web.Page {
			return web.Page{Name: "directories", Section: "directories", Data: directoriesView{May: v.may(nil)}}
		}},
		{"directories", func(v *visit) web.Page {
			runs := storyRuns()
			item := operator.SyncItem{
				Item:      directory.Item{Name: "staff", Group: "cn=staff,ou=Groups,dc=corp,dc=example,dc=com", Interval: time.Hour, Order: 1},
				Directory: "corp", Last: &runs[1], NextAt: storyTime.Add(time.Minute),
			}
			never := operator.SyncItem{Item: directory.Item{Name: "contractors", Interval: 24 * time.Hour, Order: 2}, Directory: "corp"}
			return web.Page{Name: "directories", Section: "directories", Data: directoriesView{
				Directories: []directoryRow{
					v.directoryRow(storySource, operator.DirectoryHeard{At: storyTime.Add(-12 * time.Second)}),
					v.directoryRow(storyOther, operator.DirectoryHeard{Problem: "no server of the directory answers: dial tcp 192.0.2.20:636: connection refused"}),
				}, Items: []itemRow{v.itemRow(item), v.itemRow(never)},
				Waiting: []runRow{v.runRow(runs[2])}, May: v.may(nil),
				Groups: storyGroups(v),
			}}
		}},
		{"directory", func(v *visit) web.Page {
			runs := storyRuns()
			view := directoryView{
				directoryRow: v.directoryRow(storySource, operator.DirectoryHeard{At: storyTime.Add(-12 * time.Second)}), BindDN: storySource.BindDN,
				Region: "DE", May: v.may(nil), Action: "/console/directory/test?name=corp", Steps: v.stepRows(storySteps()),
				Authorities: []authorityRow{{"CN=Example CA,O=Example Ltd", storyTime.AddDate(3, 0, 0)}},
				Items: []itemRow{v.itemRow(operator.SyncItem{
					Item:      directory.Item{Name: "staff", Group: "cn=staff,ou=Groups,dc=corp,dc=example,dc=com", Interval: time.Hour, Order: 1},
					Directory: "corp", Last: &runs[1], NextAt: storyTime.Add(time.Minute), Period: id.At(storyTime),
				})},
			}
			attributes := directory.ActiveDirectory.Attributes()
			for _, what := range directory.AttributeNames() {
				view.Attributes = append(view.Attributes, attributeRow{v.word(wordsAttribute, what), attributes.Get(what)})
			}
			return web.Page{Name: "directory", Section: "directories", Data: view}
		}},
		{"directory-form", func(v *visit) web.Page {
			return web.Page{Name: "directory-form", Section: "directories", Data: directoryFormView{
				New: true, Action: "/console/directories/add", Back: "/console/directories", Presets: v.options(wordsPreset, "ad", false, "ad", "openldap"),
			}}
		}},
		{"directory-form-refused", func(v *visit) web.Page {
			form := &web.Form{}
			form.Keep("name", "corp")
			form.Keep("servers", strings.Join(storySource.Servers, "\n"))
			form.Reject("steps", "console.directory.test-failed", nil)
			return web.Page{Name: "directory-form", Section: "directories", Form: form, Data: directoryFormView{
				Name: "corp", Action: "/console/directory/edit?name=corp", Back: directoryPath("corp"), Steps: v.stepRows(storySteps()),
				Attributes: []attributeField{{"attribute_username", v.word(wordsAttribute, "username")}, {"attribute_mobile", v.word(wordsAttribute, "mobile")}},
			}}
		}},
		{"item-form", func(v *visit) web.Page {
			form := &web.Form{}
			form.Keep("interval", "60")
			form.Keep("enabled", "yes")
			form.Keep("filter", "department=Sales")
			form.Reject("filter", wordsRefusal+"item-filter", nil)
			return web.Page{Name: "item-form", Section: "directories", Form: form, Data: itemFormView{
				New: true, Action: "/console/sync/add", Back: "/console/directories", Directories: []option{{"corp", "corp", true}},
				Methods: v.options(wordsWanted, "any", false, wantedNames()...),
			}}
		}},
		{"runs", func(v *visit) web.Page {
			view := runsView{
				Item: "staff", Running: true, May: v.may(nil), States: v.options(wordsRunState, "", true, runStateNames()...),
				Items: []option{{Label: v.Text.T("console.all")}, {"staff", "staff", true}},
			}
			for _, r := range storyRuns() {
				view.Runs = append(view.Runs, v.runRow(r))
			}
			view.Runs[0].Live = v.liveRow(storyRuns()[0], operator.RunProgress{Seen: 41_200, Rate: 2060})
			return web.Page{Name: "runs", Section: "directories", Data: view}
		}},
		{"run", func(v *visit) web.Page {
			return web.Page{Name: "run", Section: "directories", Data: runView{
				runRow: v.runRow(storyRuns()[2]), Decide: "/console/run/decide?id=1", Lists: []rowsView{
					{Title: v.Text.T("console.run.held"), Rows: v.entryRows(storyHeld), CSV: "/console/run/rows.csv?id=1&kind=held"},
					{
						Title: v.Text.T("console.run.refused"), All: "/console/run?id=1&kind=refused", CSV: "/console/run/rows.csv?id=1&kind=refused",
						Rows: v.entryRows([]roster.Row{{Username: "carol", DN: "cn=carol,dc=corp", Reason: directory.RemarkLocalName}}),
					},
				},
			}}
		}},
		{"run-live", func(v *visit) web.Page {
			view := runView{runRow: v.runRow(storyRuns()[0])}
			view.Whole = true
			view.Live = v.liveRow(storyRuns()[0], operator.RunProgress{Seen: 41_200, Total: 100_000, Rate: 2060, Left: 29 * time.Second})
			return web.Page{Name: "run", Section: "directories", Data: view}
		}},
		{"run-decide", func(v *visit) web.Page {
			return web.Page{Name: "decide", Section: "directories", Data: decideView{
				Run: v.runRow(storyRuns()[2]), Count: 40, Action: "/console/run/decide?id=1", Back: "/console/run?id=1",
				Held: rowsView{Title: v.Text.T("console.run.held"), Rows: v.entryRows(storyHeld), CSV: "/console/run/rows.csv?id=1&kind=held"},
			}}
		}},
		{"silent", func(v *visit) web.Page {
			return web.Page{Name: "silent", Section: "directories", Data: silentView{
				Name: "corp", What: "the directory corp does not say what it was asked: no server answers", Steps: v.stepRows(storySteps()),
				Again: action, Post: true, Objects: []string{"1"}, Back: directoryPath("corp"), May: v.may(nil),
			}}
		}},
		{"browse", func(v *visit) web.Page {
			view := browseView{Name: "corp", DN: "ou=People,dc=corp,dc=example,dc=com", Import: action, Missing: "/console/unrecorded?name=corp", More: true}
			for _, n := range []operator.DirectoryNode{
				{Kind: operator.NodeContainer, DN: "ou=Berlin,ou=People,dc=corp", Name: "Berlin"},
				{Kind: operator.NodeGroup, DN: "cn=staff,dc=corp", Name: "staff"},
				{Kind: operator.NodePerson, DN: "cn=alice,dc=corp", Name: "alice", There: true, Entry: directory.Entry{Object: "1", DisplayName: "Alice Example", Mail: "alice@example.com"}},
				{Kind: operator.NodePerson, DN: "cn=bob,dc=corp", Name: "bob", Entry: directory.Entry{Object: "2", DisplayName: "Bob Example", Mail: "bob@example.com"}},
			} {
				view.Nodes = append(view.Nodes, v.nodeRow("corp", n))
			}
			view.Above, view.Tickable = above("corp", view.DN, storySource.Base), true
			return web.Page{Name: "browse", Section: "directories", Data: view}
		}},
		{"import-preview", func(v *visit) web.Page {
			return web.Page{Name: "preview", Section: "directories", Data: previewView{
				Name: "corp", Action: action, Back: browsePath("corp", ""), Census: roster.Census{New: 2, There: 1, Skipped: 1}, Objects: []string{"2"},
				Rows: []previewRow{
					{Username: "bob", DN: "cn=Bob Example-Musterfrau,ou=Contractors and Partners,ou=People,ou=Berlin,dc=corp,dc=example,dc=com", State: v.Text.T("console.browse.new")},
					{Username: "dave", DN: "cn=dave,dc=corp", State: v.Text.T("console.browse.there")},
					{Username: "carol", DN: "cn=carol,dc=corp", State: directory.RemarkLocalName.Words(v.Text)},
				},
			}}
		}},
		{"unrecorded-none", data("preview", "directories", previewView{
			Name: "corp", Back: directoryPath("corp"), Whole: true, Census: roster.Census{There: 121},
		})},
		{"unrecorded", func(v *visit) web.Page {
			return web.Page{Name: "preview", Section: "directories", Data: previewView{
				Name: "corp", Back: directoryPath("corp"), Whole: true, Census: roster.Census{New: 1, There: 120},
				Rows: []previewRow{{Username: "bob", DN: "cn=bob,dc=corp", State: v.Text.T("console.browse.new")}},
			}}
		}},
		{"admin-group", func(v *visit) web.Page {
			return web.Page{Name: "admin-group", Section: "directories", Data: adminGroupView{
				Action: "/console/admin-group/add", Back: "/console/directories", Directories: []option{{"corp", "corp", true}},
				Roles: []option{{"administrator", v.roleWord(directory.Administrator), true}},
			}}
		}},
		{"user-from-directory", func(v *visit) web.Page {
			p := &directory.Person{
				ID: 5, Username: "bob", Key: "bob", CreatedAt: storyTime, Groups: []string{"staff"},
				Origin: directory.Origin{Directory: 1, Object: "2", DN: "cn=bob,ou=Contractors and Partners,ou=People,ou=Berlin,dc=corp,dc=example,dc=com", Barred: directory.BarredDisabled, SeenAt: storyTime},
			}
			p.GroupRole = directory.HelpDesk
			view, runs := v.userView(operator.User{Person: p, Status: "not required", Directory: "corp"}), storyRuns()
			view.Entry = v.entryView(p, operator.UserEntry{
				Shown:  roster.Shown{Mobile: "0171 5550123", Manager: "cn=carol,dc=corp"},
				Items:  []operator.SyncItem{{Item: directory.Item{Name: "staff"}, Last: &runs[1]}},
				RoleBy: []operator.AdminGroup{{DN: "cn=MFA Help Desk,ou=Groups,dc=corp"}},
			})
			view.Out = v.outWords(operator.KeptOut{
				ByHand: true, By: "admin", Reason: "left", ByHandAt: storyTime.Add(-time.Hour), Barred: directory.BarredDisabled, BarredAt: storyTime.Add(-time.Minute),
			}, "corp")
			return web.Page{Name: "user", Section: "users", Data: view}
		}},
	}
}
