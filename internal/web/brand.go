package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
)

// Brand is what makes the pages a company's own.
type Brand struct {
	Name   string // shown on every page
	Logo   []byte // SVG, PNG, JPEG or WebP; empty: our mark
	Colour string // accent, "#2f55c8"; empty: ours
	Help   string // who can help: an address of e-mail, a URL, a telephone number, or words
}

// defaultAccent is the colour where the brand names none.
const defaultAccent = "#2f55c8"

func (b Brand) accent() string {
	if b.Colour == "" {
		return defaultAccent
	}
	return b.Colour
}

// The surfaces of tokens.css that the accent must be readable on, and the ink
// that must be readable on it.
var (
	lightSurface = colour{1, 1, 1}
	darkSurface  = mustColour("#15181d")
	white        = colour{1, 1, 1}
	nearBlack    = mustColour("#0b0d10")
)

// textContrast is what WCAG 2.2 asks of text (success criterion 1.4.3).
const textContrast = 4.5

// stylesheet returns the tokens that depend on the accent. In the light theme
// the colour is taken as it is, so it must be readable itself; for the dark
// theme it is lightened until it is.
func (b Brand) stylesheet() (string, error) {
	accent, err := parseColour(b.accent())
	if err != nil {
		return "", err
	}
	if c := contrast(accent, lightSurface); c < textContrast {
		return "", fmt.Errorf("brand colour %s is too light: its contrast with white is %.1f and must be %.1f; %s would do",
			b.accent(), c, textContrast, accent.darkenedUntil(lightSurface, textContrast))
	}
	light := accentTokens(accent, white)
	dark := accentTokens(accent.lightenedUntil(darkSurface, 6), nearBlack)
	return ":root{" + light + "}\n@media (prefers-color-scheme:dark){:root{" + dark + "}}\n", nil
}

func accentTokens(accent, ink colour) string {
	towards := colour{}
	if ink == nearBlack {
		towards = white
	}
	return fmt.Sprintf("--accent:%s;--accent-strong:%s;--on-accent:%s",
		accent, accent.mix(towards, 0.16), ink)
}

// CheckColour reports whether a brand colour can be used, and if not, which
// near one can.
func CheckColour(hex string) error {
	_, err := Brand{Colour: hex}.stylesheet()
	return err
}

// CheckLogo reports whether a file can be shown as a logo.
func CheckLogo(content []byte) error {
	_, err := logoName(content)
	return err
}

const largestLogo = 256 << 10

func logoName(content []byte) (string, error) {
	if len(content) > largestLogo {
		return "", fmt.Errorf("brand logo has %d kB, at most %d are possible", len(content)>>10, largestLogo>>10)
	}
	switch kind := http.DetectContentType(content); {
	case kind == "image/png":
		return "logo.png", nil
	case kind == "image/jpeg":
		return "logo.jpg", nil
	case kind == "image/webp":
		return "logo.webp", nil
	case strings.Contains(string(content[:min(len(content), 1000)]), "<svg"):
		return "logo.svg", nil
	default:
		return "", fmt.Errorf("brand logo is %s, possible are SVG, PNG, JPEG and WebP", kind)
	}
}

// helpLink makes the way to help a link where it is one.
func (b Brand) helpLink() template.HTML {
	words := template.HTMLEscapeString(b.Help)
	target := ""
	if address, err := mail.ParseAddress(b.Help); err == nil && address.Address == b.Help {
		target = "mailto:" + address.Address
	} else if u, err := url.Parse(b.Help); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		target = u.String()
		words = template.HTMLEscapeString(strings.TrimPrefix(strings.TrimPrefix(b.Help, "https://"), "http://"))
	} else if number := strings.NewReplacer(" ", "", "-", "", "/", "", "(", "", ")", "").Replace(b.Help); isDialable(number) {
		target = "tel:" + number
	}
	if target == "" {
		return template.HTML(words) //nolint:gosec // escaped above
	}
	return template.HTML(`<a href="` + template.HTMLEscapeString(target) + `">` + words + `</a>`) //nolint:gosec // escaped, and the scheme is one of four
}

func isDialable(number string) bool {
	digits := strings.TrimPrefix(number, "+")
	return len(digits) >= 3 && strings.Trim(digits, "0123456789") == ""
}
