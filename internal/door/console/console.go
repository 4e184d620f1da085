// Package console is the door for administrators: they look after people,
// protected clients and logs, in any browser and without scripts.
//
// It decides nothing about who gets in, and nothing about who may do what: it
// asks package operator, which the command line asks too, and shows what the
// answer means. People sign in at the portal; their role is looked up for each
// request. It must not know databases or other doors.
//
// Standards: WCAG 2.2 AA; RFC 4180 (CSV).
package console

import (
	"context"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// Config is what a Door stands on. All fields are required but Heard.
type Config struct {
	Web      *web.Server
	Operator *operator.Operator
	Sessions Sessions
	// Heard tells what the RADIUS door has heard since the start, on this
	// node; nil: there is no such door.
	Heard func() Heard
}

// Sessions finds signed-in browsers; *session.Keeper is one.
type Sessions interface {
	Find(ctx context.Context, token secret.Text) (*session.Session, error)
	// Look is Find for what a page asks for by itself.
	Look(ctx context.Context, token secret.Text) (*session.Session, error)
	// Scoped finds the session of a screen.
	Scoped(ctx context.Context, token secret.Text) (*session.Session, error)
}

// Heard is what the RADIUS door has heard.
type Heard struct {
	Clients   map[id.ID]Traffic
	Strangers []Stranger // the latest first
}

// Traffic is what was heard of one client. Times are zero for what never
// happened.
type Traffic struct {
	LastPacket    time.Time
	LastFrom      netip.Addr
	LastAnswered  time.Time
	LastTrouble   string // its stable name; see radius.Trouble
	LastTroubleAt time.Time
	Troubled      bool // the trouble is newer than the last answer
}

// Stranger is an address that belongs to no client and sent packets.
type Stranger struct {
	Address     netip.Addr
	First, Last time.Time
	Packets     int
}

// Door is the console.
type Door struct {
	Config
	pages *web.Pages
	// manned remembers that an administrator was found: the question costs a
	// look at the database, and strangers can ask it.
	manned atomic.Bool
	works  works // acts on many that go on by themselves
}

// New adds the console's pages to c.Web. An error means that a template is
// broken.
func New(c Config) (*Door, error) {
	pages, err := c.Web.Pages(templates, "templates")
	if err != nil {
		return nil, err
	}
	if c.Heard == nil {
		c.Heard = func() Heard { return Heard{} }
	}
	d := &Door{Config: c, pages: pages}
	d.handleReading()
	d.handleChanging()
	return d, nil
}

// handleReading adds the pages that only show.
func (d *Door) handleReading() {
	for pattern, page := range map[string]page{
		"GET /console":                 d.overview,
		"GET /console/users":           d.choosing(d.users),
		"GET /console/users.csv":       d.choosing(d.usersCSV),
		"GET /console/user":            d.user,
		"GET /console/clients":         d.clients,
		"GET /console/client":          d.client,
		"GET /console/signins":         d.signIns,
		"GET /console/signins.csv":     d.signInsCSV,
		"GET /console/signin":          d.signIn,
		"GET /console/changes":         d.changes,
		"GET /console/mails":           d.mails,
		"GET /console/mails/templates": d.templates,
		"GET /console/mails/preview":   d.frameTemplate,
		"POST /console/mails/preview":  d.frameTemplate,
		"GET " + instructionsPath:      d.instructions,
		"GET /console/background":      d.background,
		"GET /console/help":            d.helpDesk,
		"GET /console/roles":           d.roles,
		"GET /console/periods":         d.periods,
		"GET /console/period":          d.period,
		"GET /console/period.csv":      d.periodCSV,
		"GET /console/work":            d.work,
		"GET /console/work.csv":        d.workCSV,
		"GET /console/explain":         d.explain,
		"GET /console/directories":     d.directories,
		"GET /console/directory":       d.directory,
		"GET /console/runs":            d.runs,
		"GET /console/run":             d.run,
		"GET " + liveRunPath:           d.liveRun,
		"GET /console/run/rows.csv":    d.runRowsCSV,
		"GET /console/browse":          d.browse,
		"GET /console/unrecorded":      d.unrecorded,
	} {
		d.Web.Handle(pattern, d.reading(page))
	}
	d.Web.Handle("GET "+wallPath, d.wall)
}

// handleChanging adds the pages that change something: each shows a form, and
// takes it.
func (d *Door) handleChanging() {
	for path, form := range map[string]formPage{
		"/console/users/add":      {always(manage), d.showAddUser, d.addUser},
		"/console/users/act":      {allowedAct, d.choosing(d.showMany), d.choosing(d.actOnMany)},
		"/console/users/period":   {allowedPeriod, d.choosing(d.showPeriodForm), d.choosing(d.takePeriod)},
		"/console/periods/undo":   {always(configure), d.showUndo, d.undo},
		"/console/period/act":     {always(configure), d.showPeriodAct, d.actOnPeriod},
		"/console/period/wall":    {always(configure), d.showOpenScreen, d.openScreen},
		"/console/screen/end":     {always(configure), d.showEndScreen, d.endScreen},
		"/console/user/exempt":    {always(manage), d.showExempt, d.exempt},
		"/console/user/pass":      {always(help), d.showPass, d.issuePass},
		"/console/user/bypass":    {always(help), d.showBypass, d.bypass},
		"/console/user/edit":      {always(manage), d.showEditUser, d.editUser},
		"/console/user/act":       {allowedAct, d.showAct, d.act},
		"/console/user/password":  {always(issue), d.showPassword, d.setPassword},
		"/console/user/link":      {always(help), d.showLink, d.makeLink},
		"/console/user/codes":     {always(issue), d.showCodes, d.makeCodes},
		"/console/user/role":      {always(appoint), d.showRole, d.setRole},
		"/console/user/test":      {always(help), d.showTrial, d.try},
		"/console/roles/invite":   {always(appoint), d.showInvite, d.invite},
		"/console/clients/add":    {always(configure), d.showAddClient, d.addClient},
		"/console/client/edit":    {always(configure), d.showEditClient, d.editClient},
		"/console/client/remove":  {always(configure), d.showRemoveClient, d.removeClient},
		"/console/help/close":     {always(help), d.showCloseHelp, d.closeHelp},
		"/console/mails/resend":   {always(help), d.showResend, d.resend},
		"/console/mails/test":     {always(configure), d.showTestMail, d.testMail},
		"/console/mails/template": {always(configure), d.showTemplate, d.changeTemplate},

		instructionsPath + "/edit": {always(configure), d.showEditInstructions, d.changeInstructions},

		"/console/directories/add":    {always(configure), d.showAddDirectory, d.addDirectory},
		"/console/directory/edit":     {always(configure), d.showEditDirectory, d.editDirectory},
		"/console/directory/remove":   {always(configure), d.showRemoveDirectory, d.removeDirectory},
		"/console/directory/test":     {always(configure), d.backToDirectory, d.testDirectory},
		"/console/directory/import":   {always(configure), d.backToDirectory, d.importEntries},
		"/console/sync/add":           {always(configure), d.showAddItem, d.addItem},
		"/console/sync/edit":          {always(configure), d.showEditItem, d.editItem},
		"/console/sync/remove":        {always(configure), d.showRemoveItem, d.removeItem},
		"/console/sync/run":           {always(configure), d.backToRuns, d.runNow},
		"/console/run/decide":         {always(configure), d.showDecide, d.decideRun},
		"/console/admin-group/add":    {always(appoint), d.showAddGroup, d.addGroup},
		"/console/admin-group/remove": {always(appoint), d.showRemoveGroup, d.removeGroup},
	} {
		d.Web.Handle("GET "+path, d.changing(form.allowed, form.show))
		d.Web.Handle("POST "+path, d.changing(form.allowed, form.take))
	}
}

// page answers somebody who may look.
type page func(w http.ResponseWriter, v *visit) error

// formPage is a form and what becomes of it.
type formPage struct {
	allowed    permission // to change what the form is about
	show, take page
}
