// Package portal is the door for people: they sign in, set up their second
// step, look after it and ask for help, in any browser and without scripts.
//
// It decides nothing: it asks the engine and shows what the answer means. It
// must not know databases, protocols of other doors, or how a code is checked.
// A code or a password is taken from a posted form only, never from a URL.
//
// Standards: WCAG 2.2 AA; HTML's autofill field names; otpauth URIs as
// authenticator apps read them.
package portal

import "example.com/muster/internal/text"

// topics are what people ask for help about; their words are in the catalogue.
var topics = []string{"phone-lost", "phone-new", "codes-refused", "period-over", "other"}

// refusal returns what a page says to somebody who has proven the password and
// still cannot go on.
func refusal(why string) refusedView {
	family := "portal.refused." + why
	return refusedView{
		Title: text.Key(family + ".title"),
		What:  text.Message{Key: text.Key(family + ".what")},
		Next:  text.Message{Key: text.Key(family + ".next")},
		Help:  why != "too-long",
	}
}
