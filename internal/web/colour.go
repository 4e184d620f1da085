package web

import (
	"fmt"
	"math"
	"strconv"
)

// colour is a colour in sRGB, each part from 0 to 1.
type colour struct{ r, g, b float64 }

// parseColour reads "#rgb" and "#rrggbb".
func parseColour(s string) (colour, error) {
	malformed := fmt.Errorf("brand colour %q is none; write it as #2f55c8", s)
	hex := s
	if len(hex) == 4 {
		hex = string([]byte{hex[0], hex[1], hex[1], hex[2], hex[2], hex[3], hex[3]})
	}
	if len(hex) != 7 || hex[0] != '#' {
		return colour{}, malformed
	}
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return colour{}, malformed
	}
	part := func(shift uint) float64 { return float64(v>>shift&255) / 255 }
	return colour{part(16), part(8), part(0)}, nil
}

func mustColour(s string) colour {
	c, err := parseColour(s)
	if err != nil {
		panic(err)
	}
	return c
}

// String returns the colour as "#rrggbb".
func (c colour) String() string {
	part := func(v float64) int { return int(math.Round(v * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
}

// luminance is the relative luminance of WCAG 2.2.
func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// mix moves c by share towards another colour.
func (c colour) mix(to colour, share float64) colour {
	return colour{c.r + (to.r-c.r)*share, c.g + (to.g-c.g)*share, c.b + (to.b-c.b)*share}
}

func (c colour) lightenedUntil(on colour, ratio float64) colour {
	return c.movedUntil(white, on, ratio)
}

func (c colour) darkenedUntil(on colour, ratio float64) colour {
	return c.movedUntil(colour{}, on, ratio)
}

// movedUntil moves c towards a colour until its contrast on a surface is
// enough. It looks at the colour as it will be written, in steps of 1/255.
func (c colour) movedUntil(towards, on colour, ratio float64) colour {
	const steps = 100
	for i := range steps {
		moved := c.mix(towards, float64(i)/steps)
		if written := mustColour(moved.String()); contrast(written, on) >= ratio {
			return written
		}
	}
	return towards
}
