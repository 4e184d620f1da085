package testkit

import (
	"fmt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
)

// Evaluate returns what an expression in the page says.
func (b *Browser) Evaluate(expression string) string {
	b.t.Helper()
	said, err := ask[string](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v\nthe page says:\n%s", expression, err, b.Text())
	}
	return said
}

// GoTo presses a key, such as kb.Tab, until an element has the focus, and the
// focus can be seen.
func (b *Browser) GoTo(keys, selector string) {
	b.t.Helper()
	const enough = 80
	for range enough {
		b.Press(keys)
		there, err := ask[bool](b, fmt.Sprintf("document.activeElement.matches(%q) && getComputedStyle(document.activeElement).outlineStyle !== 'none'", selector))
		if err == nil && there {
			return
		}
	}
	b.t.Fatalf("%s never gets a focus that can be seen; the page says:\n%s", selector, b.Text())
}

// middle is where an element is, after it was scrolled into view.
func (b *Browser) middle(selector string) (x, y float64) {
	b.t.Helper()
	at, err := ask[[]float64](b, fmt.Sprintf(`(() => {
		const element = document.querySelector(%q);
		element.scrollIntoView({ block: "center" });
		const box = element.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector))
	if err != nil || len(at) != 2 {
		b.t.Fatalf("finding %s: %v", selector, err)
	}
	return at[0], at[1]
}

// Point moves the mouse over an element.
func (b *Browser) Point(selector string) {
	b.t.Helper()
	x, y := b.middle(selector)
	call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y})
}

// Tap touches an element with a finger.
func (b *Browser) Tap(selector string) {
	b.t.Helper()
	call(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
	x, y := b.middle(selector)
	call(b, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}})
	call(b, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
}
