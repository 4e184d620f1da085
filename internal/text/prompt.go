package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// PromptBytes is the most a RADIUS Reply-Message attribute holds: RFC 2865
// section 5 gives an attribute 255 bytes, two of which are its head.
const PromptBytes = 253

// PromptColumns is the longest line that VPN clients' forms show whole.
const PromptColumns = 80

// promptSpelling replaces what VPN clients put into markup unescaped. The
// stand-ins keep a brand such as "Smith & <Sons>" readable.
var promptSpelling = strings.NewReplacer("&", "+", "<", "(", ">", ")", `"`, "'")

// Prompt makes s harmless for the form of a VPN client: one line of at most
// [PromptBytes] bytes in valid UTF-8, without markup, control or invisible
// formatting characters. Whoever builds a prompt keeps it within
// [PromptColumns]; cutting here is the last resort, and never splits a
// character.
func Prompt(s string) string {
	s = promptSpelling.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1
		default:
			return r
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return clipBytes(s, PromptBytes)
}

// PromptName shortens a name, such as the company's, to a place in a prompt of
// at most n characters, and makes it harmless as [Prompt] does.
func PromptName(name string, n int) string {
	name = Prompt(name)
	if utf8.RuneCountInString(name) <= n {
		return name
	}
	runes := []rune(name)[:n-1]
	return strings.TrimRightFunc(string(runes), unicode.IsSpace) + ellipsis
}

const ellipsis = "…"

func clipBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit - len(ellipsis)
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + ellipsis
}
