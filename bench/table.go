package bench

import (
	"fmt"
	"strings"
)

// table gathers what was measured: ratios against their goals, and the raw
// figures they come from. It prints as Markdown.
type table struct {
	ratios, figures strings.Builder
}

// atLeast adds a row where more is better.
func (t *table) atLeast(measure, unit string, must, aim, got float64) {
	t.row(measure, unit, must, aim, got, got >= must, got >= aim)
}

// atMost adds a row where less is better.
func (t *table) atMost(measure, unit string, must, aim, got float64) {
	t.row(measure, unit, must, aim, got, got <= must, got <= aim)
}

func (t *table) row(measure, unit string, must, aim, got float64, enough, aimed bool) {
	verdict := "short of it"
	switch {
	case aimed:
		verdict = "aim"
	case enough:
		verdict = "enough"
	}
	fmt.Fprintf(&t.ratios, "| %s | %s%s | %s%s | %s%s | %s |\n", measure, number(must), unit, number(aim), unit, number(got), unit, verdict)
}

// number has three digits that count.
func number(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0")
	default:
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
	}
}

// raw adds the figures of loads.
func (t *table) raw(subjects ...*subject) {
	for _, s := range subjects {
		t.line("%s", s)
	}
}

func (t *table) line(format string, args ...any) {
	fmt.Fprintf(&t.figures, format+"\n", args...)
}

func (t *table) String() string {
	return "| measure, same run | must | aim | this run | |\n|---|--:|--:|--:|---|\n" + t.ratios.String() +
		"\n| medians | per second | server CPU | generator CPU | server ÷ generator | p50 / p99 |\n|---|--:|--:|--:|--:|--:|\n" + t.figures.String()
}
