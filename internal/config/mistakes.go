package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing wrong with the file.
type Mistake struct {
	Line    int    // where; 0 if the file has no lines
	Key     string // "radius.listen"; empty for the file as a whole
	Problem string // "unknown key"
	Hint    string // what to do about it; may be empty
}

// String returns the mistake as one line, without the hint.
func (m Mistake) String() string {
	parts := []string{m.Problem}
	if m.Key != "" {
		parts = []string{m.Key, m.Problem}
	}
	if m.Line > 0 {
		parts = append([]string{fmt.Sprintf("line %d", m.Line)}, parts...)
	}
	return strings.Join(parts, ": ")
}

// Mistakes is everything wrong with the file, in the order of its lines. It
// is an error; its text has one line for each mistake.
type Mistakes []Mistake

// Error implements error.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) inOrder() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return m
}

// closest returns the candidate that s is most likely a slip of, or "".
func closest(s string, candidates []string) string {
	best, distance := "", 1+max(1, len(s)/3)
	for _, c := range candidates {
		if d := editDistance(s, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions and replacements of bytes
// that turn a into b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
