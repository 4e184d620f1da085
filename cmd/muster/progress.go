package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress shows how far long work has come: a bar that moves for a person,
// a line now and then for a log.
type progress struct {
	w        io.Writer
	isPerson bool
	now      func() time.Time

	began, last time.Time
	drawn       bool // a bar is on the line
}

// How often progress is shown, to a person and in a log. Work that is done
// before the first moment shows nothing.
const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 10 * time.Second
	barWidth  = 30
)

func newProgress(w io.Writer, isPerson bool, now func() time.Time) *progress {
	return &progress{w: w, isPerson: isPerson, now: now, began: now(), last: now()}
}

// update is told that done of total (0: not known) are done.
func (p *progress) update(done, total int64) {
	every := lineEvery
	if p.isPerson {
		every = barEvery
	}
	now := p.now()
	complete := p.drawn && done == total
	if now.Sub(p.last) < every && !complete {
		return
	}
	p.last = now
	if p.isPerson {
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.bar(done, total, now))
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, counted(done, total))
}

// end removes the bar, so that what follows starts on a clean line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *progress) bar(done, total int64, now time.Time) string {
	if total <= 0 {
		return counted(done, total)
	}
	filled := int(min(done, total) * barWidth / total)
	bar := strings.Repeat("█", filled) + strings.Repeat("░", barWidth-filled)
	left := ""
	if done > 0 && done < total {
		rest := time.Duration(float64(now.Sub(p.began)) / float64(done) * float64(total-done))
		left = ", " + rest.Round(time.Second).String() + " left"
	}
	return fmt.Sprintf("%s %3d %%  %s%s", bar, min(done, total)*100/total, counted(done, total), left)
}

func counted(done, total int64) string {
	if total <= 0 {
		return fmt.Sprintf("%d done", done)
	}
	return fmt.Sprintf("%d of %d", done, total)
}
