package operator

import (
	"context"
	"sync"
)

// eachFound calls fn with those whom a query finds, one page after the other.
// With Config.ReadAhead the next is looked for while fn is at work; nothing of
// that goes on any more when it returns.
func (o *Operator) eachFound(ctx context.Context, q PeopleQuery, fn func(rows []Row) error) error {
	if !o.ReadAhead {
		return o.pages(ctx, q, fn)
	}
	var (
		found   = make(chan []Row)
		trouble error // known when found is closed
		looking sync.WaitGroup
	)
	defer looking.Wait()
	reading, stop := context.WithCancel(ctx)
	defer stop()
	looking.Go(func() {
		defer close(found)
		trouble = o.pages(reading, q, func(rows []Row) error {
			select {
			case found <- rows:
				return nil
			case <-reading.Done():
				return unavailable(reading.Err())
			}
		})
	})
	for rows := range found {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return trouble
}

// pages reads those whom a query finds, some at a time.
func (o *Operator) pages(ctx context.Context, q PeopleQuery, fn func(rows []Row) error) error {
	for {
		rows, err := o.Store.FindPeople(ctx, q)
		if err != nil {
			return unavailable(err)
		}
		if len(rows) == 0 {
			return nil
		}
		q.After = rows[len(rows)-1].Person.Key
		if err := fn(rows); err != nil {
			return err
		}
	}
}
