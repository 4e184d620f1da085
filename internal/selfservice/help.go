package selfservice

import (
	"context"
	"errors"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// ErrAskedEnough is returned by AskForHelp if the person has asked as often as
// one may in a day.
var ErrAskedEnough = errors.New("selfservice: asked often enough for a day")

// AskForHelp notes that a person needs help, and where they sit. One request
// may be open at a time: asked again, it returns that one. The door has made
// sure of the right password or a valid invitation.
func (s *Service) AskForHelp(ctx context.Context, by audit.Actor, door string) (operator.HelpRequest, error) {
	r, err := s.person(ctx, by.Person)
	if err != nil {
		return operator.HelpRequest{}, err
	}
	recent, err := s.Store.HelpRequests(ctx, operator.HelpQuery{Person: by.Person, Limit: helpADay})
	if err != nil {
		return operator.HelpRequest{}, unavailable(err)
	}
	now := s.Now()
	today := 0
	for _, request := range recent {
		if request.ClosedAt.IsZero() {
			return request, nil
		}
		if now.Sub(request.CreatedAt) < helpRemembers {
			today++
		}
	}
	if today >= helpADay {
		return operator.HelpRequest{}, ErrAskedEnough
	}
	known, err := s.Store.FindSignIns(ctx, operator.SignInQuery{
		Person: by.Person, Source: by.Source, Result: audit.Allowed, Limit: 1,
	})
	if err != nil {
		return operator.HelpRequest{}, unavailable(err)
	}
	request := operator.HelpRequest{
		ID: s.IDs.Next(now), Person: by.Person, Username: r.Person.Username,
		Door: door, Source: by.Source, NewSource: len(known) == 0, CreatedAt: now,
		Status: enrollment.StatusOf(r.Factors, r.Requirements, now),
	}
	err = s.Store.AddHelpRequest(ctx, request, s.entry(by, "help.ask", r.Person))
	if errors.Is(err, operator.ErrChangedMeanwhile) { // asked twice at once
		open, err := s.OpenHelp(ctx, by.Person)
		if err != nil || open == nil {
			return operator.HelpRequest{}, errors.Join(err, errBusy)
		}
		return *open, nil
	}
	return request, unavailable(err)
}

// OpenHelp returns the person's open request for help, nil if there is none.
func (s *Service) OpenHelp(ctx context.Context, person id.ID) (*operator.HelpRequest, error) {
	open, err := s.Store.HelpRequests(ctx, operator.HelpQuery{Person: person, OpenOnly: true, Limit: 1})
	if err != nil || len(open) == 0 {
		return nil, unavailable(err)
	}
	return &open[0], nil
}
