package store

import (
	"encoding/json"

	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

const dutyColumns = `d.period_id, d.own, d.duty, d.factor, d.place, d.since, d.due, d.paused_at, d.postpone_left`

// dutyRow is a row of table duty without what the person was told; its JSON
// is how bulk_row keeps it.
type dutyRow struct {
	Period       int64  `json:"period"`
	Own          bool   `json:"own,omitempty"`
	Duty         string `json:"duty"`
	Factor       string `json:"factor,omitempty"`
	Place        string `json:"place,omitempty"`
	Since        int64  `json:"since"`
	Due          int64  `json:"due,omitempty"`
	PausedAt     int64  `json:"paused_at,omitempty"`
	PostponeLeft int64  `json:"postpone_left,omitempty"`
}

func (r *dutyRow) targets() []any {
	return []any{&r.Period, &r.Own, &r.Duty, &r.Factor, &r.Place, &r.Since, &r.Due, &r.PausedAt, &r.PostponeLeft}
}

func (r *dutyRow) requirement() policy.Requirement {
	return policy.Requirement{
		Period: id.ID(r.Period), Own: r.Own, Duty: policy.Duty(r.Duty), Factor: policy.Wanted(r.Factor), Place: r.Place,
		Since: instant(r.Since), Due: instant(r.Due), PausedAt: instant(r.PausedAt), PostponeLeft: int(r.PostponeLeft),
	}
}

func rowOfDuty(r policy.Requirement) dutyRow {
	return dutyRow{
		Period: int64(r.Period), Own: r.Own, Duty: string(r.Duty), Factor: string(r.Factor), Place: r.Place,
		Since: micros(r.Since), Due: micros(r.Due), PausedAt: micros(r.PausedAt), PostponeLeft: int64(r.PostponeLeft),
	}
}

// scanDuty reads dutyColumns.
func scanDuty(row scanner) (policy.Requirement, error) {
	var r dutyRow
	err := row.Scan(r.targets()...)
	return r.requirement(), err
}

// duty is somebody's requirement.
type duty struct {
	person id.ID
	policy.Requirement
}

// scanDutyOf reads the person and dutyColumns.
func scanDutyOf(row scanner) (duty, error) {
	var (
		person int64
		r      dutyRow
	)
	err := row.Scan(append([]any{&person}, r.targets()...)...)
	return duty{id.ID(person), r.requirement()}, err
}

// packDuties returns the requirements as bulk_row keeps them.
func packDuties(list []policy.Requirement) string {
	rows := make([]dutyRow, len(list))
	for i, r := range list {
		rows[i] = rowOfDuty(r)
	}
	text, err := json.Marshal(rows)
	if err != nil { // texts and numbers always have a form
		panic("store: " + err.Error())
	}
	return string(text)
}

func unpackDuties(text string) ([]policy.Requirement, error) {
	var rows []dutyRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	list := make([]policy.Requirement, len(rows))
	for i := range rows {
		list[i] = rows[i].requirement()
	}
	return list, nil
}
