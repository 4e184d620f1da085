package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"example.com/muster/internal/jobs"
)

// jobCollector reads who leads, and what the leader's jobs have done on this
// node, when it is asked.
type jobCollector struct{ elector *jobs.Elector }

var (
	leads = prometheus.NewDesc("muster_leader",
		"1 if this node leads the cluster, else 0.", nil, nil)
	jobRuns = prometheus.NewDesc("muster_job_runs_total",
		"Runs of the leader's jobs on this node, by result.", []string{"job", "result"}, nil)
	jobLastGood = prometheus.NewDesc("muster_job_last_success_timestamp_seconds",
		"When the last run on this node that went well ended.", []string{"job"}, nil)
	jobTook = prometheus.NewDesc("muster_job_last_duration_seconds",
		"How long the last run on this node took.", []string{"job"}, nil)
)

// Describe implements [prometheus.Collector].
func (jobCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{leads, jobRuns, jobLastGood, jobTook} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c jobCollector) Collect(ch chan<- prometheus.Metric) {
	term, reports := c.elector.Status()
	leading := 0.0
	if term != 0 {
		leading = 1
	}
	ch <- prometheus.MustNewConstMetric(leads, prometheus.GaugeValue, leading)
	for _, r := range reports {
		ch <- prometheus.MustNewConstMetric(jobRuns, prometheus.CounterValue, float64(r.Runs-r.Failures), r.Job, "good")
		ch <- prometheus.MustNewConstMetric(jobRuns, prometheus.CounterValue, float64(r.Failures), r.Job, "failed")
		ch <- prometheus.MustNewConstMetric(jobTook, prometheus.GaugeValue, r.Took.Seconds(), r.Job)
		if !r.LastGood.IsZero() {
			ch <- prometheus.MustNewConstMetric(jobLastGood, prometheus.GaugeValue, float64(r.LastGood.UnixMicro())/1e6, r.Job)
		}
	}
}
