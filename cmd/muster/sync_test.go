package main

import (
	"fmt"
	"testing"

	"example.com/muster/internal/control"
	"example.com/muster/internal/roster"
)

func TestRunLine(t *testing.T) {
	for want, run := range map[string]syncRunJSON{
		"all: waiting, 6 held":                  {Item: "all", State: "waiting", Held: 6},
		"all: waiting, 2 added, 6 held":         {Item: "all", State: "waiting", Added: 2, Held: 6},
		"all: waiting":                          {Item: "all", State: "waiting"},
		"all: done, 2 unchanged":                {Item: "all", State: "done", Unchanged: 2},
		"all: failed, its base is gone":         {Item: "all", State: "failed", Problem: "its base is gone"},
		"all: failed, 1 added; it is gone":      {Item: "all", State: string(roster.Failed), Added: 1, Problem: "it is gone"},
		"all: waiting, 6 held; something other": {Item: "all", State: "waiting", Held: 6, Problem: "something other"},
	} {
		if got := run.line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestServerThatDiesIsUnavailable(t *testing.T) {
	result := resultOf(lockProblem("/data", fmt.Errorf("%w: unexpected EOF", control.ErrBroken)))
	if result.Code != exitUnavailable || result.Error == "" {
		t.Errorf("%+v", result)
	}
}

func TestFiltersAreChecked(t *testing.T) {
	for filter, good := range map[string]bool{
		"(department=Sales)":               true,
		"(&(uid=a*)(!(mail=*)))":           true,
		"(memberOf:1.2.840.113556.1:=cn=)": true,
		"((uid=*)":                         false,
		"(uid=*))":                         false,
		"(uid=a)(uid=b)":                   false,
		"(&(uid=a)":                        false,
		"uid=a":                            false,
		"()":                               false,
	} {
		if err := (prober{}).CheckFilter(filter); (err == nil) != good {
			t.Errorf("%s: %v", filter, err)
		}
	}
}
