package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
)

// TestAboutPages: what somebody is about to do is named where they show their
// second step first, and the way back leads to where they came from.
func TestAboutPages(t *testing.T) {
	english := text.Default().For("en")
	for path, want := range map[string][2]string{
		"/console/users/act?act=disable&user=bob&user=carol&q=o&page=k": {"Disable 2 people", "/console/users?act=disable&after=k&q=o&user=bob&user=carol"},
		"/console/users/act?act=unlock&match=all&status=expired":        {"Unlock", "/console/users?act=unlock&match=all&status=expired"},
		"/console/users/act?act=pause&user=bob":                         {"Stop the clock", "/console/users?act=pause&user=bob"},
		"/console/users/period?act=require&match=all&group=staff":       {"Require a second step", "/console/users?act=require&group=staff&match=all"},
		"/console/users/period?act=extend&user=bob&from=user":           {"Extend or shorten the period", "/console/user?name=bob"},
		"/console/users/period":                                         {"Require a second step", "/console/users"},
		"/console/user/act?act=reset&name=bob":                          {"Reset bob", "/console/user?name=bob"},
		"/console/user/act?act=reset&name=id%3A07":                      {"Reset", "/console/user?name=id%3A07"},
		"/console/user/pass?name=bob":                                   {"Temporary pass for bob", "/console/user?name=bob"},
		"/console/user/act?act=nonsense&name=bob":                       {"", "/console/user?name=bob"},
		"/console/periods/undo":                                         {"Undo the last act on many", "/console/periods"},
		"/console/period/act?act=discard&id=07":                         {"Put out of force", "/console/period?id=07"},
		"/console/clients/add":                                          {"", "/console"},
		"/console/%zz":                                                  {"", "/console"},
	} {
		act, back := Pages{}.About(english, path)
		if act != want[0] || back != want[1] {
			t.Errorf("%s: %q, back to %q; want %q", path, act, back, want)
		}
	}
}

// TestTheSelectionIsKept on the way back from an act on many.
func TestTheSelectionIsKept(t *testing.T) {
	o, b := staffed(t, "bob", "carol", "dave")
	path := "/console/users/act?act=disable&user=bob&user=dave&group=staff"
	const back = "/console/users?act=disable&amp;group=staff&amp;user=bob&amp;user=dave"
	b.wants(b.get(path), http.StatusOK, `href="`+back+`"`)
	list := b.get(strings.ReplaceAll(back, "&amp;", "&"))
	b.wants(list, http.StatusOK, `value="bob" checked`, `value="dave" checked`, `value="disable" selected`)
	if strings.Contains(list.body, `value="carol" checked`) {
		t.Error("somebody is ticked who was not")
	}
	b.wants(b.get("/console/users?match=all&act=pause"), http.StatusOK, `name="match" value="all" checked`, `value="pause" selected`)
	o.requireTOTP(operator.Selection{Names: []string{"bob"}})
	b.wants(b.get("/console/users/period?act=extend&user=bob&user=carol"), http.StatusOK, `href="/console/users?act=extend&amp;user=bob&amp;user=carol"`)
}
