package web

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quietZone is the margin a QR code needs around it, in modules (ISO/IEC 18004
// section 5.3.8).
const quietZone = 4

// QR draws content as a QR code: an inline SVG, so that no secret travels in
// the address of a picture. label names it for those who cannot see it. It is
// black on white whatever the theme, for scanners expect that. It returns an
// error if content is too long for a code.
func QR(id, label, content string) (template.HTML, error) {
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		return "", fmt.Errorf("web: QR code: %w", err)
	}
	side := code.Size + 2*quietZone
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg id="%s" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges">`,
		template.HTMLEscapeString(id), template.HTMLEscapeString(label), side, side)
	fmt.Fprintf(&svg, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if run := x - start; run > 0 {
				fmt.Fprintf(&svg, "M%d %dh%dv1h-%dz", start+quietZone, y+quietZone, run, run)
			}
		}
	}
	svg.WriteString(`"/></svg>`)
	return template.HTML(svg.String()), nil //nolint:gosec // texts are escaped, the rest are numbers
}
