// Package text owns the message catalogue: every word a person reads, in every
// language Muster speaks, and the ways to say a date, a number or a list.
//
// Messages live in catalogue/NAMESPACE.LANGUAGE.json as flat keys with
// text/template arguments; plural forms follow CLDR. The package must not know
// which door, page or mail a message is shown in: callers name a [Key] and its
// arguments. English is the language of last resort.
//
// Standards: BCP 47 and RFC 4647 (language tags and their matching), RFC 9110
// section 12.5.4 (Accept-Language), CLDR plural rules.
package text

import (
	"embed"
	"errors"
	"fmt"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// Key names a message: "portal.signin.title".
type Key string

// Args are the named arguments of a message. An argument "Count" chooses the
// plural form. Integers are written as people of the language write them.
type Args map[string]any

// Message is a text that is not yet said in a language: what a decision
// carries from the engine to a door.
type Message struct {
	Key  Key
	Args Args
}

// Language is one that the catalogue speaks.
type Language struct {
	Tag  string // BCP 47: "de"
	Name string // in the language itself: "Deutsch"
}

// spoken lists the languages, the one of last resort first. A new language is
// a new line here and a set of files beside the others; the tests do the rest.
var spoken = []Language{
	{Tag: "en", Name: "English"},
	{Tag: "de", Name: "Deutsch"},
}

// Catalogue holds all messages in all languages. It is safe for concurrent use.
type Catalogue struct {
	printers []*Printer // in the order of spoken
	matcher  language.Matcher
}

// Default returns the catalogue built into the program. It panics if a
// catalogue file is damaged, which a test rules out.
var Default = sync.OnceValue(func() *Catalogue {
	c, err := load()
	if err != nil {
		panic("text: " + err.Error())
	}
	return c
})

func load() (*Catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	files, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, err := bundle.LoadMessageFileFS(catalogueFiles, "catalogue/"+f.Name()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	c := &Catalogue{}
	var tags []language.Tag
	for _, lang := range spoken {
		tags = append(tags, language.Make(lang.Tag))
		c.printers = append(c.printers, newPrinter(bundle, lang))
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// Languages returns what the catalogue speaks, the language of last resort
// first.
func (c *Catalogue) Languages() []Language { return spoken }

// For returns the printer of the language that fits best. Each preference is a
// tag ("de-AT") or a whole Accept-Language header; earlier ones weigh more,
// and what cannot be parsed is passed over.
func (c *Catalogue) For(preferences ...string) *Printer {
	// The index is what counts: the tag that MatchStrings returns may carry
	// extensions ("de-u-rg-atzzzz") and equal none of ours.
	_, index := language.MatchStrings(c.matcher, preferences...)
	return c.printers[index]
}

// Printer says messages in one language. It is safe for concurrent use.
type Printer struct {
	lang      Language
	localizer *i18n.Localizer
	fixed     sync.Map // Key → string, for messages said without arguments
}

func newPrinter(bundle *i18n.Bundle, lang Language) *Printer {
	return &Printer{lang: lang, localizer: i18n.NewLocalizer(bundle, lang.Tag)}
}

// Lang returns the language's tag, fit for an HTML lang attribute.
func (p *Printer) Lang() string { return p.lang.Tag }

// Name returns the language's name in the language itself.
func (p *Printer) Name() string { return p.lang.Name }

// Has reports whether the catalogue knows key, for callers that build keys
// from codes of their own.
func (p *Printer) Has(key Key) bool {
	_, err := p.localize(key, nil)
	var missing *i18n.MessageNotFoundErr
	return !errors.As(err, &missing)
}

// T says a message. Its arguments are pairs of a name and a value, or one
// [Args] alone:
//
//	p.T("portal.codes.left", "Count", 3)
//
// A key or an argument that is missing yields the key in brackets; the tests
// of this package find both before a person does.
func (p *Printer) T(key Key, args ...any) string {
	if len(args) == 0 {
		if said, ok := p.fixed.Load(key); ok {
			return said.(string) //nolint:forcetypeassert // nothing else is stored
		}
	}
	named, err := pairs(args)
	if err != nil {
		return unsaid(key)
	}
	said, err := p.localize(key, named)
	if err != nil {
		return unsaid(key)
	}
	if len(args) == 0 {
		p.fixed.Store(key, said)
	}
	return said
}

// Say says a message that came with its arguments.
func (p *Printer) Say(m Message) string { return p.T(m.Key, m.Args) }

func unsaid(key Key) string { return "[" + string(key) + "]" }

// strict makes a missing argument an error instead of "<no value>".
var strict = &template.TextParser{Option: "missingkey=error"}

// localize returns an error also where go-i18n falls back to English with a
// usable text: a half-translated page is a fault.
func (p *Printer) localize(key Key, args Args) (string, error) {
	said := make(map[string]any, len(args))
	for name, value := range args {
		said[name] = p.spell(value)
	}
	return p.localizer.Localize(&i18n.LocalizeConfig{
		MessageID:      string(key),
		TemplateData:   said,
		PluralCount:    args["Count"],
		TemplateParser: strict,
	})
}

// spell writes a value the way the language does.
func (p *Printer) spell(value any) any {
	switch v := value.(type) {
	case int:
		return p.Number(v)
	case int64:
		return p.Number(int(v))
	case Message:
		return p.Say(v)
	case []string:
		return p.List(v)
	default:
		return value
	}
}

func pairs(args []any) (Args, error) {
	if len(args) == 1 {
		switch m := args[0].(type) {
		case Args:
			return m, nil
		case map[string]any:
			return m, nil
		}
	}
	if len(args)%2 != 0 {
		return nil, errors.New("an argument has no value")
	}
	named := make(Args, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument %d has no name", i)
		}
		named[name] = args[i+1]
	}
	return named, nil
}
