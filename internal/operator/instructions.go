package operator

import (
	"context"
	"errors"
	"html/template"
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/problem"
)

// InstructionsPath is the page of the portal on which everybody reads what is
// published.
const InstructionsPath = "/instructions"

// Instructions lists what is kept for people to read, one entry for each
// language of the catalogue, also where there is nothing yet.
func (o *Operator) Instructions(ctx context.Context, by audit.Actor) ([]instructions.Entry, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	kept, err := o.Store.Instructions(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	var list []instructions.Entry
	for _, language := range o.Mail.Words.Catalogue.Languages() {
		entry := instructions.Entry{Language: language.Tag}
		for _, e := range kept {
			if e.Language == language.Tag {
				entry = e
			}
		}
		list = append(list, entry)
	}
	return list, nil
}

// InstructionsIn returns what is kept in one language.
func (o *Operator) InstructionsIn(ctx context.Context, by audit.Actor, language string) (instructions.Entry, error) {
	list, err := o.Instructions(ctx, by)
	if err != nil {
		return instructions.Entry{}, err
	}
	for _, e := range list {
		if e.Language == language {
			return e, nil
		}
	}
	return instructions.Entry{}, refuse(RefusedLanguage, problem.NotFound, "there are no instructions in the language %s", shown(language)).
		WithHint("muster instructions list names the languages")
}

// PreviewInstructions returns how instructions would be shown, without keeping
// them.
func (o *Operator) PreviewInstructions(ctx context.Context, by audit.Actor, source string) (template.HTML, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return "", err
	}
	source = instructions.Settle(source)
	if err := instructions.Check(source); err != nil {
		return "", instructionsRefused(err)
	}
	return instructions.HTML(source), nil
}

// DraftInstructions keeps what administrators go on writing at. Nobody else
// reads it. What changed after seen is not overwritten; the zero time: whatever
// there is.
func (o *Operator) DraftInstructions(ctx context.Context, by audit.Actor, language, source string, seen time.Time) error {
	return o.changeInstructions(ctx, by, language, "instructions.draft", seen, func(e *instructions.Entry) error {
		e.Draft = instructions.Settle(source)
		return instructions.Check(e.Draft)
	})
}

// PublishInstructions makes a text what everybody reads in a language. What
// changed after seen is not overwritten; the zero time: whatever there is.
func (o *Operator) PublishInstructions(ctx context.Context, by audit.Actor, language, source string, seen time.Time) error {
	return o.changeInstructions(ctx, by, language, "instructions.publish", seen, func(e *instructions.Entry) error {
		e.Draft = instructions.Settle(source)
		return o.publish(e, by)
	})
}

// PublishDraft makes the draft what everybody reads in a language.
func (o *Operator) PublishDraft(ctx context.Context, by audit.Actor, language string) error {
	return o.changeInstructions(ctx, by, language, "instructions.publish", time.Time{}, func(e *instructions.Entry) error {
		return o.publish(e, by)
	})
}

func (o *Operator) publish(e *instructions.Entry, by audit.Actor) error {
	e.Published, e.PublishedAt, e.PublishedBy = e.Draft, o.Now(), by.Name
	return instructions.Check(e.Draft)
}

// UnpublishInstructions takes back what everybody reads in a language. It stays
// as a draft, unless there is another one.
func (o *Operator) UnpublishInstructions(ctx context.Context, by audit.Actor, language string) error {
	return o.changeInstructions(ctx, by, language, "instructions.unpublish", time.Time{}, func(e *instructions.Entry) error {
		if !e.IsPublished() {
			return refuse(RefusedGone, problem.NotFound, "there are no instructions published in the language %s", language)
		}
		e.Published, e.PublishedAt, e.PublishedBy = "", time.Time{}, ""
		return nil
	})
}

func (o *Operator) changeInstructions(ctx context.Context, by audit.Actor, language, action string, seen time.Time, change func(*instructions.Entry) error) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	e, err := o.InstructionsIn(ctx, by, language)
	if err != nil {
		return err
	}
	was := e.ChangedAt
	if !seen.IsZero() && !seen.Equal(was) {
		return told(ErrChangedMeanwhile)
	}
	if err := change(&e); err != nil {
		return instructionsRefused(err)
	}
	e.ChangedAt, e.ChangedBy = o.Now(), by.Name
	log := o.entry(by, action, language, "")
	log.Detail = strconv.Itoa(utf8.RuneCountInString(e.Draft)) + " characters"
	if err := o.Store.SetInstructions(ctx, e, was, log); err != nil {
		return told(err)
	}
	return nil
}

// instructionsRefused marks what is wrong with instructions as a refusal. The
// instructions.Mistake stays in its chain.
func instructionsRefused(err error) error {
	if problem.KindOf(err) != problem.Invalid {
		return err
	}
	text, hint := problem.Public(err)
	return problem.Wrap(problem.Invalid, errors.Join(RefusedInstructions, err), "%s", text).WithHint("%s", hint)
}
