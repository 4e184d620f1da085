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

// darkenedUntil moves c towards black until its contrast on a surface is
// enough.
func (c colour) darkenedUntil(on colour, ratio float64) colour {
	return firstWith(on, ratio, func(share float64) colour { return c.mix(colour{}, share) })
}

// lightenedUntil makes c lighter until its contrast on a surface is enough. It
// stays as vivid as it can: mixed with white it would turn grey.
func (c colour) lightenedUntil(on colour, ratio float64) colour {
	hue, saturation, lightness := c.hsl()
	if saturation > greyBelow {
		saturation = math.Min(1, saturation+0.25)
	}
	return firstWith(on, ratio, func(share float64) colour {
		return fromHSL(hue, saturation, lightness+(1-lightness)*share)
	})
}

// greyBelow is the saturation under which a colour is grey to the eye.
const greyBelow = 0.15

// firstWith returns the first colour on the way from share 0 to 1 whose
// contrast is enough, as it will be written: in steps of 1/255.
func firstWith(on colour, ratio float64, way func(share float64) colour) colour {
	const steps = 100
	for i := range steps {
		if written := mustColour(way(float64(i) / steps).String()); contrast(written, on) >= ratio {
			return written
		}
	}
	return way(1)
}

// hsl returns hue (0 to 6), saturation and lightness (0 to 1).
func (c colour) hsl() (hue, saturation, lightness float64) {
	high, low := max(c.r, c.g, c.b), min(c.r, c.g, c.b)
	lightness = (high + low) / 2
	span := high - low
	if span == 0 {
		return 0, 0, lightness
	}
	saturation = span / (1 - math.Abs(2*lightness-1))
	switch high {
	case c.r:
		hue = math.Mod((c.g-c.b)/span+6, 6)
	case c.g:
		hue = (c.b-c.r)/span + 2
	default:
		hue = (c.r-c.g)/span + 4
	}
	return hue, saturation, lightness
}

func fromHSL(hue, saturation, lightness float64) colour {
	part := func(n float64) float64 {
		k := math.Mod(n+2*hue, 12)
		return lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
	}
	return colour{part(0), part(8), part(4)}
}
