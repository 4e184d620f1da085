package console

import (
	"net/http"
	"net/netip"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/session"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// data makes a story of a page whose data does not depend on the reader.
func data(name, section string, d any) func(*visit) web.Page {
	return func(*visit) web.Page { return web.Page{Name: name, Section: section, Data: d} }
}

func stories() []story {
	list := append(peopleStories(), formStories()...)
	list = append(list, directoryStories()...)
	return append(append(append(list, recordStories()...), mailStories()...), instructionsStories()...)
}

func peopleStories() []story {
	return []story{
		{"closed-nobody", data("closed", "", closedView{closedNobody})},
		{"closed-no-role", data("closed", "", closedView{closedNoRole})},
		{"closed-no-second", data("closed", "", closedView{closedNoSecond})},
		{"closed-no-right", data("closed", "", closedView{closedNoRight})},
		{"closed-one-by-one", data("closed", "", closedView{closedOneByOne})},
		{"overview", func(v *visit) web.Page {
			census := operator.Census{All: 1234, Disabled: 12, Locked: 3, ByStatus: map[enrollment.Status]int{
				enrollment.Enrolled: 1034, enrollment.NotRequired: 150, enrollment.InPeriod: 50,
			}}
			from := storyTime.Truncate(time.Hour).Add(-(hours - 1) * time.Hour)
			return web.Page{Name: "overview", Section: "overview", Data: overviewView{
				Tiles:   v.tiles(census, storyCounts()),
				Plots:   []plot{v.byResult(storyCounts(), from), v.byClient(storyCounts(), from), v.byStatus(census)},
				Periods: v.sums([]operator.Sum{{Period: storyPeriods()[0], Asked: 415, Done: 247, Ends: storyTime.AddDate(0, 0, 9)}}),
				Todo: []todo{
					{web.Caution, v.Text.T("console.todo.help", "Count", 2), "/console/help"},
					{web.Bad, v.Text.T("console.todo.client", "Name", "Office VPN", "Cause", v.word(wordsTrouble, "wrong-secret")), "/console/client?name=Office+VPN"},
				},
			}}
		}},
		{"users", func(v *visit) web.Page { return web.Page{Name: "users", Section: "users", Data: storyList(v)} }},
		{"users-filtered", func(v *visit) web.Page {
			view := storyList(v)
			view.Filter.Search, view.Filtered, view.First, view.Paging = "ali", true, "/console/users?q=ali", web.Paging{}
			view.Chips = []web.Chip{v.chip("console.users.search", "ali", "q"), v.chip("console.users.status", v.word(wordsStatus, "enrolled"), "status")}
			return web.Page{Name: "users", Section: "users", Data: view}
		}},
		{"users-namesakes", func(v *visit) web.Page {
			view := storyList(v)
			view.Users = v.storyNamesakes()
			return web.Page{Name: "users", Section: "users", Data: view}
		}},
		{"users-none-found", func(v *visit) web.Page {
			view := storyList(v)
			view.Users, view.Filtered, view.Filter.Search = nil, true, "zoe"
			return web.Page{Name: "users", Section: "users", Data: view}
		}},
		{"users-wrong-filter", func(v *visit) web.Page {
			view := storyList(v)
			view.Users, view.Acts, view.Filtered = nil, nil, true
			return web.Page{Name: "users", Section: "users", Data: view, Form: (&wrongFilter{"status", "exspired"}).form()}
		}},
		{"users-none", func(v *visit) web.Page {
			view := storyList(v)
			view.Users = nil
			return web.Page{Name: "users", Section: "users", Data: view}
		}},
		{"user", func(v *visit) web.Page {
			return web.Page{
				Name: "user", Section: "users", Data: v.userView(storyUser()),
				Notice: &web.Notice{Tone: web.Good, Message: text.Message{Key: "notice.done-unlock", Args: text.Args{"Name": "alice"}}},
			}
		}},
		{"user-locked", func(v *visit) web.Page {
			return web.Page{Name: "user", Section: "users", Data: v.userView(lockedUser())}
		}},
		{"user-expired", func(v *visit) web.Page {
			view := v.userView(expiredUser())
			view.Asked = []helpRow{{ID: "0000000000001", Door: v.word(wordsDoor, "portal"), Source: "198.51.100.23", NewSource: true, CreatedAt: storyTime.Add(-time.Hour), Status: v.word(wordsStatus, "expired")}}
			return web.Page{Name: "user", Section: "users", Data: view}
		}},
		{"user-new", func(v *visit) web.Page {
			p := &directory.Person{ID: 5, Username: "bob", Key: "bob", CreatedAt: storyTime}
			return web.Page{Name: "user", Section: "users", Data: v.userView(operator.User{Person: p, Status: enrollment.NotRequired})}
		}},
		{"user-test-anybody", data("trial", "users", trialView{Action: "/console/user/test", Back: "/console/users"})},
		{"user-test", data("trial", "users", trialView{Username: "alice", Action: "/console/user/test?name=alice", Back: userPath("alice")})},
		{"user-test-code", func(v *visit) web.Page {
			return web.Page{Name: "trial", Section: "users", Data: trialView{
				Username: "alice", Action: "/console/user/test?name=alice", Back: userPath("alice"), Waiting: true, Steps: v.trialRows(storyTrial()[:4]),
			}}
		}},
		{"user-test-failed", func(v *visit) web.Page {
			return web.Page{Name: "trial", Section: "users", Data: trialView{
				Username: "alice", Action: "/console/user/test?name=alice", Back: userPath("alice"), Over: true, Steps: v.trialRows(storyTrial()[4:]),
			}}
		}},
		{"periods", func(v *visit) web.Page {
			view := periodsView{May: v.may(nil), AnyInForce: true}
			for _, p := range storyPeriods() {
				view.Periods = append(view.Periods, v.periodRow(p))
			}
			view.Screens = v.screenRows(storyScreens(), storyPeriods())
			return web.Page{Name: "periods", Section: "periods", Data: view}
		}},
		{"periods-none", func(v *visit) web.Page {
			return web.Page{Name: "periods", Section: "periods", Data: periodsView{May: v.may(nil)}}
		}},
		{"period", func(v *visit) web.Page {
			view := v.progress(storyProgress())
			for _, name := range []string{"alice", "bob"} {
				view.People = append(view.People, v.stuckPerson(operator.ListedUser{Row: operator.Row{Person: storyPerson(name)}}, enrollment.Begun))
			}
			return web.Page{Name: "progress", Section: "periods", Data: view}
		}},
		{"period-starting", func(v *visit) web.Page {
			return web.Page{Name: "progress", Section: "periods", Data: v.progress(operator.Progress{Period: storyPeriods()[2], Figures: operator.Figures{People: 12}})}
		}},
		{"period-locked", func(v *visit) web.Page {
			p := storyProgress()
			p.ByStatus = map[enrollment.Status]int{enrollment.Enrolled: 344, enrollment.InPeriod: 12, enrollment.ExpiredDuty: 148, enrollment.ExemptDuty: 8}
			p.Ends = storyTime.Add(22 * time.Hour)
			view := v.progress(p)
			view.People = append(view.People, v.stuckPerson(operator.ListedUser{
				Row: operator.Row{Person: storyPerson("alice")}, State: enrollment.State{Status: enrollment.ExpiredDuty},
			}, enrollment.Begun))
			return web.Page{Name: "progress", Section: "periods", Data: view}
		}},
		{"period-wall-over", func(v *visit) web.Page {
			p := storyProgress()
			p.ByStatus = map[enrollment.Status]int{enrollment.Enrolled: 344, enrollment.ExpiredDuty: 168}
			p.Ends = storyTime.Add(-30 * time.Hour)
			view := v.progress(p).onWall(v.Request)
			return web.Page{Name: "wall", Data: wallView{Shown: &view}}
		}},
		{"period-wall", func(v *visit) web.Page {
			view := v.progress(storyProgress()).onWall(v.Request)
			return web.Page{Name: "wall", Data: wallView{Shown: &view}}
		}},
		{"period-wall-all", func(v *visit) web.Page {
			view := v.overall(storyOverall()).onWall(v.Request)
			return web.Page{Name: "wall", Data: wallView{Shown: &view}}
		}},
		{"period-wall-none", func(v *visit) web.Page {
			view := v.overall(operator.Overall{}).onWall(v.Request)
			return web.Page{Name: "wall", Data: wallView{Shown: &view}}
		}},
		{"period-wall-ended", func(*visit) web.Page {
			return web.Page{Name: "wall", Status: http.StatusForbidden, Data: wallView{}}
		}},
		{"period-live", func(v *visit) web.Page {
			view := v.progress(storyProgress())
			view.Live = true
			return web.Page{Name: "progress", Section: "periods", Data: view}
		}},
		{"period-all", func(v *visit) web.Page {
			return web.Page{Name: "progress", Section: "periods", Data: v.overall(storyOverall())}
		}},
		{"period-all-none", func(v *visit) web.Page {
			return web.Page{Name: "progress", Section: "periods", Data: v.overall(operator.Overall{})}
		}},
		{"period-form", func(v *visit) web.Page {
			return web.Page{Name: "periodform", Section: "users", Data: storyPeriodForm(v)}
		}},
		{"period-preview", func(v *visit) web.Page {
			view := storyPeriodForm(v)
			view.Who, view.Names = v.Text.T("console.many.everybody", "Count", 512), nil
			view.Preview = v.requireForecast(operator.Selection{All: true}, &operator.Preview{
				BulkResult: operator.BulkResult{Chosen: 512, Done: 509, Mail: operator.Mailing{Told: 405, Nothing: 97, NoAddress: 3, KeptOut: 4}}, DoneBy: 97, Disabled: 4, NoMail: 3, LockedOut: 1,
			})
			return web.Page{Name: "periodform", Section: "users", Data: view}
		}},
		{"period-preview-group", func(v *visit) web.Page {
			view := v.periodForm(doExtend)
			view.Action, view.Who = "/console/users/period?act=extend&group=staff&match=all", v.Text.T("console.many.matching", "Count", 40)
			view.Later, view.LaterChosen = v.word("console.period.later-members.", doExtend), true
			view.Preview = v.forecast("console.period.preview.do", operator.BulkResult{
				Chosen: 40, Done: 38, Silent: 12, Mail: operator.Mailing{Told: 22, Nothing: 12, NoAddress: 2, KeptOut: 1, Exempt: 1},
				Later:   []operator.LaterChange{{Joins: operator.Joins{Group: "staff"}, What: operator.LaterEnd, Until: storyTime.Add(9 * enrollment.Day)}},
				Skipped: []operator.BulkFailure{{Username: "bob", Refusal: operator.RefusedNoRequirement}, {Username: "carol", Refusal: operator.RefusedNoRequirement}},
			})
			return web.Page{Name: "periodform", Section: "users", Data: view}
		}},
		{"roles", func(v *visit) web.Page {
			view := rolesView{May: v.may(nil), Groups: storyGroups(v), Directories: true}
			for _, u := range storyList(v).Users[:2] {
				view.People = append(view.People, holderRow{u, []string{v.Text.T("console.roles.by-hand"), "MFA Admins"}})
			}
			view.People[0].Role, view.People[1].Role = v.roleWord(directory.Administrator), v.roleWord(directory.HelpDesk)
			return web.Page{Name: "roles", Section: "roles", Data: view}
		}},
	}
}

func formStories() []story {
	act := func(name string, form *web.Form) func(*visit) web.Page {
		return func(v *visit) web.Page {
			for _, a := range append([]simpleAct{removeFactor(3)}, simpleActs...) {
				if a.name == name {
					return web.Page{Name: "act", Section: "users", Form: form, Data: actView{
						Title: v.Text.T(keyIn(wordsDoing, name+".title"), "Name", "Alice Example"), Action: "/console/user/act", Back: "/console/user?name=alice",
						Effects: a.effects(v, storyUser()), Danger: a.danger, Button: v.word(wordsDoing, name+".button"),
					}}
				}
			}
			panic("no act is named " + name)
		}
	}
	return []story{
		{"act-reset", act("reset", nil)},
		{"act-reset-without-reason", act("reset", rejected("reason", "console.refusal.no-reason"))},
		{"act-unlock", act("unlock", nil)},
		{"act-factor", act("factor", nil)},
		{"act-many", func(v *visit) web.Page {
			p := act("disable", nil)(v)
			view, _ := p.Data.(actView)
			view.Names = []string{"alice", "bob", "carol"}
			view.Title = v.Text.T("console.do.disable.many", "Count", 3)
			p.Data = view
			return p
		}},
		{"work", data("work", "users", workView{
			Title: "Require a second step", Back: "/console/users", People: 43_500, Of: 100_000,
		})},
		{"work-done", data("work", "users", workView{
			Title: "Extend or shorten the period", Back: "/console/users", Over: true, Done: 497, CSV: "/console/work.csv",
			See:     actLink{Label: "How far all periods have come", Link: "/console/period?id=all"},
			Failed:  []reasonRow{{Why: "Nobody can do this for themselves.", Count: 1, Names: []string{"admin"}}},
			Skipped: []reasonRow{{Why: "There is nothing of the kind to change.", Count: 2, Names: []string{"alice", "bob"}}},
		})},
		{"grant-exempt", func(v *visit) web.Page {
			return web.Page{Name: "grant", Section: "users", Data: v.grant(grantExempt, storyUser(), nil)}
		}},
		{"grant-pass", func(v *visit) web.Page {
			return web.Page{Name: "grant", Section: "users", Data: v.grant(grantPass, storyUser(), nil)}
		}},
		{"grant-bypass", func(v *visit) web.Page {
			view := v.grant(grantBypass, storyUser(), nil)
			view.Clients = []option{{Value: "Office VPN", Label: "Office VPN"}}
			return web.Page{Name: "grant", Section: "users", Data: view, Form: rejected("seconds", "console.grant.bypass.seconds.wrong")}
		}},
		{"undo", func(v *visit) web.Page {
			return web.Page{Name: "act", Section: "periods", Data: actView{
				Title: v.Text.T("console.undo.title"), Action: "/console/periods/undo", Back: "/console/periods", NoReason: true,
				Effects: []string{v.lastAct(storyAct()), v.Text.T("console.undo.effect"), v.Text.T("console.undo.changed")},
				Button:  v.Text.T("console.undo.button"),
			}}
		}},
		{"link", data("link", "users", linkView{
			Username: "bob", Email: "bob@example.com", Action: "/console/user/link?name=bob", Back: "/console/user?name=bob",
			Lifetimes: []option{{Value: "1h", Label: "1 h"}, {Value: "24h", Label: "24 h", Chosen: true}},
		})},
		{"handover-link", func(v *visit) web.Page {
			return web.Page{Name: "handover", Section: "users", Secret: true, Data: handoverView{
				Title: v.Text.T("console.link.done", "Name", "bob"), About: v.Text.T("console.link.about"), Label: v.Text.T("console.link.label"),
				URL: "https://mfa.example.com/e#K7MP-Q2XR", Code: "K7MP-Q2XR", Until: storyTime.Add(24 * time.Hour), Back: "/console/user?name=bob",
			}}
		}},
		{"handover-codes", func(v *visit) web.Page {
			return web.Page{Name: "handover", Section: "users", Secret: true, Data: handoverView{
				Title: v.Text.T("console.codes.done", "Name", "alice"), About: v.Text.T("console.codes.about"), Label: v.Text.T("console.codes.label"),
				Codes: []string{"5hk2m-8qxw3", "t7rb2-vcp9f", "k4xeh-6ywq8"}, Back: "/console/user?name=alice",
			}}
		}},
		{"password", data("password", "users", passwordView{Username: "alice", Action: "/console/user/password", Back: "/console/user?name=alice"})},
		{"person-add", func(v *visit) web.Page {
			return web.Page{Name: "person", Section: "users", Data: v.newPersonView(nil)}
		}},
		{"person-add-taken", func(v *visit) web.Page {
			return web.Page{Name: "person", Section: "users", Form: rejected("username", "console.refusal.name-taken"), Data: v.newPersonView(nil)}
		}},
		{"person-told", func(v *visit) web.Page {
			dora := &directory.Person{Username: "dora", DisplayName: "Dora Doe", Email: "dora@example.com", Groups: []string{"staff", "vpn"}}
			form := &web.Form{}
			form.Keep("phone", "+491715550123")
			return web.Page{Name: "person", Section: "users", Form: form, Data: personView{
				Username: "dora", Action: "/console/user/edit?name=dora", Back: "/console/user?name=dora", Languages: v.languages(""),
				Kept: v.keptFields(dora, operator.Told{Directory: "corp", Details: []string{"display-name", "mail", "groups"}}),
			}}
		}},
		{"role", func(v *visit) web.Page {
			return web.Page{Name: "role", Section: "users", Data: roleView{
				Username: "alice", Action: "/console/user/role", Back: "/console/user?name=alice",
				Roles: v.options(wordsRole, noRole, false, noRole, "auditor", "help-desk", "administrator"),
			}}
		}},
		{"invite", data("invite", "roles", inviteView{Action: "/console/roles/invite", Back: "/console/roles"})},
		{"client-add", func(v *visit) web.Page {
			form := &web.Form{}
			return web.Page{Name: "client-form", Section: "clients", Form: form, Data: clientFormView{
				New: true, Action: "/console/clients/add", Back: "/console/clients", Settings: v.settings(form),
			}}
		}},
		{"client-edit", func(v *visit) web.Page {
			form := rejected("address", "console.refusal.address-taken")
			return web.Page{Name: "client-form", Section: "clients", Form: form, Data: clientFormView{
				Name: "Office VPN", Action: "/console/client/edit", Back: "/console/client?name=Office+VPN", Settings: v.settings(form),
			}}
		}},
	}
}

func recordStories() []story {
	return []story{
		{"clients", func(v *visit) web.Page {
			lab := storyClient
			lab.Name, lab.ID, lab.Address, lab.MessageAuthenticator = "Lab", 10, netip.MustParsePrefix("198.51.100.7/32"), "require"
			return web.Page{Name: "clients", Section: "clients", Data: clientsView{
				Clients: []clientRow{v.clientRow(storyClient, storyHeard()), v.clientRow(lab, storyHeard())}, May: v.may(nil),
				Strangers: []Stranger{{Address: netip.MustParseAddr("198.51.100.9"), First: storyTime.Add(-time.Hour), Last: storyTime.Add(-time.Minute), Packets: 42}},
			}}
		}},
		{"clients-none", data("clients", "clients", clientsView{})},
		{"client", func(v *visit) web.Page {
			view := clientView{
				clientRow: v.clientRow(storyClient, storyHeard()), CreatedAt: storyClient.CreatedAt, LastFrom: "192.0.2.7", Here: true,
				LastAnswered: storyTime.Add(-time.Hour), LastTroubleAt: storyTime.Add(-time.Minute), May: v.may(nil), SignIns: storySignIns(v),
				MessageAuthenticator: v.word(wordsSetting, "message-authenticator.accept"),
			}
			return web.Page{Name: "client", Section: "clients", Data: view}
		}},
		{"signins", func(v *visit) web.Page {
			return web.Page{Name: "signins", Section: "signins", Data: signInsView{
				Clients: v.options("", "", true, "Office VPN", "portal"), Result: v.options(wordsResult, "", true, "allowed", "denied"),
				Since: v.options(wordsSince, "day", true, spanNames()...), SignIns: storySignIns(v), Filtered: true,
				Chips: []web.Chip{v.chip("console.since.label", v.word(wordsSince, "day"), "since")},
				CSV:   "/console/signins.csv?since=day", Paging: web.Paging{Next: "/console/signins?after=x"},
			}}
		}},
		{"signins-none", func(v *visit) web.Page {
			return web.Page{Name: "signins", Section: "signins", Data: signInsView{CSV: "/console/signins.csv"}}
		}},
		{"signin", func(v *visit) web.Page {
			view := signInView{signInRow: storySignIns(v)[1], ReasonName: string(authn.ReasonCodeWrongStep)}
			for _, name := range []string{"person.known", "first-factor.right", "factors.some", "code.another-time"} {
				view.Rules = append(view.Rules, rule{name, v.word(wordsRule, name)})
			}
			return web.Page{Name: "signin", Section: "signins", Data: view}
		}},
		{"explain", func(v *visit) web.Page {
			return web.Page{Name: "explain", Section: "signins", Data: explainView{
				User: "bob", Client: "Office VPN", Clients: v.options("", "Office VPN", false, "Office VPN", "portal"), Asked: true,
				Outcome: badge{web.Info, v.word(wordsOutcome, "enroll")}, Reason: v.word(wordsReason, "must-enroll"), ReasonName: "must-enroll",
				Rules: []rule{{"person.known", v.word(wordsRule, "person.known")}, {"factors.none", v.word(wordsRule, "factors.none")}},
			}}
		}},
		{"changes", func(v *visit) web.Page {
			return web.Page{Name: "changes", Section: "changes", Data: changesView{
				Since: v.options(wordsSince, "", true, spanNames()...),
				Changes: []changeRow{
					{storyTime, "admin", v.word(wordsVia, "console"), "192.0.2.10", v.word(wordsAction, "user.reset"), "alice", "lost her phone", "totp recovery"},
					{storyTime.Add(-time.Hour), "local", v.word(wordsVia, "cli"), "uid 0", v.word(wordsAction, "radius-client.add"), "Office VPN", "", "Office VPN 192.0.2.0/24 first-factor=directory code=challenge"},
				},
			}}
		}},
		{"mails-none", data("mails", "mails", mailsView{})},
		{"help", func(v *visit) web.Page {
			return web.Page{Name: "help", Section: "help", Data: helpView{May: v.may(nil), Requests: []helpRow{
				{"0000000000001", "alice", userPath("alice"), v.word(wordsDoor, "portal"), "198.51.100.23", true, storyTime.Add(-time.Hour), time.Time{}, "", v.word(wordsStatus, "expired")},
				{"0000000000002", "bob", userPath("bob"), v.word(wordsDoor, "portal"), "203.0.113.7", false, storyTime.Add(-26 * time.Hour), storyTime.Add(-25 * time.Hour), "admin", v.word(wordsStatus, "in period")},
			}}}
		}},
		{"help-none", data("help", "help", helpView{})},
	}
}

// storyTrial is a sign-in that was tried.
func storyTrial() []operator.TrialStep {
	return []operator.TrialStep{
		{Step: operator.TrialFound, Mark: operator.TrialGood, Says: string(operator.TrialFromDirectory), Directory: "corp"},
		{Step: operator.TrialPassword, Mark: operator.TrialGood, Says: string(operator.TrialPasswordRight)},
		{Step: operator.TrialRequirement, Mark: operator.TrialInfo, Says: string(enrollment.Enrolled)},
		{Step: operator.TrialFactor, Mark: operator.TrialInfo, Says: string(factor.TOTP)},
		{Step: operator.TrialCode, Mark: operator.TrialBad, Says: string(authn.ReasonCodeReused)},
		{Step: operator.TrialResult, Mark: operator.TrialBad, Says: string(operator.TrialFailed)},
	}
}

func storyPeriods() []enrollment.Period {
	return []enrollment.Period{
		{
			ID: 9, State: enrollment.Running, Duty: policy.InPeriod, Factor: policy.WantTOTP, Chosen: "group staff", Group: "staff",
			Length: 14 * enrollment.Day, Postpone: -1, RunningAt: storyTime.AddDate(0, 0, -5), By: "root",
		},
		{
			ID: 8, State: enrollment.Over, Duty: policy.RequiredNow, Factor: policy.WantAny, Place: "Office VPN", Chosen: "3 users",
			RunningAt: storyTime.AddDate(0, -1, 0), OverAt: storyTime.AddDate(0, 0, -9), By: "root",
		},
		{
			ID: 7, State: enrollment.Starting, Duty: policy.InPeriod, Factor: policy.WantPasskey, Chosen: "everybody",
			Until: storyTime.AddDate(0, 1, 0), By: "root",
		},
	}
}

func storyAct() *operator.Bulk {
	return &operator.Bulk{ID: id.At(storyTime.Add(-time.Hour)), Action: "period.extend", Chosen: "group staff", By: audit.Actor{Name: "root"}}
}

// storyProgress is a period that has run for five of fourteen days.
func storyProgress() operator.Progress {
	return operator.Progress{Period: storyPeriods()[0], Figures: storyFigures()}
}

func storyFigures() operator.Figures {
	f := operator.Figures{
		People: 512, Already: 97, Told: 409, Opened: 301, Begun: 270, Verified: 247, SignedIn: 221,
		Stages: map[enrollment.Stage]int{
			enrollment.Already: 97, enrollment.Untold: 6, enrollment.ToldStage: 108, enrollment.Opened: 31, enrollment.Begun: 23,
			enrollment.Verified: 26, enrollment.SignedIn: 221,
		},
		ByStatus: map[enrollment.Status]int{enrollment.Enrolled: 344, enrollment.InPeriod: 160, enrollment.ExemptDuty: 8},
		Began:    storyTime.AddDate(0, 0, -5), Ends: storyTime.AddDate(0, 0, 9), Step: 14 * 24 * time.Hour / operator.OpenPoints,
		Groups: []operator.Part{{Name: "sales", People: 210, Done: 120}, {Name: "office", People: 302, Done: 224}},
		Managers: []operator.Part{
			{Name: "CN=Grace Green,OU=People,DC=example,DC=com", Username: "grace", DisplayName: "Grace Green", People: 60, Done: 21},
			{Name: `CN=Hall\, Heidi,OU=Board of Directors,OU=People,DC=corp,DC=example,DC=com`, People: 12, Done: 12},
		},
		Troubles: operator.Troubles{NoAddress: 4, Undelivered: 2, Disabled: 3},
	}
	for i := range 21 {
		f.Open = append(f.Open, operator.OpenAt{At: f.Began.Add(time.Duration(i) * f.Step), Open: 415 - 247*i*(40-i)/400})
	}
	return f
}

// storyOverall is two periods in force.
func storyOverall() operator.Overall {
	other := storyPeriods()[2]
	other.State, other.RunningAt = enrollment.Running, storyTime.AddDate(0, 0, -2)
	return operator.Overall{Figures: storyFigures(), Periods: []operator.Sum{
		{Period: other, Asked: 97, Done: 12, Ends: storyTime.AddDate(0, 0, 4)},
		{Period: storyPeriods()[0], Asked: 361, Done: 235, Ends: storyTime.AddDate(0, 0, 9)},
	}}
}

func storyPeriodForm(v *visit) periodFormView {
	view := v.periodForm(doRequire)
	view.Action, view.Names, view.Who = "/console/users/period?user=alice&user=bob", []string{"alice", "bob"}, v.Text.T("console.many.who", "Count", 2)
	view.Places = v.places([]policy.Client{storyClient})
	return view
}

func storyScreens() []operator.Screen {
	return []operator.Screen{{
		Session: session.Session{
			ID: 77, Person: 1, Scope: session.Scope("period " + storyPeriods()[0].ID.String()), Browser: "Chromium on Linux", Source: "192.0.2.44",
			SeenAt: storyTime.Add(-20 * time.Second), EndsAt: storyTime.AddDate(0, 0, 28),
		},
		By: "admin",
	}}
}
