package web

import (
	"html/template"
	"runtime"
	"sync"
	"time"

	"example.com/muster/internal/text"
)

// sheet is a page in one language, to be filled in for one request at a time:
// what its functions say of times depends on who reads.
type sheet struct {
	page *template.Template
	zone *time.Location
}

// times are what templates may call to say when.
func (s *sheet) times(p *text.Printer, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"moment": func(t time.Time) string { return p.Moment(t, now(), s.zone) },
		"zoned":  func(t time.Time) string { return p.Zoned(t, now(), s.zone) },
		"until":  func(t time.Time) string { return p.Until(t, now(), s.zone) },
		"day":    func(t time.Time) string { return p.Day(t, s.zone) },
		"clock":  func(t time.Time) string { return p.Clock(t, s.zone) },
		"zone":   func() string { return nameOf(p, s.zone, now()) },
		"stamp":  func(t time.Time) string { return p.Stamp(t, s.zone) },
	}
}

// sheets are the sheets of one page that nobody fills in just now. To make one
// takes milliseconds, to fill it in far less: as many are kept as processors
// can be at work on, and some.
type sheets struct {
	make func() (*sheet, error)

	mu   sync.Mutex
	free []*sheet
}

// take returns a sheet that is the caller's alone until it is given back.
func (s *sheets) take() (*sheet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		found := s.free[last]
		s.free = s.free[:last]
		return found, nil
	}
	return s.make()
}

func (s *sheets) giveBack(used *sheet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < 2*runtime.GOMAXPROCS(0) {
		s.free = append(s.free, used)
	}
}
