package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

// TooManyError is returned by a handler whose [Limiter] refused.
type TooManyError struct {
	Wait time.Duration // until the next try is worth making
}

// Error implements error.
func (e *TooManyError) Error() string { return "too many requests" }

// failure is what an error page shows.
type failure struct {
	Status    int
	Title     text.Key
	Advice    text.Message
	Detail    string // the public face of a problem: for administrators
	Hint      string
	Reference string // none where nothing went wrong on our side and nobody needs to look it up
	Link      string // where to go on, if not to the start
}

// kinds maps each kind of problem to its status and words, once for all doors.
var kinds = map[problem.Kind]failure{
	problem.Internal:    {Status: http.StatusInternalServerError, Title: "web.internal.title", Advice: text.Message{Key: "web.internal.advice"}},
	problem.Invalid:     {Status: http.StatusBadRequest, Title: "web.invalid.title", Advice: text.Message{Key: "web.invalid.advice"}},
	problem.NotFound:    {Status: http.StatusNotFound, Title: "web.not-found.title", Advice: text.Message{Key: "web.not-found.advice"}},
	problem.Conflict:    {Status: http.StatusConflict, Title: "web.conflict.title", Advice: text.Message{Key: "web.conflict.advice"}},
	problem.Forbidden:   {Status: http.StatusForbidden, Title: "web.forbidden.title", Advice: text.Message{Key: "web.forbidden.advice"}},
	problem.Unavailable: {Status: http.StatusServiceUnavailable, Title: "web.unavailable.title", Advice: text.Message{Key: "web.unavailable.advice"}},
}

func failureOf(err error) failure {
	if tooMany, ok := errors.AsType[*TooManyError](err); ok {
		wait := max(tooMany.Wait.Round(time.Second), time.Second)
		return failure{
			Status: http.StatusTooManyRequests, Title: "web.too-many.title",
			Advice: text.Message{Key: "web.too-many.advice", Args: text.Args{"Count": int(wait / time.Second)}},
		}
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return failure{
			Status: http.StatusRequestEntityTooLarge, Title: "web.too-big.title",
			Advice: text.Message{Key: "web.too-big.advice", Args: text.Args{"Kilobytes": int(tooBig.Limit >> 10)}},
		}
	}
	f := kinds[problem.KindOf(err)]
	if f.Status != http.StatusInternalServerError {
		f.Detail, f.Hint = problem.Public(err)
	}
	return f
}

func errCrossOrigin(cause error) error {
	return problem.Wrap(problem.Forbidden, cause, "the form was not sent from a page of this site")
}

// fail answers with the page for err and writes its cause to the log, both
// with the same reference.
func (s *Server) fail(w http.ResponseWriter, r *Request, err error) {
	f := failureOf(err)
	f.Reference = newReference()
	attrs := []any{
		"reference", f.Reference, "status", f.Status, "method", r.Method, "route", r.Pattern,
		"client", r.Client.String(), "error", err.Error(),
	}
	if f.Status >= http.StatusInternalServerError {
		s.cfg.Log.Error("web request failed", attrs...)
	} else {
		s.cfg.Log.Info("web request refused", attrs...)
	}
	if tooMany, ok := errors.AsType[*TooManyError](err); ok {
		seconds := int(max(tooMany.Wait.Round(time.Second), time.Second) / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	s.showFailure(w, r, f)
}

func (s *Server) panicked(w *answer, r *Request, failure any) {
	if failure == http.ErrAbortHandler { //nolint:errorlint // panics carry this very value
		panic(failure)
	}
	s.cfg.Log.Error("web handler panicked", "route", r.Pattern, "stack", string(debug.Stack()))
	if w.status == 0 {
		s.fail(w, r, fmt.Errorf("panic: %v", failure))
	}
}

// failUnrouted answers for paths and methods that nobody handles.
func (s *Server) failUnrouted(w *answer, r *Request) {
	w.routed = true
	f := kinds[problem.NotFound]
	f.Status = w.unrouted
	s.showFailure(w, r, f)
}

// failHost answers requests for a host that is not ours: a wrong DNS entry, a
// forgotten proxy setting, or an attack on links built from the Host header.
func (s *Server) failHost(w *answer, r *Request) {
	w.routed = true
	s.showFailure(w, r, failure{
		Status: http.StatusMisdirectedRequest,
		Title:  "web.host.title",
		Advice: text.Message{Key: "web.host.advice", Args: text.Args{"Address": s.cfg.PublicURL.String()}},
		Link:   s.cfg.PublicURL.String(),
	})
}

func (s *Server) showFailure(w http.ResponseWriter, r *Request, f failure) {
	if err := s.own.Show(w, r, Page{Name: "problem", Status: f.Status, Data: f}); err != nil {
		s.cfg.Log.Error("web error page failed", "error", err.Error())
	}
}

// newReference returns what an error page shows and the log repeats: eight
// characters that can be read out on the telephone.
func newReference() string {
	r := rand.Text()
	return r[:4] + "-" + r[4:8]
}
