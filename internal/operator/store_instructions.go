package operator

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/notify"
)

// Instructions keeps what a company tells its people about signing in.
type Instructions interface {
	notify.Instructions

	// Instructions returns all, by language.
	Instructions(ctx context.Context) ([]instructions.Entry, error)

	// SetInstructions adds or changes those in a language. It returns
	// ErrChangedMeanwhile if they were changed at another time than was; the
	// zero time: if there are any.
	SetInstructions(ctx context.Context, e instructions.Entry, was time.Time, log audit.Change) error
}
