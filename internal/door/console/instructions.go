package console

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

const instructionsPath = "/console/instructions"

type instructionsView struct {
	Languages []instructionsRow
	Portal    string // where everybody reads them
	May       rights
}

// instructionsRow is how far the instructions in one language are.
type instructionsRow struct {
	Language, Edit string
	State          badge
	PublishedAt    time.Time // zero: nothing is
	PublishedBy    string
	DraftAt        time.Time // zero: there is no draft that says something else
	DraftBy        string
	HTML           template.HTML // as everybody reads it
	Tag            string
}

type instructionsEditView struct {
	Language, Tag, Action, Source string
	Seen                          string // of which change the source is
	Published, Open               bool
	PublishedAt, ChangedAt        time.Time
	PublishedBy, ChangedBy        string
	HTML                          template.HTML // what it would look like
	Problem                       string        // what is wrong with the source
	Longest                       int
	Portal                        string
	May                           rights
}

// instructions shows what everybody can read, and what is being written.
func (d *Door) instructions(w http.ResponseWriter, v *visit) error {
	list, err := d.Operator.Instructions(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := instructionsView{Portal: operator.InstructionsPath, May: v.may(nil)}
	for _, e := range list {
		view.Languages = append(view.Languages, v.instructionsRow(e))
	}
	return d.show(w, v, web.Page{Name: "instructions", Section: "mails", Data: view})
}

func (v *visit) instructionsRow(e instructions.Entry) instructionsRow {
	row := instructionsRow{
		Language: languageName(e.Language), Tag: e.Language, Edit: instructionsEditPath(e.Language),
		PublishedAt: e.PublishedAt, PublishedBy: e.PublishedBy,
		State: badge{web.Info, v.Text.T("console.instructions.none")},
	}
	if e.IsOpen() {
		row.DraftAt, row.DraftBy = e.ChangedAt, e.ChangedBy
		row.State = badge{web.Caution, v.Text.T("console.instructions.draft")}
	}
	if e.IsPublished() {
		row.State = badge{web.Good, v.Text.T("console.instructions.published")}
		row.HTML = instructions.HTML(e.Published)
	}
	return row
}

func instructionsEditPath(language string) string {
	return instructionsPath + "/edit?" + url.Values{"language": {language}}.Encode()
}

func (d *Door) showEditInstructions(w http.ResponseWriter, v *visit) error {
	e, err := d.Operator.InstructionsIn(v.Context(), v.actor(), v.Query("language"))
	if err != nil {
		return err
	}
	return d.askInstructions(w, v, nil, e, e.Draft, seenOf(e))
}

// seenOf names the change that a form was filled in over.
func seenOf(e instructions.Entry) string {
	if e.ChangedAt.IsZero() {
		return "0"
	}
	return strconv.FormatInt(e.ChangedAt.UnixMicro(), 10)
}

// seenIn is when what a form was filled in over was changed; the zero time
// where that is how things stand, or the form does not say.
func seenIn(field string, e instructions.Entry) time.Time {
	micros, err := strconv.ParseInt(field, 10, 64)
	if err != nil || field == seenOf(e) {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// askInstructions shows the form with what everybody would read.
func (d *Door) askInstructions(w http.ResponseWriter, v *visit, form *web.Form, e instructions.Entry, source, seen string) error {
	view := instructionsEditView{
		Language: languageName(e.Language), Tag: e.Language, Action: instructionsEditPath(e.Language), Source: source, Seen: seen,
		Published: e.IsPublished(), Open: e.IsOpen(), PublishedAt: e.PublishedAt, PublishedBy: e.PublishedBy, ChangedAt: e.ChangedAt, ChangedBy: e.ChangedBy,
		Longest: instructions.Longest, Portal: operator.InstructionsPath, May: v.may(nil),
	}
	if instructions.Settle(source) != "" {
		page, err := d.Operator.PreviewInstructions(v.Context(), v.actor(), source)
		switch {
		case err == nil:
			view.HTML = page
		case operator.RefusalOf(err) == operator.RefusedInstructions:
			says, _ := instructionsMistakeIn(err)
			view.Problem = v.Text.Say(says)
		default:
			return err
		}
	}
	return d.show(w, v, web.Page{Name: "instructions-edit", Section: "mails", Form: form, Data: view})
}

func (d *Door) changeInstructions(w http.ResponseWriter, v *visit) error {
	e, err := d.Operator.InstructionsIn(v.Context(), v.actor(), v.Query("language"))
	if err != nil {
		return err
	}
	source, seen := v.Field("source"), v.Field("seen")
	var notice text.Key
	switch v.Field("do") {
	case "publish":
		err = d.Operator.PublishInstructions(v.Context(), v.actor(), e.Language, source, seenIn(seen, e))
		notice = "notice.instructions-published"
	case "draft":
		err = d.Operator.DraftInstructions(v.Context(), v.actor(), e.Language, source, seenIn(seen, e))
		notice = "notice.instructions-kept"
	case "unpublish":
		err = d.Operator.UnpublishInstructions(v.Context(), v.actor(), e.Language)
		notice = "notice.instructions-unpublished"
	default: // see what it would look like
		return d.askInstructions(w, v, nil, e, source, seen)
	}
	if err == nil {
		v.Notify(w, web.Good, notice, nil)
		return v.Redirect(w, instructionsPath)
	}
	form := &web.Form{}
	if err := refused(form, err); err != nil {
		return err
	}
	return d.askInstructions(w, v, form, e, source, seen)
}

// instructionsMistakeIn returns the words for what is wrong with instructions,
// and in which line; ok is false if err says nothing of them.
func instructionsMistakeIn(err error) (says text.Message, ok bool) {
	m, ok := errors.AsType[*instructions.Mistake](err)
	if !ok {
		return text.Message{}, false
	}
	says = text.Message{
		Key: wordsInstructions + text.Key(m.Fault), Args: text.Args{"Given": m.Given, "Longest": instructions.Longest},
	}
	if m.Line == 0 {
		return says, true
	}
	return text.Message{Key: "console.mistake-line", Args: text.Args{"Line": m.Line, "What": says}}, true
}
