package web

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Plot is a picture of numbers, drawn by the server so that it needs no
// script. Its numbers are beside it as a table, and series are told apart by
// dash or hatching as well as by colour.
type Plot struct {
	Title  string   // what is shown
	Unit   string   // of the vertical axis: "people"
	XLabel string   // what the horizontal axis counts: "day"
	X      []string // labels of the points, all of them; some are drawn
	Series []Series // at most four
	Bars   bool     // stacked bars instead of lines
	Mark   int      // index of a point with a line across, such as a deadline; 0: none
	MarkAs string   // what the line means
	Number func(int) string
}

// Series is one line, or one part of each bar.
type Series struct {
	Name   string
	Values []int // one for each label of Plot.X
}

// Row is one line of the table beside a plot.
type Row struct {
	Label  string
	Values []string
}

// LegendEntry is a sample of a series and its name.
type LegendEntry struct {
	Key  template.HTML
	Name string
}

// The geometry, in units of the drawing.
const (
	plotWidth, plotHeight                  = 640, 240
	plotLeft, plotRight, plotTop, plotFoot = 52, 12, 24, 28
	plotInnerWidth                         = plotWidth - plotLeft - plotRight
	plotInnerHeight                        = plotHeight - plotTop - plotFoot
)

// Rows returns the numbers as a table.
func (p Plot) Rows() []Row {
	rows := make([]Row, len(p.X))
	for i, label := range p.X {
		rows[i].Label = label
		for _, s := range p.Series {
			rows[i].Values = append(rows[i].Values, p.number(s.Values[i]))
		}
	}
	return rows
}

// Legend returns a sample for each series.
func (p Plot) Legend() []LegendEntry {
	entries := make([]LegendEntry, len(p.Series))
	for i, s := range p.Series {
		sample := fmt.Sprintf(`<path class="plot__line plot__%d" d="M0 6h24"/>`, i+1)
		if p.Bars {
			sample = bar(i, 2, 0, 20, 12)
		}
		entries[i] = LegendEntry{
			Key:  template.HTML(`<svg viewBox="0 0 24 12">` + sample + `</svg>`), //nolint:gosec // numbers only
			Name: s.Name,
		}
	}
	return entries
}

// SVG draws the plot.
func (p Plot) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		plotWidth, plotHeight, template.HTMLEscapeString(p.describe()))
	top, step := p.scale()
	p.drawAxes(&b, top, step)
	if p.Bars {
		p.drawBars(&b, top)
	} else {
		p.drawLines(&b, top)
	}
	p.drawMark(&b)
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // texts are escaped, the rest are numbers
}

// describe says in a sentence what the picture shows.
func (p Plot) describe() string {
	said := p.Title
	if len(p.X) == 0 {
		return said
	}
	said += ". " + p.X[0] + " – " + p.X[len(p.X)-1]
	for _, s := range p.Series {
		said += ". " + s.Name + ": " + p.number(s.Values[len(s.Values)-1])
	}
	return said
}

// scale returns the top of the vertical axis and the distance of its ticks: 1,
// 2 or 5 times a power of ten, so that three to five ticks are whole numbers.
func (p Plot) scale() (top, step int) {
	largest := 1
	for i := range p.X {
		sum := 0
		for _, s := range p.Series {
			if p.Bars {
				sum += s.Values[i]
			} else {
				sum = max(sum, s.Values[i])
			}
		}
		largest = max(largest, sum)
	}
	power := int(math.Pow10(int(math.Log10(float64(largest)))))
	step = power
	for _, factor := range []float64{0.1, 0.2, 0.5, 1, 2} {
		candidate := int(factor * float64(power))
		if candidate >= 1 && largest <= 5*candidate {
			step = candidate
			break
		}
	}
	top = (largest + step - 1) / step * step
	return top, step
}

func (p Plot) drawAxes(b *strings.Builder, top, step int) {
	for v := 0; v <= top; v += step {
		y := plotY(v, top)
		class := "plot__grid"
		if v == 0 {
			class = "plot__axis"
		}
		fmt.Fprintf(b, `<path class="%s" d="M%d %.1fh%d"/>`, class, plotLeft, y, plotInnerWidth)
		fmt.Fprintf(b, `<text class="plot__tick" text-anchor="end" x="%d" y="%.1f">%s</text>`,
			plotLeft-8, y+4, template.HTMLEscapeString(p.number(v)))
	}
	fmt.Fprintf(b, `<text class="plot__tick" x="0" y="12">%s</text>`, template.HTMLEscapeString(p.Unit))
	const labels = 6
	every := max(1, (len(p.X)+labels-1)/labels)
	for i := 0; i < len(p.X); i += every {
		anchor := "middle"
		if i == 0 && !p.Bars {
			anchor = "start"
		}
		fmt.Fprintf(b, `<text class="plot__tick" text-anchor="%s" x="%.1f" y="%d">%s</text>`,
			anchor, p.x(i), plotHeight-8, template.HTMLEscapeString(p.X[i]))
	}
}

func (p Plot) drawLines(b *strings.Builder, top int) {
	for i, s := range p.Series {
		var d strings.Builder
		for j, v := range s.Values {
			letter := "L"
			if j == 0 {
				letter = "M"
			}
			fmt.Fprintf(&d, "%s%.1f %.1f", letter, p.x(j), plotY(v, top))
		}
		fmt.Fprintf(b, `<path class="plot__line plot__%d" d="%s"/>`, i+1, d.String())
	}
}

func (p Plot) drawBars(b *strings.Builder, top int) {
	width := math.Min(p.pitch()*0.7, 48)
	for j := range p.X {
		below := 0
		for i, s := range p.Series {
			if s.Values[j] == 0 {
				continue
			}
			y := plotY(below+s.Values[j], top)
			b.WriteString(bar(i, p.x(j)-width/2, y, width, plotY(below, top)-y))
			below += s.Values[j]
		}
	}
}

// bar draws a part of a bar. All but the first series are hatched: across,
// down and both.
func bar(series int, x, y, width, height float64) string {
	drawn := fmt.Sprintf(`<rect class="plot__bar plot__%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`,
		series+1, x, y, width, height)
	var d strings.Builder
	if series == 1 || series == 3 {
		for at := y + 3; at < y+height; at += 6 {
			fmt.Fprintf(&d, "M%.1f %.1fh%.1f", x, at, width)
		}
	}
	if series == 2 || series == 3 {
		for at := x + 3; at < x+width; at += 6 {
			fmt.Fprintf(&d, "M%.1f %.1fv%.1f", at, y, height)
		}
	}
	if d.Len() > 0 {
		drawn += `<path class="plot__hatch" d="` + d.String() + `"/>`
	}
	return drawn
}

func (p Plot) drawMark(b *strings.Builder) {
	if p.Mark <= 0 || p.Mark >= len(p.X) {
		return
	}
	x := p.x(p.Mark)
	fmt.Fprintf(b, `<path class="plot__mark" d="M%.1f %dv%d"/>`, x, plotTop, plotInnerHeight)
	fmt.Fprintf(b, `<text class="plot__tick" text-anchor="end" x="%.1f" y="%d">%s</text>`,
		x-4, plotTop+4, template.HTMLEscapeString(p.MarkAs))
}

// pitch is the distance of two points.
func (p Plot) pitch() float64 {
	if p.Bars {
		return plotInnerWidth / math.Max(1, float64(len(p.X)))
	}
	return plotInnerWidth / math.Max(1, float64(len(p.X)-1))
}

func (p Plot) x(i int) float64 {
	at := plotLeft + float64(i)*p.pitch()
	if p.Bars {
		at += p.pitch() / 2
	}
	return at
}

func plotY(v, top int) float64 {
	return plotTop + plotInnerHeight*(1-float64(v)/float64(top))
}

func (p Plot) number(n int) string {
	if p.Number == nil {
		return fmt.Sprint(n)
	}
	return p.Number(n)
}
