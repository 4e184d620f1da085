package jobs

import (
	"context"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

const (
	digestEvery = 10 * time.Minute // how late it may be
	digestDay   = time.Monday
	digestHour  = 8
	week        = 7 * 24 * time.Hour
)

// Weeks is what a digest tells of, and that it was told.
type Weeks interface {
	// CountPeople counts people as they stand at now.
	CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (operator.Census, error)
	// EnrolledSince counts those who have set up a factor since an instant.
	EnrolledSince(ctx context.Context, since time.Time) (int, error)
	// HelpRequests finds requests for help.
	HelpRequests(ctx context.Context, q operator.HelpQuery) ([]operator.HelpRequest, error)
	// CountMails counts the mails that did not arrive, by state.
	CountMails(ctx context.Context, since time.Time) (map[notify.State]int, error)
	// TellWeek queues the digest to every administrator once a week.
	TellWeek(ctx context.Context, week time.Time, data map[string]string) (told bool, err error)
	// WeekUntold reports whether there may be something for TellWeek to do.
	WeekUntold(ctx context.Context, week time.Time) (bool, error)
}

// Digest tells administrators on Monday how enrollment stands. All fields are
// required.
type Digest struct {
	Weeks Weeks
	Now   func() time.Time
	Zone  *time.Location // whose Monday
}

// Job returns the digest as work of the leader.
func (d *Digest) Job() Job { return Job{Name: "weekly-digest", Every: digestEvery, Run: d.tell} }

// tell counts only when there is a week to tell of: with a million people that
// takes seconds.
func (d *Digest) tell(ctx context.Context) error {
	now := d.Now()
	end := d.lastMonday(now)
	if untold, err := d.Weeks.WeekUntold(ctx, end); err != nil || !untold {
		return err
	}
	data, err := d.figures(ctx, now, end)
	if err != nil {
		return err
	}
	_, err = d.Weeks.TellWeek(ctx, end, data)
	return err
}

// lastMonday is the last instant at which a week was over, by the clock on the
// wall.
func (d *Digest) lastMonday(now time.Time) time.Time {
	wall := now.In(d.Zone)
	days := (int(wall.Weekday()) - int(digestDay) + 7) % 7
	monday := time.Date(wall.Year(), wall.Month(), wall.Day()-days, digestHour, 0, 0, 0, d.Zone)
	if monday.After(now) {
		monday = time.Date(wall.Year(), wall.Month(), wall.Day()-days-7, digestHour, 0, 0, 0, d.Zone)
	}
	return monday
}

func (d *Digest) figures(ctx context.Context, now, end time.Time) (map[string]string, error) {
	census, err := d.Weeks.CountPeople(ctx, "", now)
	if err != nil {
		return nil, err
	}
	enrolled, err := d.Weeks.EnrolledSince(ctx, end.Add(-week))
	if err != nil {
		return nil, err
	}
	open, err := d.Weeks.HelpRequests(ctx, operator.HelpQuery{OpenOnly: true, Limit: operator.LargestPage})
	if err != nil {
		return nil, err
	}
	mails, err := d.Weeks.CountMails(ctx, end.Add(-week))
	if err != nil {
		return nil, err
	}
	data := map[string]string{"at": end.UTC().Format(time.RFC3339), "since": end.Add(-week).UTC().Format(time.RFC3339)}
	for name, n := range map[string]int{
		"required": census.All - census.ByStatus[enrollment.NotRequired], "enrolled": census.ByStatus[enrollment.Enrolled],
		"enrolled-now": enrolled, "in-period": census.ByStatus[enrollment.InPeriod], "pending": census.ByStatus[enrollment.PendingDuty],
		"expired": census.ByStatus[enrollment.ExpiredDuty], "exempt": census.ByStatus[enrollment.ExemptDuty], "help": len(open),
		"mails": mails[notify.Failed] + mails[notify.Bounced] + mails[notify.NoAddress],
	} {
		if n > 0 || name == "required" || name == "enrolled" {
			data[name] = strconv.Itoa(n)
		}
	}
	return data, nil
}
