package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

const (
	// standingAge is how old what standingCollector tells may be: many may ask,
	// and with a million people one count takes a while.
	standingAge     = 30 * time.Second
	standingTimeout = 5 * time.Second
)

// standingStore is what standingCollector asks.
type standingStore interface {
	CountMails(ctx context.Context, since time.Time) (map[notify.State]int, error)
	UnsentMails(ctx context.Context) (n int, oldest time.Time, err error)
}

// census counts people; *operator.Counted does not count a great many each time.
type census interface {
	CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (operator.Census, error)
}

// standingCollector tells how the whole cluster's mails and people stand. Where
// the database cannot be asked it tells nothing, rather than what was.
type standingCollector struct {
	store  standingStore
	people census
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	at   time.Time // zero: nothing is known
	told []prometheus.Metric
}

var (
	mailsNow = prometheus.NewDesc("muster_mails",
		"Mails that wait (queued, retrying), and those of the last seven days that did not arrive, by state.", []string{"state"}, nil)
	oldestMail = prometheus.NewDesc("muster_mail_oldest_seconds",
		"How long the oldest mail that waits has done so; 0 if none does.", nil, nil)
	peopleNow = prometheus.NewDesc("muster_people",
		"People by enrollment status, over all kinds of factor.", []string{"status"}, nil)
)

// Describe implements [prometheus.Collector].
func (*standingCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{mailsNow, oldestMail, peopleNow} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *standingCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if age := now.Sub(c.at); c.at.IsZero() || age < 0 || age >= standingAge {
		c.look(now)
	}
	for _, m := range c.told {
		ch <- m
	}
}

// look asks the database.
func (c *standingCollector) look(now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), standingTimeout)
	defer cancel()
	c.at, c.told = now, nil
	mails, err := c.store.CountMails(ctx, now.Add(-operator.MailsWatched))
	if err != nil {
		c.log.Warn("the metrics cannot tell how mails stand", "error", err)
		return
	}
	_, oldest, err := c.store.UnsentMails(ctx)
	if err != nil {
		c.log.Warn("the metrics cannot tell how mails stand", "error", err)
		return
	}
	people, err := c.people.CountPeople(ctx, "", now)
	if err != nil {
		c.log.Warn("the metrics cannot tell how people stand", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		c.told = append(c.told, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
	}
	for _, state := range []notify.State{notify.Queued, notify.Retrying, notify.Failed, notify.Bounced, notify.NoAddress} {
		gauge(mailsNow, float64(mails[state]), string(state))
	}
	waits := 0.0
	if !oldest.IsZero() {
		waits = max(0, now.Sub(oldest).Seconds())
	}
	gauge(oldestMail, waits)
	for _, status := range enrollment.Statuses() {
		gauge(peopleNow, float64(people.ByStatus[status]), status.Name())
	}
}
