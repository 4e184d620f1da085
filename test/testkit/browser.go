package testkit

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take to show what a test waits for.
const patience = 15 * time.Second

// Site is what a browser is to reach: a name that the system does not know,
// where it is served, and the public key it must present.
type Site struct {
	Host    string // as in the address bar
	Address string // host:port of the server
	SPKI    string // see [PKI]; empty for plain HTTP
}

// Site describes the portal and console of this installation.
func (m *Muster) Site() Site {
	return Site{Host: PublicHost, Address: m.HTTPS(), SPKI: m.pki.SPKI}
}

// Browser is one Chromium with an empty profile and one tab.
type Browser struct {
	t    testing.TB
	ctx  context.Context
	base string

	mu      sync.Mutex
	console []string // what the page complained of
}

// NewBrowser starts Chromium for a site. When the test ends, script errors and
// breaches of the content security policy have failed it.
func NewBrowser(t testing.TB, site Site) *Browser {
	t.Helper()
	profile := Scratch(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(Tool(t, "chromium")), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, // as root, without a screen
		chromedp.Env("HOME="+profile),
		chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "en"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// No other name leads anywhere: a page that loads from outside breaks.
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP %s %s,MAP * ~NOTFOUND,EXCLUDE 127.0.0.1", site.Host, site.Address)),
	)
	scheme := "http://"
	if site.SPKI != "" {
		scheme = "https://"
		options = append(options, chromedp.Flag("ignore-certificate-errors-spki-list", site.SPKI))
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	b := &Browser{t: t, ctx: ctx, base: scheme + site.Host}
	t.Cleanup(func() {
		if t.Failed() {
			b.keepScreenshot()
		}
		b.complain()
		closeTab()
		stopAllocator()
	})
	// The first step must carry no deadline: it would end the browser.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	go b.listen(chromedp.Console(ctx))
	return b
}

// listen gathers what the page writes to its console as errors.
func (b *Browser) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for message, err := range messages {
		if err != nil {
			return
		}
		// A refused form is answered with 4xx, and 503 where what is asked does not
		// answer, which the browser reports too.
		_, status, _ := strings.Cut(message.Text, "Failed to load resource: the server responded with a status of ")
		expected := strings.HasPrefix(status, "4") || strings.HasPrefix(status, "503")
		if (message.IsException() || message.Type == "error") && !expected {
			b.mu.Lock()
			b.console = append(b.console, message.String())
			b.mu.Unlock()
		}
	}
}

func (b *Browser) complain() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.console {
		b.t.Errorf("the page's console says: %s", text)
	}
}

// do runs steps within the patience of a test.
func (b *Browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, b.Text())
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *Browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Open goes to an address, or to a path of the site.
func (b *Browser) Open(address string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	b.do("opening "+address, chromedp.Navigate(address))
}

// Location is the path, query and fragment of the page.
func (b *Browser) Location() string {
	location, _ := ask[string](b, "location.pathname + location.search + location.hash")
	return location
}

// Text is all that the page shows as text.
func (b *Browser) Text() string {
	text, err := ask[string](b, "document.body.innerText")
	if err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return text
}

// TextOf is the text of the first element that a CSS selector finds. It waits
// for the element.
func (b *Browser) TextOf(selector string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible))
	if err != nil {
		b.t.Fatalf("the text of %s: %v\nthe page says:\n%s", selector, err, b.Text())
	}
	return strings.TrimSpace(text)
}

// pasted is from how many octets on a text is pasted rather than typed.
const pasted = 200

// Type types into the form field of that name, after emptying it.
func (b *Browser) Type(field, value string) {
	b.t.Helper()
	selector := chromedp.CSS(fmt.Sprintf("[name=%q]", field))
	b.do("waiting for "+field, chromedp.WaitVisible(selector))
	if full, err := ask[bool](b, fmt.Sprintf("document.querySelector('[name=%q]').value !== ''", field)); err != nil || full {
		b.do("emptying "+field, chromedp.Clear(selector))
	}
	if len(value) > pasted { // key by key it takes longer than patience on a busy machine
		b.do("pasting into "+field, chromedp.SetValue(selector, value))
		return
	}
	b.do("typing into "+field, chromedp.SendKeys(selector, value))
}

// Choose chooses in the list of that name what begins with the text, by typing
// it as one does on a keyboard.
func (b *Browser) Choose(field, text string) {
	b.t.Helper()
	selector := chromedp.CSS(fmt.Sprintf("select[name=%q]", field))
	b.do("choosing in "+field, chromedp.WaitVisible(selector), chromedp.SendKeys(selector, text))
}

// Enter presses the Enter key where the keyboard's focus is, which sends a
// form.
func (b *Browser) Enter() { b.Press(kb.Enter) }

// Press presses keys of the package kb, such as kb.Tab.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	b.do("pressing a key", chromedp.KeyEvent(keys))
}

// PressUntil presses a key, such as kb.Tab, until the element that has the
// focus says this.
func (b *Browser) PressUntil(keys, text string) {
	b.t.Helper()
	const enough = 40
	for range enough {
		b.Press(keys)
		focused, err := ask[string](b, "document.activeElement?.innerText ?? ''")
		if err == nil && strings.TrimSpace(focused) == text {
			return
		}
	}
	b.t.Fatalf("%q never gets the focus; the page says:\n%s", text, b.Text())
}

// Click clicks the first visible element that a CSS selector finds.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Expect waits until the page shows the text, across changes of page.
func (b *Browser) Expect(text string) {
	b.t.Helper()
	Eventually(b.t, patience, fmt.Sprintf("the page shows %q", text), func() error {
		if shown := b.Text(); !strings.Contains(shown, text) {
			return fmt.Errorf("it shows:\n%s", shown)
		}
		return nil
	})
}

// Await waits until an element is on the page, across changes of page.
func (b *Browser) Await(selector string) {
	b.t.Helper()
	Eventually(b.t, patience, selector+" is on the page", func() error {
		there, err := ask[bool](b, fmt.Sprintf("document.querySelector(%q) !== null", selector))
		if err != nil || !there {
			return fmt.Errorf("(%w) %s shows:\n%s", err, b.Location(), b.Text())
		}
		return nil
	})
}

// Look sets what the person looks at: the width of the window in CSS pixels
// and whether the system prefers dark colours.
func (b *Browser) Look(width int, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do("setting the window", chromedp.EmulateViewport(int64(width), 900))
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // so that no picture is taken half way
	}})
}

// Overflow is by how many CSS pixels the page is wider than the window.
func (b *Browser) Overflow() int {
	b.t.Helper()
	over, err := ask[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
	if err != nil {
		b.t.Fatalf("measuring the page: %v", err)
	}
	return over
}

// ForbidScripts turns the page's own scripts off.
func (b *Browser) ForbidScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// MoveTo puts the browser into a time zone.
func (b *Browser) MoveTo(zone string) {
	b.t.Helper()
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
}

// call sends one DevTools command to the tab.
func call[P, R any](b *Browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// Screenshot returns the whole page as PNG.
func (b *Browser) Screenshot() []byte {
	b.t.Helper()
	whole, yes := call(b, page.GetLayoutMetrics, cdp.Empty{}).CSSContentSize, true
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &yes,
		OptimizeForSpeed: &yes, // half the time goes into making the file small otherwise
		Clip:             &page.Viewport{Width: whole.Width, Height: whole.Height, Scale: 1},
	})
	return shot.Data
}

// keepScreenshot saves what was on the screen of a failed test.
func (b *Browser) keepScreenshot() {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return
	}
	dir := filepath.Join(Root(b.t), ".cache", "screenshots")
	path := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "_")+".png")
	if os.MkdirAll(dir, 0o755) == nil && os.WriteFile(path, picture, 0o600) == nil {
		b.t.Logf("the page is at %s; screenshot: %s", b.Location(), path)
	}
}

// ReadQR takes a screenshot and returns what zbarimg reads from the QR code on
// it, as a phone's camera would.
func (b *Browser) ReadQR() string {
	b.t.Helper()
	path := filepath.Join(Scratch(b.t), "page.png")
	WriteFile(b.t, path, string(b.Screenshot()), 0o600)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, Tool(b.t, "zbarimg"), "--quiet", "--raw", path).Output()
	if err != nil {
		b.t.Fatalf("zbarimg reads no code from the screenshot: %v", err)
	}
	return strings.TrimSpace(string(out))
}
