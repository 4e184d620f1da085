package testkit

import (
	"strings"

	"github.com/chromedp/chromedp/kb"
)

// stop is where the keyboard's focus is.
type stop struct {
	What  string // the element, in a few words
	Place int    // among the elements of <main> that can be reached; -1: it is none of them
	Seen  bool   // it is on the screen
	Ring  bool   // it is marked as having the focus
}

// numberStops gives the elements of <main> that Tab should reach their numbers,
// in the order in which they are read, and says how many there are. Of radio
// buttons of one name Tab reaches one.
const numberStops = `(() => {
	const radios = new Set();
	const stops = [...document.querySelectorAll("main a[href], main button, main input, main select, main textarea, main summary, main iframe, main [tabindex='0']")]
		.filter((e) => !e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}))
		.filter((e) => e.type !== "radio" || !radios.has(e.name) && radios.add(e.name));
	stops.forEach((e, i) => { e.dataset.stop = i; });
	return stops.length;
})()`

// readStop looks at what has the focus.
const readStop = `(() => {
	const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
	const radio = e.type === "radio" && document.querySelector("main input[type=radio][name='" + e.name + "'][data-stop]");
	return {
		What: (e.tagName + " " + (e.name || e.id || "") + " " + (e.innerText || e.ariaLabel || "")).trim().slice(0, 80),
		Place: Number((radio || e).dataset.stop ?? -1),
		Seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
		Ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none",
	};
})()`

// WalkByKeyboard goes through the page by Tab alone: the first stop is the link
// that skips to the content, and then everything in <main> that can be used is
// reached once, in the order in which it is read, on the screen and marked as
// having the focus. What a page puts the focus on by itself, because something
// was refused, is where the walk begins.
func (b *Browser) WalkByKeyboard() {
	b.t.Helper()
	count, err := ask[int](b, numberStops)
	if err != nil {
		b.t.Fatalf("looking for what can be reached: %v", err)
	}
	if at := b.focused(); at.What != "BODY" && !strings.HasPrefix(at.What, "BODY ") {
		if !strings.HasPrefix(at.What, "DIV summary") {
			b.t.Errorf("%s begins with the focus on %s", b.Location(), at.What)
		}
	} else {
		b.Press(kb.Tab)
		if skip := b.focused(); !strings.HasPrefix(skip.What, "A ") || !skip.Seen || !skip.Ring {
			b.t.Errorf("%s does not begin with a link to the content: %+v", b.Location(), skip)
		}
		b.Enter()
	}
	for place := range count {
		b.Press(kb.Tab)
		if at := b.focused(); at.Place != place || !at.Seen || !at.Ring {
			b.t.Errorf("%s: stop %d of %d is %+v", b.Location(), place, count, at)
			return
		}
	}
}

func (b *Browser) focused() stop {
	b.t.Helper()
	at, err := ask[stop](b, readStop)
	if err != nil {
		b.t.Fatalf("looking for the focus: %v", err)
	}
	return at
}

// looseErrors lists what is wrong with how errors belong to their fields.
const looseErrors = `(() => {
	const wrong = [];
	for (const link of document.querySelectorAll("#summary a")) {
		const target = document.getElementById(link.hash.slice(1));
		if (!target) { wrong.push(link.hash + " leads nowhere"); continue; }
		target.focus();
		if (document.activeElement !== target) wrong.push(link.hash + " does not get the focus");
		if (target.matches("input, select, textarea") && target.ariaInvalid !== "true") wrong.push(link.hash + " is not marked as wrong");
	}
	for (const field of document.querySelectorAll("[aria-invalid=true]")) {
		const about = (field.getAttribute("aria-describedby") || "").split(" ").map((id) => document.getElementById(id));
		if (about.includes(null) || !about.some((e) => e?.matches(".wrong"))) wrong.push(field.id + " does not say what is wrong");
	}
	return wrong;
})()`

// CheckErrors holds that if something was refused, the page's summary has the
// focus, its links lead to the fields, and these say what is wrong with them.
func (b *Browser) CheckErrors() {
	b.t.Helper()
	refused, err := ask[bool](b, "document.querySelector('#summary, [aria-invalid=true]') !== null")
	if err != nil || !refused {
		return
	}
	if at := b.focused(); !strings.HasPrefix(at.What, "DIV summary") {
		b.t.Errorf("%s: the focus is on %s, not on what is wrong", b.Location(), at.What)
	}
	wrong, err := ask[[]string](b, looseErrors)
	if err != nil || len(wrong) > 0 {
		b.t.Errorf("%s: %s (%v)", b.Location(), strings.Join(wrong, ", "), err)
	}
}

// TickByKeyboard goes to the first check box of a name by Tab, and ticks it by
// the space bar.
func (b *Browser) TickByKeyboard(name string) {
	b.t.Helper()
	const enough = 60
	for range enough {
		b.Press(kb.Tab)
		if at := b.focused(); strings.HasPrefix(at.What, "INPUT "+name) {
			b.Press(" ")
			ticked, err := ask[bool](b, "document.activeElement.checked")
			if err != nil || !ticked {
				b.t.Errorf("the space bar does not tick %s: %v", at.What, err)
			}
			return
		}
	}
	b.t.Fatalf("%s: no check box %q is reached", b.Location(), name)
}
