package smtp

import (
	"context"

	"example.com/muster/internal/notify"
)

// Probe connects anew, up to where a mail could be sent, and says how each
// step went. The last step is the one that failed, if one did.
func (s *Server) Probe(ctx context.Context) []notify.Step {
	steps, c := s.begin(ctx)
	if c != nil {
		c.end(true)
	}
	return steps
}

// Test implements [notify.Tester]: it sends a mail over a connection of its
// own.
func (s *Server) Test(ctx context.Context, e notify.Envelope) []notify.Step {
	mail, err := e.Compose(s.o.From)
	if err != nil {
		return []notify.Step{{Name: "mail", Finding: err.Error()}}
	}
	steps, c := s.begin(ctx)
	if c == nil {
		return steps
	}
	defer c.end(true)
	release := c.bound(ctx)
	defer release()
	if err := c.deliver(s.o.From.Mail, e.To.Mail, mail); err != nil {
		hint := ""
		if notify.IsBadAddress(err) {
			hint = "check the address, and whether this server may send from " + s.o.From.Mail
		}
		return append(steps, notify.Step{Name: "mail", Finding: err.Error(), Hint: hint})
	}
	return append(steps, notify.Step{
		Name: "mail", OK: true,
		Finding: "the server has taken it from " + s.o.From.Mail + " to " + e.To.Mail + ", Message-ID " + e.ID.String(),
	})
}

func (s *Server) begin(ctx context.Context) (steps []notify.Step, c *connection) {
	c, err := s.connect(ctx, func(step notify.Step) { steps = append(steps, step) })
	if err != nil {
		return steps, nil
	}
	return steps, c
}
