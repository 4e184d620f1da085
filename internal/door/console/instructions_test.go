package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/web"
)

const storyInstructions = "## Our VPN client\n\nWe use **FortiClient**. Get it at https://vpn.example.com/client\n\n" +
	"1. Connect to *Office*.\n2. Type your password, and the code when you are asked for it.\n\n## The help desk\n\n- Monday to Friday, 8 to 17\n"

func instructionsStories() []story {
	kept := func(v *visit) instructionsView {
		published := instructions.Entry{
			Language: "en", Draft: storyInstructions, Published: storyInstructions, ChangedAt: storyTime, ChangedBy: "admin", PublishedAt: storyTime, PublishedBy: "admin",
		}
		draft := instructions.Entry{Language: "de", Draft: "## Unser VPN", ChangedAt: storyTime, ChangedBy: "carol"}
		return instructionsView{
			Languages: []instructionsRow{v.instructionsRow(published), v.instructionsRow(draft)}, Portal: "/instructions", May: v.may(nil),
		}
	}
	edit := instructionsEditView{
		Language: "English", Tag: "en", Action: instructionsEditPath("en"), Source: storyInstructions, Seen: "1", HTML: instructions.HTML(storyInstructions),
		Published: true, Open: true, PublishedAt: storyTime, PublishedBy: "admin", ChangedAt: storyTime, ChangedBy: "carol", Longest: instructions.Longest,
	}
	return []story{
		{"instructions", func(v *visit) web.Page {
			return web.Page{Name: "instructions", Section: "mails", Data: kept(v)}
		}},
		{"instructions-edit", func(v *visit) web.Page {
			view := edit
			view.May = v.may(nil)
			return web.Page{Name: "instructions-edit", Section: "mails", Data: view}
		}},
		{"instructions-wrong", func(v *visit) web.Page {
			view := edit
			view.May, view.Source, view.HTML = v.may(nil), "Hello\n\n<script>", ""
			form := &web.Form{}
			says, _ := instructionsMistakeIn(instructions.Check(view.Source))
			form.Reject("source", says.Key, says.Args)
			return web.Page{Name: "instructions-edit", Section: "mails", Form: form, Data: view}
		}},
	}
}

var seenField = regexp.MustCompile(`name="seen" value="(\d+)"`)

// TestInstructionsAreWrittenAndPublished by an administrator: looked at first,
// kept as a draft, published, taken back; each in the log.
func TestInstructionsAreWrittenAndPublished(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("alice", directory.Administrator))
	const edit = instructionsPath + "/edit?language=en"
	first := b.get(edit)
	seen := seenField.FindStringSubmatch(first.body)
	if first.status != http.StatusOK || seen == nil || !strings.Contains(first.body, "Write no secrets") {
		t.Fatalf("%d\n%s", first.status, first.body)
	}
	if p := b.post(edit, "source", "Our **VPN**", "seen", seen[1], "do", "preview"); !strings.Contains(p.body, "<strong>VPN</strong>") {
		t.Errorf("the preview:\n%s", p.body)
	}
	public := func() int {
		list, err := o.store.PublishedInstructions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if kept, err := o.store.Instructions(t.Context()); err != nil || len(kept) != 0 {
		t.Errorf("the preview was kept: %v, %v", kept, err)
	}
	longest := strings.Repeat("𝄞", instructions.Longest)
	if p := b.post(edit, "source", longest, "seen", seen[1], "do", "preview"); p.status != http.StatusOK || strings.Count(p.body, longest) != 2 {
		t.Errorf("the longest text does not come through: %d", p.status)
	}
	if p := b.post(edit, "source", "Our **VPN**", "seen", seen[1], "do", "draft"); p.status != http.StatusSeeOther || public() != 0 {
		t.Errorf("a draft: %d, public %d", p.status, public())
	}
	// Whoever opened the form before that does not write over it.
	if p := b.post(edit, "source", "Mine", "seen", seen[1], "do", "publish"); p.status != http.StatusUnprocessableEntity || public() != 0 || !strings.Contains(p.body, "Mine") {
		t.Errorf("over what was not seen: %d, public %d", p.status, public())
	}
	seen = seenField.FindStringSubmatch(b.get(edit).body)
	if p := b.post(edit, "source", "Our **VPN**\n\n<script>alert(1)</script>", "seen", seen[1], "do", "publish"); p.status != http.StatusUnprocessableEntity ||
		!strings.Contains(p.body, "Line 3: HTML is not possible: &lt;script&gt;") || strings.Contains(p.body, "<script>alert") || public() != 0 {
		t.Errorf("HTML: %d\n%s", p.status, p.body)
	}
	if p := b.post(edit, "source", "Our **VPN**", "seen", seen[1], "do", "publish"); p.status != http.StatusSeeOther || public() != 1 {
		t.Errorf("published: %d, public %d", p.status, public())
	}
	if p := b.get(instructionsPath); !strings.Contains(p.body, "<strong>VPN</strong>") || !strings.Contains(p.body, "Published by alice") {
		t.Errorf("the list:\n%s", p.body)
	}
	if p := b.post(edit, "do", "unpublish"); p.status != http.StatusSeeOther || public() != 0 {
		t.Errorf("taken back: %d, public %d", p.status, public())
	}
	if p := b.get(edit); !strings.Contains(p.body, "Our **VPN**") {
		t.Error("the draft is gone")
	}
	log := b.get("/console/changes").body
	for _, said := range []string{"Kept a draft of the instructions", "Published instructions", "Took instructions back"} {
		if !strings.Contains(log, said) {
			t.Errorf("the log does not say %q", said)
		}
	}
}

// TestInstructionsAreForAdministrators to change: who may look, looks; who may
// not edit what mails say, may not edit them.
func TestInstructionsAreForAdministrators(t *testing.T) {
	o := newOffice(t)
	o.add("dora", directory.Administrator)
	edit := instructionsPath + "/edit?" + url.Values{"language": {"de"}}.Encode()
	for name, role := range map[string]directory.Role{"bob": directory.HelpDesk, "carol": directory.Auditor} {
		b := o.signIn(o.add(name, role))
		if p := b.get(instructionsPath); p.status != http.StatusOK || strings.Contains(p.body, "instructions/edit") {
			t.Errorf("%s looks: %d", role, p.status)
		}
		if p := b.post(edit, "source", "Hello", "do", "publish"); p.status != http.StatusForbidden {
			t.Errorf("%s publishes: %d", role, p.status)
		}
	}
	if list, err := o.store.Instructions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if a := o.stranger().get(instructionsPath); a.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", a.status)
	}
}
