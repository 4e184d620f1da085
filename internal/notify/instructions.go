package notify

import (
	"context"

	"example.com/muster/internal/instructions"
)

// Instructions is where what a company tells its people is kept.
type Instructions interface {
	// PublishedInstructions returns what everybody reads, by language.
	PublishedInstructions(ctx context.Context) ([]instructions.Text, error)
}

// The pages of the portal that tell how it is done; everybody may see them.
const (
	guidePath        = "/how"
	instructionsPath = "/instructions"
)

// withInstructions reports whether the company tells its people something. If
// that cannot be found out, a mail goes out without.
func (r *Renderer) withInstructions(ctx context.Context) bool {
	if r.Instructions == nil {
		return false
	}
	published, err := r.Instructions.PublishedInstructions(ctx)
	if err != nil {
		r.Log.Warn("a mail goes out without the way to the instructions: they cannot be read", "error", err)
	}
	return len(published) > 0
}

// guides says where to read how it is done: in the company's own words, if
// there are any, and in the portal's.
func (w *writer) guides() []string {
	guide, own := w.page(guidePath), w.instructions()
	if w.skeleton {
		guide, own = "{{.Guide}}", "{{.Instructions}}"
	}
	list := []string{w.T("mail.guide", "Address", guide)}
	if own == "" {
		return list
	}
	said := w.T("mail.instructions", "Brand", w.Brand, "Address", own)
	if w.skeleton {
		said = "{{if .Instructions}}" + said + "{{end}}"
	}
	return append([]string{said}, list...)
}

// instructions is where they stand, empty if there are none.
func (w *writer) instructions() string {
	if !w.instructed {
		return ""
	}
	return w.page(instructionsPath)
}
