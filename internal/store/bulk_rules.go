package store

import (
	"encoding/json"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// ruleRow is how column bulk.rules keeps a rule.
type ruleRow struct {
	Period    int64  `json:"period"`
	Group     string `json:"group,omitempty"`
	Item      string `json:"item,omitempty"`
	Ends      bool   `json:"ends,omitempty"`
	Was       int64  `json:"was,omitempty"`
	Until     int64  `json:"until,omitempty"`
	WasPaused int64  `json:"was_paused,omitempty"`
	Paused    int64  `json:"paused,omitempty"`
	WasClosed int64  `json:"was_closed,omitempty"`
	Closed    int64  `json:"closed,omitempty"`
}

func packRules(list []operator.BulkRule) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	rows := make([]ruleRow, len(list))
	for i, r := range list {
		rows[i] = ruleRow{
			int64(r.Period), r.Joins.Group, r.Joins.Item, r.Ends, micros(r.Was.Until), micros(r.Is.Until), micros(r.Was.PausedAt), micros(r.Is.PausedAt),
			micros(r.Was.ClosedAt), micros(r.Is.ClosedAt),
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

func unpackRules(text string) ([]operator.BulkRule, error) {
	if text == "" {
		return nil, nil
	}
	var rows []ruleRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	list := make([]operator.BulkRule, len(rows))
	for i, r := range rows {
		list[i] = operator.BulkRule{
			Period: id.ID(r.Period), Joins: operator.Joins{Group: r.Group, Item: r.Item}, Ends: r.Ends,
			Was: enrollment.Terms{Until: instant(r.Was), PausedAt: instant(r.WasPaused), ClosedAt: instant(r.WasClosed)},
			Is:  enrollment.Terms{Until: instant(r.Until), PausedAt: instant(r.Paused), ClosedAt: instant(r.Closed)},
		}
	}
	return list, nil
}
