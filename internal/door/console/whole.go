package console

import (
	"slices"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
)

// whole is everybody of a group, or of a period that people join later, if a list
// shows those and nobody else, and the words for what an act means for whoever
// joins later; no words: it means nothing for them.
func (d *Door) whole(v *visit) (s operator.Selection, family text.Key, err error) {
	switch {
	case v.Query("match") != "all" || v.doing() == doExempt:
		return s, "", nil
	case v.Query("group") != "" && onlyBy(v, "group"):
		return operator.Selection{Group: strings.TrimSpace(v.Query("group"))}, "console.period.later-members.", nil
	case v.Query("period") == "" || !onlyBy(v, "period") || v.doing() == doRequire:
		return s, "", nil
	}
	list, err := d.Operator.Periods(v.Context(), v.actor())
	for _, p := range list {
		switch {
		case p.ID.String() != v.Query("period") || p.State == enrollment.Over:
		case p.Group != "":
			return operator.Selection{Period: p.ID}, "console.period.later-members.", nil
		case p.Item != 0:
			return operator.Selection{Period: p.ID}, "console.period.later-imports.", nil
		}
	}
	return s, "", err
}

// onlyBy reports whether one filter narrows the list, and no other.
func onlyBy(v *visit, filter string) bool {
	return !slices.ContainsFunc(filterNames, func(name string) bool { return name != "kind" && name != filter && v.Query(name) != "" })
}
