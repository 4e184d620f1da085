package web

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/text"
)

func TestNamesInACSVListAreNoFormulas(t *testing.T) {
	if got, want := CSVList([]string{"=a", "b", "+c", "d=e", "@f"}), "'=a;b;'+c;d=e;'@f"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.OneOf(
			rapid.String(), rapid.StringMatching("[=+@\t\r-].*"),
		), 1, 5).Draw(t, "cells")
		var b bytes.Buffer
		c := NewCSV(&b)
		if err := errors.Join(c.Row(cells...), c.Close()); err != nil {
			t.Fatal(err)
		}
		read, err := csv.NewReader(&b).Read()
		if errors.Is(err, io.EOF) { // one empty cell is an empty line
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range read {
			if strings.IndexAny(cell, "=+-@\t\r") == 0 {
				t.Errorf("%q begins a formula", cell)
			}
			// The reader joins CR LF; everything else comes back as it was.
			want := strings.ReplaceAll(strings.TrimPrefix(cells[i], "'"), "\r\n", "\n")
			if strings.TrimPrefix(cell, "'") != want {
				t.Errorf("%q became %q", cells[i], cell)
			}
		}
	})
}

func TestTheQRCodeIsASoundPicture(t *testing.T) {
	svg, err := QR("totp-qr", `a "label" & more`, "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(svg), new(any)); err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("not well formed: %v", err)
	}
	for _, part := range []string{`id="totp-qr"`, `role="img"`, `aria-label="a &#34;label&#34; &amp; more"`, `fill="#fff"`, `fill="#000"`, "M4 4h7v1h-7z"} {
		if !strings.Contains(string(svg), part) {
			t.Errorf("%s is missing", part)
		}
	}
	if _, err := QR("x", "x", strings.Repeat("x", 5000)); err == nil {
		t.Error("a code that cannot be is made")
	}
}

func TestPlotsAreSoundPictures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.IntRange(0, 40).Draw(t, "points")
		plot := Plot{Title: "<Sign-ins>", Unit: "a & b", Bars: rapid.Bool().Draw(t, "bars"), Marks: []Mark{{At: rapid.IntRange(0, 50).Draw(t, "mark"), As: "<end>"}}}
		for range points {
			plot.X = append(plot.X, rapid.String().Draw(t, "label"))
		}
		for range rapid.IntRange(1, 4).Draw(t, "series") {
			plot.Series = append(plot.Series, Series{
				Name:   rapid.String().Draw(t, "name"),
				Values: rapid.SliceOfN(rapid.IntRange(0, 1_000_000), points, points).Draw(t, "values"),
			})
		}
		svg := string(plot.SVG())
		decoder := xml.NewDecoder(strings.NewReader(strings.ToValidUTF8(svg, "")))
		decoder.Strict = true
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil && !strings.Contains(err.Error(), "illegal character code") { // of a drawn label
				t.Fatalf("%v in %s", err, svg)
			}
			if err != nil {
				break
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("a place that is none: %s", svg)
		}
		if len(plot.Rows()) != points || len(plot.Legend()) != len(plot.Series) {
			t.Error("the table or the legend lacks something")
		}
	})
}

func TestAxesAreWholeAndRound(t *testing.T) {
	for largest, want := range map[int][2]int{
		0: {1, 1}, 1: {1, 1}, 3: {3, 1}, 7: {8, 2}, 12: {15, 5}, 99: {100, 20}, 100: {100, 20}, 101: {150, 50}, 4321: {5000, 1000}, 87_000: {100_000, 20_000},
	} {
		p := Plot{X: []string{"a"}, Series: []Series{{Values: []int{largest}}}}
		if top, step := p.scale(); top != want[0] || step != want[1] {
			t.Errorf("%d: top %d, step %d", largest, top, step)
		}
	}
}

func TestABrandColourMustBeReadable(t *testing.T) {
	for hex, fine := range map[string]bool{
		"": true, "#2f55c8": true, "#000": true, "#b3261e": true, "#ffcc00": false, "#fff": false, "blue": false, "#12345": false, "#gggggg": false,
	} {
		if err := CheckColour(hex); (err == nil) != fine {
			t.Errorf("%q: %v", hex, err)
		}
	}
	_, suggestion, _ := strings.Cut(CheckColour("#ffcc00").Error(), "; ")
	if hex, _, _ := strings.Cut(suggestion, " "); CheckColour(hex) != nil {
		t.Errorf("the colour suggested would not do: %s", suggestion)
	}
}

func TestBothThemesAreReadableInEveryColour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Float64Range(0, 1)
		c := mustColour(colour{part.Draw(t, "red"), part.Draw(t, "green"), part.Draw(t, "blue")}.String())
		if got := contrast(mustColour(c.darkenedUntil(lightSurface, textContrast).String()), lightSurface); got < textContrast {
			t.Errorf("%s, light: %.2f", c, got)
		}
		if got := contrast(mustColour(c.lightenedUntil(darkSurface, textContrast).String()), darkSurface); got < textContrast {
			t.Errorf("%s, dark: %.2f", c, got)
		}
	})
}

func TestWaysToHelpBecomeLinks(t *testing.T) {
	for help, want := range map[string]string{
		"help@example.com":         `<a href="mailto:help@example.com">help@example.com</a>`,
		"https://help.example.com": `<a href="https://help.example.com">help.example.com</a>`,
		"+49 30 1234-56":           `<a href="tel:+4930123456">+49 30 1234-56</a>`,
		"Room 4 & 5":               `Room 4 &amp; 5`,
		"javascript:alert(1)":      `javascript:alert(1)`,
	} {
		if got := string((Brand{Help: help}).helpLink()); got != want {
			t.Errorf("%s: %s", help, got)
		}
	}
}

func TestLogos(t *testing.T) {
	for name, logo := range map[string][]byte{
		"logo.svg": []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`),
		"logo.png": []byte("\x89PNG\r\n\x1a\n"),
	} {
		f := newFixture(t, func(c *Config) { c.Brand.Logo = logo })
		answer := f.ask(http.MethodGet, f.assets.path(name), "", nil)
		if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "image/") {
			t.Errorf("%s: %d %s", name, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
	if CheckLogo([]byte("<html>")) == nil || CheckLogo(make([]byte, largestLogo+1)) == nil {
		t.Error("what is no logo, or too large, is taken")
	}
}

func TestMessagesCannotBringMarkup(t *testing.T) {
	got := string(markup("<b>**bold** & `code`"))
	if want := "&lt;b&gt;<strong>bold</strong> &amp; <code>code</code>"; got != want {
		t.Errorf("%s", got)
	}
}

func TestFormsMayBeNil(t *testing.T) {
	var form *Form
	if !form.OK() || form.Value("a") != "" || form.WrongWith("a") != nil || form.Wrong() != nil {
		t.Error("a nil form is not empty")
	}
	form = &Form{}
	form.Require("name", "", "web.error")
	form.Keep("other", "x")
	form.Reject("other", "web.error", text.Args{})
	if form.OK() || len(form.Wrong()) != 2 || form.WrongWith("name") == nil || form.Value("other") != "x" {
		t.Errorf("%+v", form)
	}
}

func TestNoMessageKeepsHTMLFromBeingFolded(t *testing.T) {
	f := newFixture(t, nil)
	said := f.constants(text.Default().For("en"))["T"]([]string{`<script>`})
	if strings.ContainsAny(said, "<>") {
		t.Errorf("folded: %s", said)
	}
}
