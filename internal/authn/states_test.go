package authn

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

// drawing is a page of docs/states.
type drawing struct {
	drawn map[string]bool     // "from --> to" in the diagram
	table []map[string]string // the rows of the table of arrows, by column
}

func readDrawing(t *testing.T, path string) drawing {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, arrows, _ := strings.Cut(string(raw), "## The arrows")
	d := drawing{drawn: map[string]bool{}}
	for line := range strings.SplitSeq(page, "\n") {
		from, rest, ok := strings.Cut(strings.ReplaceAll(line, "[*]", "start"), " --> ")
		to, _, _ := strings.Cut(rest, ":")
		if ok && to != "start" { // what leads to the end is no arrow of its own
			d.drawn[word(from)+" --> "+word(to)] = true
		}
	}
	var columns []string
	for line := range strings.SplitSeq(arrows, "\n") {
		switch {
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---"):
		case columns == nil:
			columns = cells(line)
		default:
			row := map[string]string{}
			for i, cell := range cells(line) {
				row[columns[i]] = cell
			}
			d.table = append(d.table, row)
		}
	}
	return d
}

func word(state string) string { return strings.ReplaceAll(strings.TrimSpace(state), "_", " ") }

// arrows are the arrows of the rows whose column holds one of the values;
// alternatives are multiplied out. Without a column all rows count.
func (d drawing) arrows(column string, values ...string) map[string]bool {
	arrows := map[string]bool{}
	for _, row := range d.table {
		if column != "" && !slices.Contains(values, row[column]) {
			continue
		}
		for from := range strings.SplitSeq(row["from"], " / ") {
			for to := range strings.SplitSeq(row["to"], " / ") {
				if from != to || from == row["from"] {
					arrows[from+" --> "+to] = true
				}
			}
		}
	}
	return arrows
}

// couldHaveBeenAsked rules out questions that no client gets as it is now. (An
// administrator may change a client while a question is open; then it is
// answered by the new rules.)
func couldHaveBeenAsked(f Facts) bool {
	c := f.Challenge
	if c == nil {
		return true
	}
	if (c.Purpose == challenge.Enroll || c.Purpose == challenge.GoOn) && f.Client.FirstFactor == policy.FirstNone {
		return false
	}
	return f.Client.Code != policy.CodeAppend && (c.Purpose != challenge.Decoy || f.Client.FirstFactor == policy.FirstNone)
}

var attemptStates = map[challenge.Purpose]string{
	challenge.SignIn: "asked", challenge.Enroll: "enrolling", challenge.GoOn: "going on", challenge.Decoy: "decoy",
}

func TestAttemptIsAsDrawn(t *testing.T) {
	d := readDrawing(t, "../../docs/states/attempt.md")
	seen := map[string]bool{}
	for f := range drawnSituations {
		question := questionWord(f, testNow)
		if !couldHaveBeenAsked(f) || question == "unknown" || question == "of another" {
			continue // the attempt that the answer was meant for stays where it is
		}
		from, to := "start", "denied"
		if f.Answering {
			from = attemptStates[f.Challenge.Purpose]
		}
		switch j := decide(f, testNow); j.Outcome {
		case Allow:
			to = "allowed"
		case Ask, Enroll:
			to = attemptStates[j.effects.open.Purpose]
		case Deny:
			if j.Reason == ReasonStateExpired {
				to = "expired"
			}
		}
		seen[from+" --> "+to] = true
	}
	compareArrows(t, "the table", d.arrows(""), seen)
	compareArrows(t, "the diagram", d.drawn, d.arrows(""))
}

func TestChallengeIsAsDrawn(t *testing.T) {
	d := readDrawing(t, "../../docs/states/challenge.md")
	seen := map[string]bool{}
	for f := range drawnSituations {
		if !couldHaveBeenAsked(f) {
			continue
		}
		j := decide(f, testNow)
		if q := j.effects.open; q != nil {
			seen["start --> "+string(q.Status(testNow))] = true
		}
		answered := false
		for _, over := range j.effects.spend {
			if f.Challenge == nil || over != *f.Challenge {
				seen[string(over.Status(testNow))+" --> superseded"] = true
				continue
			}
			answered = true
			seen["pending --> "+endOf(j)] = true
		}
		if f.Challenge != nil && !answered && f.Challenge.Status(testNow) == challenge.Pending {
			seen["pending --> pending"] = true
		}
	}
	compareArrows(t, "the table", d.arrows("drawn by", "decide"), seen)
	compareArrows(t, "the diagram", d.drawn, d.arrows(""))
}

// endOf is what becomes of a question that was answered.
func endOf(j judgement) string {
	switch {
	case j.Outcome == Allow:
		return string(challenge.Approved)
	case j.Outcome != Deny:
		return "replaced"
	case j.Reason == ReasonStateExpired:
		return string(challenge.Expired)
	}
	return string(challenge.Denied)
}

func TestEnrollmentIsAsDrawn(t *testing.T) {
	d := readDrawing(t, "../../docs/states/enrollment.md")
	seen := map[string]map[string]bool{"time": {}, "verified": {}, "factors gone": {}, "requirement": {}}
	drawn := rapid.Custom(drawRecord)
	for seed := range 5_000 {
		r, other := drawn.Example(seed), drawn.Example(-seed-1)
		if seed%2 == 0 && len(r.Factors) > 0 {
			r.Factors[0].Kind = "passkey"
		}
		before := enrollment.StatusOf(r.Factors, r.Requirements, testNow)
		note := func(cause string, factors []factor.Factor, q []policy.Requirement, now time.Time) {
			if after := enrollment.StatusOf(factors, q, now); after != before {
				seen[cause][string(before)+" --> "+string(after)] = true
			}
		}
		note("time", r.Factors, r.Requirements, testNow.Add(2*time.Hour))
		note("requirement", r.Factors, other.Requirements, testNow)
		note("verified", append(slices.Clone(r.Factors), factor.Factor{Kind: factor.TOTP}), r.Requirements, testNow)
		note("verified", append(slices.Clone(r.Factors), factor.Factor{Kind: factor.TOTP, Suspended: true}), r.Requirements, testNow)
		note("verified", append(slices.Clone(r.Factors), factor.Factor{Kind: factor.Recovery}), r.Requirements, testNow)
		note("factors gone", nil, r.Requirements, testNow)
		suspended := slices.Clone(r.Factors)
		for i := range suspended {
			suspended[i].Suspended = true
		}
		note("factors gone", suspended, r.Requirements, testNow)
	}
	for cause, arrows := range seen {
		compareArrows(t, cause, d.arrows("cause", cause), arrows)
	}
	compareArrows(t, "the diagram", d.drawn, with("start --> not required", d.arrows("cause", "time", "verified", "factors gone")))
	for _, status := range enrollment.Statuses() {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(d.drawn)), func(arrow string) bool { return strings.Contains(arrow, string(status)) }) {
			t.Errorf("the status %q is not drawn", status)
		}
	}
}

func with(arrow string, arrows map[string]bool) map[string]bool {
	arrows[arrow] = true
	return arrows
}

func compareArrows(t *testing.T, where string, documented, seen map[string]bool) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("%s: documented (-) and seen (+):\n%s", where, diff)
	}
}
