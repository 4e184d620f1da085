package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/muster/internal/door/radius"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/secret"
)

// metrics are what a server counts about itself. No label ever holds the name
// of a person, an address, or anything else that others can choose.
type metrics struct {
	registry *prometheus.Registry
	pages    *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		pages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "muster_http_request_duration_seconds",
			Help:    "Time to answer a request of the portal or the console.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route", "status"}),
	}
	b := thisBuild()
	m.registry.MustRegister(
		m.pages,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muster_build_info", Help: "The version that runs; always 1.",
			ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "tags": strings.Join(b.Tags, ",")},
		}, func() float64 { return 1 }),
	)
	return m
}

// watchPasswords shows how busy the checking of passwords is.
func (m *metrics) watchPasswords(c *password.Checker) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muster_password_checks_waiting", Help: "Password checks that wait for their turn.",
		}, func() float64 { return float64(c.Stats().Waiting) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "muster_password_hashes_total", Help: "Password hashes computed.",
		}, func() float64 { return float64(c.Stats().Hashes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "muster_password_checks_refused_total", Help: "Password checks refused because too many waited.",
		}, func() float64 { return float64(c.Stats().Refused) }),
	)
}

// page is told of every answered web request.
func (m *metrics) page(route string, status int, took time.Duration) {
	m.pages.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// handler serves the metrics; with a token only to who shows it (RFC 6750
// section 2.1).
func (m *metrics) handler(token secret.Text) http.Handler {
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	if token.Empty() {
		return serve
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !isBearer || !token.Equal(secret.New(shown)) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="muster"`)
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// radiusCollector reads the counters of the RADIUS door when it is asked.
type radiusCollector struct{ door *radius.Door }

var (
	radiusPackets = prometheus.NewDesc("muster_radius_packets_total",
		"Datagrams that came to the RADIUS door, by what became of them.", []string{"fate"}, nil)
	radiusReplies = prometheus.NewDesc("muster_radius_replies_total",
		"Replies to decided requests.", []string{"code"}, nil)
	radiusTroubles = prometheus.NewDesc("muster_radius_troubles_total",
		"Requests that got no decision, by reason.", []string{"trouble"}, nil)
	radiusInFlight = prometheus.NewDesc("muster_radius_in_flight",
		"Requests that wait for a decision.", nil, nil)
	radiusRemembered = prometheus.NewDesc("muster_radius_remembered",
		"Answers kept for retransmissions.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (c radiusCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{radiusPackets, radiusReplies, radiusTroubles, radiusInFlight, radiusRemembered} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c radiusCollector) Collect(ch chan<- prometheus.Metric) {
	n := c.door.Status().Counters
	count := func(d *prometheus.Desc, value uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	count(radiusPackets, n.Received, "received")
	count(radiusPackets, n.Strangers, "stranger")
	count(radiusPackets, n.Absorbed, "absorbed")
	count(radiusPackets, n.Resent, "resent")
	count(radiusPackets, n.Superseded, "superseded")
	count(radiusReplies, n.Accepted, "accept")
	count(radiusReplies, n.Rejected, "reject")
	count(radiusReplies, n.Challenged, "challenge")
	count(radiusReplies, n.StatusReplies, "status")
	for _, t := range radius.Troubles() {
		count(radiusTroubles, n.Troubles[t], string(t))
	}
	ch <- prometheus.MustNewConstMetric(radiusInFlight, prometheus.GaugeValue, float64(n.InFlight))
	ch <- prometheus.MustNewConstMetric(radiusRemembered, prometheus.GaugeValue, float64(n.Remembered))
}
