//go:build system && pictures

package test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// TestPictures takes the pictures of the manual from the demo, as its
// administrator sees it. Run it by make pictures.
func TestPictures(t *testing.T) {
	at := testkit.Loopback(t) + ":8080"
	command := exec.CommandContext(t.Context(), testkit.Binary(t, testkit.Ordinary), "demo", "--http", at, "--radius", strings.Replace(at, "8080", "1812", 1))
	demo := testkit.Start(t, "demo", command)
	link := regexp.MustCompile(`http://\S+/e#\S+`)
	testkit.Eventually(t, 20*time.Second, "the demo tells carol's link", func() error {
		if !link.MatchString(demo.Output()) {
			return os.ErrNotExist
		}
		return nil
	})
	browser := testkit.NewBrowser(t, testkit.Site{Host: at, Address: at})
	browser.Open(link.FindString(demo.Output()))
	browser.Enter()
	browser.Await(`[name="again"]`)
	browser.Type("password", password)
	browser.Type("again", password)
	browser.Enter()
	browser.Click(`form[action="/enroll"] .button--main`)
	browser.Await("#totp-key")
	app := testkit.NewAuthenticator(strings.ReplaceAll(browser.TextOf("#totp-key"), " ", ""))
	browser.Click(`a[href="/enroll/check"]`)
	browser.Await(`[name="code"]`)
	browser.Type("code", app.Next(t))
	browser.Await("#recovery-codes")
	browser.Look(1100, false)
	for name, take := range map[string]struct {
		path   string
		height int
	}{
		"people":   {"/console/users?status=in-period", 620},
		"campaign": {"/console/period?id=all", 860},
		"require":  {"/console/users/period?match=all&act=require&group=sales", 720},
	} {
		browser.Open(take.path)
		browser.Await("main h1")
		keepPicture(t, name, browser.Screenshot(), take.height)
	}
}

// keepPicture keeps the upper part of a page, in few colours so that it is
// small.
func keepPicture(t *testing.T, name string, page []byte, height int) {
	t.Helper()
	whole, err := png.Decode(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	part := image.Rect(0, 0, whole.Bounds().Dx(), min(height, whole.Bounds().Dy()))
	small := image.NewPaletted(part, commonest(whole, part))
	for y := range part.Dy() {
		for x := range part.Dx() {
			small.Set(x, y, whole.At(x, y))
		}
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&file, small); err != nil {
		t.Fatal(err)
	}
	const most = 60 << 10
	if file.Len() > most {
		t.Errorf("%s: %d bytes are too many", name, file.Len())
	}
	if err := os.WriteFile(filepath.Join(testkit.Root(t), "docs", "pictures", name+".png"), file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commonest are the colours that a part of a picture has most of.
func commonest(whole image.Image, part image.Rectangle) color.Palette {
	counts := map[color.RGBA]int{}
	for y := range part.Dy() {
		for x := range part.Dx() {
			if c, ok := color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA); ok {
				counts[c]++
			}
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int { return counts[b] - counts[a] })
	var palette color.Palette
	for _, c := range colours[:min(64, len(colours))] {
		palette = append(palette, c)
	}
	return palette
}
