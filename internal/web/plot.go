package web

import (
	"fmt"
	"hash/fnv"
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
	Ticks  []Tick   // what is drawn below instead of X; nil: X
	Series []Series // at most four
	Bars   bool     // stacked bars instead of lines
	Marks  []Mark   // lines across, such as deadlines, from left to right
	Number func(int) string
}

// Series is one line, or one part of each bar.
type Series struct {
	Name   string
	Values []int // one for each label of Plot.X, or for the first of them: the line ends there
}

// Mark is a line across a plot.
type Mark struct {
	At int    // index of the point
	As string // what the line means
}

// Tick is a label of the horizontal axis.
type Tick struct {
	At float64 // in points: 1.5 is half way from the second to the third
	As string
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

// The geometry. Heights are pixels; across, everything is in percent of the
// width there is, so that type and lines keep their size on every screen. The
// numbers of the vertical axis stand left of the picture, in its margin.
const (
	plotHeight, plotTop, plotFoot = 240, 24, 28
	plotInnerHeight               = plotHeight - plotTop - plotFoot
	plotFine                      = 1000 // units across, for lines
)

// Rows returns the numbers as a table.
func (p Plot) Rows() []Row {
	rows := make([]Row, len(p.X))
	for i, label := range p.X {
		rows[i].Label = label
		for _, s := range p.Series {
			value := ""
			if i < len(s.Values) {
				value = p.number(s.Values[i])
			}
			rows[i].Values = append(rows[i].Values, value)
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
			sample = p.bar(i, "2", "20", 0, 12)
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
	fmt.Fprintf(&b, `<svg class="plot__picture" role="img" aria-label="%s">`, template.HTMLEscapeString(p.describe()))
	top, step := p.scale()
	p.drawAxes(&b, top, step)
	if p.Bars {
		p.drawBars(&b, top)
	} else {
		p.drawLines(&b, top)
	}
	p.drawMarks(&b)
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
		if len(s.Values) > 0 {
			said += ". " + s.Name + ": " + p.number(s.Values[len(s.Values)-1])
		}
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
			if i >= len(s.Values) {
				continue
			}
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
		fmt.Fprintf(b, `<line class="%s" x1="0" x2="100%%" y1="%.1f" y2="%.1f"/>`, class, y, y)
		fmt.Fprintf(b, `<text class="plot__tick" text-anchor="end" x="-8" y="%.1f">%s</text>`,
			y+4, template.HTMLEscapeString(p.number(v)))
	}
	fmt.Fprintf(b, `<text class="plot__tick" x="-52" y="10">%s</text>`, template.HTMLEscapeString(p.Unit))
	ticks := p.ticks()
	for i, tick := range ticks {
		class := "plot__tick"
		if len(ticks) > ticksOnPhone && i%2 == 1 {
			class += " plot__tick--more" // there is no room for it on a phone
		}
		x := percent(p.x(tick.At))
		if p.Ticks != nil {
			fmt.Fprintf(b, `<line class="plot__axis" x1="%s" x2="%s" y1="%d" y2="%d"/>`, x, x, plotHeight-plotFoot, plotHeight-plotFoot+4)
		}
		fmt.Fprintf(b, `<text class="%s" text-anchor="middle" x="%s" y="%d">%s</text>`, class, x, plotHeight-8, template.HTMLEscapeString(tick.As))
	}
}

// ticksOnPhone is how many labels stand side by side on a phone.
const ticksOnPhone = 4

// ticks are the labels of the horizontal axis: some of the points, if nothing
// else is wanted.
func (p Plot) ticks() []Tick {
	if p.Ticks != nil {
		return p.Ticks
	}
	const labels = 6
	every := max(1, (len(p.X)+labels-1)/labels)
	var list []Tick
	for i := 0; i < len(p.X); i += every {
		list = append(list, Tick{At: float64(i), As: p.X[i]})
	}
	return list
}

func (p Plot) drawLines(b *strings.Builder, top int) {
	fmt.Fprintf(b, `<svg width="100%%" height="%d" viewBox="0 0 %d %d" preserveAspectRatio="none">`,
		plotHeight, plotFine, plotHeight)
	for i, s := range p.Series {
		var d strings.Builder
		for j, v := range s.Values {
			letter := "L"
			if j == 0 {
				letter = "M"
			}
			fmt.Fprintf(&d, "%s%.1f %.1f", letter, p.x(float64(j))*plotFine, plotY(v, top))
		}
		fmt.Fprintf(b, `<path class="plot__line plot__%d" vector-effect="non-scaling-stroke" d="%s"/>`, i+1, d.String())
	}
	b.WriteString(`</svg>`)
}

func (p Plot) drawBars(b *strings.Builder, top int) {
	p.defineHatches(b)
	width := p.pitch() * 0.7
	for j := range p.X {
		below := 0
		for i, s := range p.Series {
			if j >= len(s.Values) || s.Values[j] == 0 {
				continue
			}
			y := plotY(below+s.Values[j], top)
			b.WriteString(p.bar(i, percent(p.x(float64(j))-width/2), percent(width), y, plotY(below, top)-y))
			below += s.Values[j]
		}
	}
}

// hatches tell the parts of a bar apart without colour: the first is plain,
// the others lie across, stand, and do both.
var hatches = []string{"", "M0 3h6", "M3 0v6", "M0 3h6M3 0v6"}

func (p Plot) defineHatches(b *strings.Builder) {
	b.WriteString("<defs>")
	for i := 1; i < min(len(p.Series), len(hatches)); i++ {
		fmt.Fprintf(b, `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><path class="plot__hatch" d="%s"/></pattern>`,
			p.hatchID(i), hatches[i])
	}
	b.WriteString("</defs>")
}

// hatchID is the same for plots of one title, whose hatches are the same too.
func (p Plot) hatchID(series int) string {
	name := fnv.New32a()
	_, _ = name.Write([]byte(p.Title))
	return fmt.Sprintf("hatch-%x-%d", name.Sum32(), series+1)
}

// bar draws a part of a bar.
func (p Plot) bar(series int, x, width string, y, height float64) string {
	place := fmt.Sprintf(`x="%s" y="%.1f" width="%s" height="%.1f"`, x, y, width, height)
	drawn := fmt.Sprintf(`<rect class="plot__bar plot__%d" %s/>`, series+1, place)
	if series > 0 {
		drawn += fmt.Sprintf(`<rect fill="url(#%s)" %s/>`, p.hatchID(series), place)
	}
	return drawn
}

// drawMarks draws the lines across. Of those with the same meaning the last one
// says it.
func (p Plot) drawMarks(b *strings.Builder) {
	for i, mark := range p.Marks {
		if mark.At <= 0 || mark.At >= len(p.X) {
			continue
		}
		x := percent(p.x(float64(mark.At)))
		fmt.Fprintf(b, `<line class="plot__mark" x1="%s" x2="%s" y1="%d" y2="%d"/>`, x, x, plotTop, plotHeight-plotFoot)
		if i+1 < len(p.Marks) && p.Marks[i+1].As == mark.As {
			continue
		}
		fmt.Fprintf(b, `<text class="plot__tick" text-anchor="end" dx="-4" x="%s" y="%d">%s</text>`,
			x, plotTop-6, template.HTMLEscapeString(mark.As))
	}
}

// pitch is the distance of two points, as a share of the width.
func (p Plot) pitch() float64 {
	if p.Bars {
		return 1 / math.Max(1, float64(len(p.X)))
	}
	return 1 / math.Max(1, float64(len(p.X)-1))
}

// x is where a point stands, as a share of the width.
func (p Plot) x(point float64) float64 {
	at := point * p.pitch()
	if p.Bars {
		at += p.pitch() / 2
	}
	return at
}

func percent(share float64) string { return fmt.Sprintf("%.2f%%", 100*share) }

func plotY(v, top int) float64 {
	return plotTop + plotInnerHeight*(1-float64(v)/float64(top))
}

func (p Plot) number(n int) string {
	if p.Number == nil {
		return fmt.Sprint(n)
	}
	return p.Number(n)
}
