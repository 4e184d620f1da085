package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// standing is a store that counts how often it was asked.
type standing struct {
	asked  int
	oldest time.Time
	fails  bool
}

func (s *standing) CountMails(context.Context, time.Time) (map[notify.State]int, error) {
	if s.asked++; s.fails {
		return nil, errors.New("away")
	}
	return map[notify.State]int{notify.Queued: 3, notify.Failed: 1}, nil
}

func (s *standing) UnsentMails(context.Context) (int, time.Time, error) { return 3, s.oldest, nil }

func (s *standing) CountPeople(context.Context, policy.Wanted, time.Time) (operator.Census, error) {
	return operator.Census{ByStatus: map[enrollment.Status]int{enrollment.Enrolled: 7}}, nil
}

// TestMetricsOfMailsAndPeople: the database is asked now and then, however often
// somebody looks.
func TestMetricsOfMailsAndPeople(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	s := &standing{oldest: now.Add(-90 * time.Second)}
	c := &standingCollector{store: s, people: s, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	told := func() map[string]float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				values[name] = m.GetGauge().GetValue()
			}
		}
		return values
	}
	for range 3 {
		got := told()
		if got["muster_mail_oldest_seconds"] != 90 || got["muster_mails queued"] != 3 || got["muster_mails failed"] != 1 ||
			got["muster_people enrolled"] != 7 || len(got) != 6+len(enrollment.Statuses()) {
			t.Errorf("%v", got)
		}
	}
	now, s.fails = now.Add(standingAge), true
	if got := told(); len(got) != 0 || s.asked != 2 {
		t.Errorf("%v, asked %d times", got, s.asked)
	}
}
