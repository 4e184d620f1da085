package radius

import (
	"maps"
	"time"
	"unicode/utf8"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/text"
)

// brandColumns is the room a prompt has for the company's name.
const brandColumns = 16

// texts says the engine's messages so that a VPN client's form can show them.
type texts struct {
	brand, address, help string
	now                  func() time.Time
	said                 map[string]map[authn.Message]string // by language; what does not change is said once
}

func newTexts(brand, address, help string, now func() time.Time) texts {
	t := texts{brand: text.PromptName(brand, brandColumns), address: address, help: text.Prompt(help), now: now, said: make(map[string]map[authn.Message]string)}
	for _, language := range text.Default().Languages() {
		said := make(map[authn.Message]string)
		for _, m := range []authn.Message{
			authn.MessageRefused, authn.MessageAskCode, authn.MessageWrongCode, authn.MessageChangePassword,
			authn.MessageExpired, authn.MessageNeedsLink, authn.MessageNeedsHelp, authn.MessageNotIncluded,
		} {
			said[m] = t.render(language.Tag, m, nil)
		}
		t.said[language.Tag] = said
	}
	t.said[""] = t.said[text.Default().For().Lang()]
	return t
}

// say returns the text of a message in a language (BCP 47, or empty for the
// default), "" for none. invite may be nil.
func (t *texts) say(m authn.Message, language string, invite *authn.Invite) string {
	if m == authn.MessageNone {
		return ""
	}
	if _, spoken := t.said[language]; !spoken {
		language = text.Default().For(language).Lang()
	}
	if said, known := t.said[language][m]; known {
		return said
	}
	if invite == nil {
		return t.render(language, m, nil)
	}
	args := text.Args{
		"Code": enrollment.FormatCode(invite.Code.Reveal()),
		"Left": text.Default().For(language).Left(invite.Due, t.now()),
	}
	switch {
	case m == authn.MessageEnroll && !invite.UsedUp:
	case m == authn.MessageEnroll:
		m += "-used-up"
	case invite.TimesLeft > 0:
		m += "-times"
		args["Count"] = invite.TimesLeft
	}
	return t.render(language, m, args)
}

func (t *texts) render(language string, m authn.Message, args text.Args) string {
	all := text.Args{"Brand": t.brand, "Address": t.address, "Help": t.help}
	maps.Copy(all, args)
	key := text.Key("radius." + m)
	say := func() string { return text.Prompt(text.Default().For(language).T(key, all)) }
	if (m == authn.MessageExpired || m == authn.MessageNeedsLink || m == authn.MessageNeedsHelp) && t.help != "" {
		key, all["Help"] = key+"-help", ""
		all["Help"] = text.PromptName(t.help, text.PromptColumns-utf8.RuneCountInString(say())-1)
	}
	return say()
}
