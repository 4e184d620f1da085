package console

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// trialCookie holds the handle of a trial that awaits a code.
const trialCookie = "trial"

// trialView is a sign-in that is tried for somebody.
type trialView struct {
	Username, Action, Back string
	Steps                  []trialRow
	Waiting                bool // for a code
	Over                   bool
}

type trialRow struct {
	Step, Says string
	Mark       badge
}

var trialTones = map[operator.TrialMark]web.Tone{
	operator.TrialGood: web.Good, operator.TrialBad: web.Bad, operator.TrialInfo: web.Info,
}

func (d *Door) showTrial(w http.ResponseWriter, v *visit) error {
	form := &web.Form{}
	form.Keep("username", v.Query("name"))
	return d.trialPage(w, v, trialView{Username: v.Query("name")}, form)
}

func (d *Door) trialPage(w http.ResponseWriter, v *visit, view trialView, form *web.Form) error {
	view.Action, view.Back = "/console/user/test", "/console/users"
	if view.Username != "" {
		view.Action += "?" + url.Values{"name": {view.Username}}.Encode()
		view.Back = userPath(view.Username)
	}
	return d.show(w, v, web.Page{Name: "trial", Section: "users", Data: view, Form: form})
}

// try takes name and password or, where one is awaited, the code.
func (d *Door) try(w http.ResponseWriter, v *visit) error {
	form := v.keep("username")
	name := strings.TrimSpace(v.Field("username"))
	password, code := v.Secret("password"), v.Secret("code")
	handle := authn.Handle{Text: v.SecretCookie(trialCookie)}
	waiting := v.Field("step") == "code" && !handle.Empty()
	switch {
	case v.typeAgain(form, "password"):
		return d.trialPage(w, v, trialView{Username: name}, form)
	case waiting && code.Empty():
		form.Reject("code", "portal.code.missing", nil)
		return d.trialPage(w, v, trialView{Username: name, Waiting: true}, form)
	case name == "":
		form.Reject("username", "console.person.username.missing", nil)
		return d.trialPage(w, v, trialView{Username: v.Query("name")}, form)
	case !waiting && password.Empty():
		form.Reject("password", "portal.signin.password.missing", nil)
		return d.trialPage(w, v, trialView{Username: name}, form)
	}
	var trial operator.Trial
	var err error
	if waiting {
		trial, err = d.Operator.TryCode(v.Context(), v.actor(), name, handle, code)
	} else {
		trial, err = d.Operator.TryPassword(v.Context(), v.actor(), name, password)
	}
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.trialPage(w, v, trialView{Username: name}, form)
	}
	if trial.Over {
		v.ClearCookie(w, trialCookie)
	} else {
		v.SetCookie(w, trialCookie, trial.Handle.Reveal(), challenge.PromptLifetime)
	}
	return d.trialPage(w, v, trialView{Username: name, Steps: v.trialRows(trial.Steps), Waiting: !trial.Over, Over: trial.Over}, nil)
}

func (v *visit) trialRows(steps []operator.TrialStep) []trialRow {
	rows := make([]trialRow, 0, len(steps))
	for _, s := range steps {
		rows = append(rows, trialRow{
			Step: v.word(wordsTrialStep, string(s.Step)), Says: v.trialWord(s),
			Mark: badge{trialTones[s.Mark], v.word(wordsTrialMark, string(s.Mark))},
		})
	}
	return rows
}

// trialWord says what came of a step.
func (v *visit) trialWord(s operator.TrialStep) string {
	if key := keyIn(wordsTrial, s.Says); v.Text.Has(key) {
		return v.Text.T(key, "Directory", s.Directory)
	}
	for _, family := range []text.Key{wordsReason, wordsStatus, wordsKind} {
		if v.Text.Has(keyIn(family, s.Says)) {
			return v.word(family, s.Says)
		}
	}
	return s.Says
}
