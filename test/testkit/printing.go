package testkit

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// The width and the height of a sheet of A4, in inches.
const (
	paperWidth  = 8.27
	paperHeight = 11.69
)

// LookAtPrint shows the page as it is on a sheet of paper of a width in CSS
// pixels, until the next Look.
func (b *Browser) LookAtPrint(width int) {
	b.t.Helper()
	b.Look(width, false)
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// Print returns the page as a PDF of A4 sheets, with the page's own margins.
func (b *Browser) Print() []byte {
	b.t.Helper()
	return call(b, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: paperWidth, PaperHeight: paperHeight}).Data
}
