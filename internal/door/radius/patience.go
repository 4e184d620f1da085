package radius

import (
	"context"
	"sync/atomic"
	"time"
)

// patience hands out contexts that end when a device has given up. Requests
// that come soon after one another share one, for a timer of its own would
// cost a request more than finding its client does.
type patience struct {
	most    time.Duration // that a context lasts; at least 31 of 32 parts of it
	current atomic.Pointer[context.Context]
}

func (p *patience) context() context.Context {
	if c := p.current.Load(); c != nil {
		if end, _ := (*c).Deadline(); time.Until(end) >= p.most-p.most/32 { //nolint:forbidigo // a context's deadline is by the machine's clock
			return *c
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.most)
	context.AfterFunc(ctx, cancel) // nobody ends it sooner
	p.current.Store(&ctx)
	return ctx
}
