package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"example.com/muster/ui"
)

const assetPrefix = "/assets/"

// forever is said of files whose name changes with their content.
const forever = "public, max-age=31536000, immutable"

// assets are the files pages refer to. They are put together once, at the
// start: styles and scripts from the parts in ui, the accent colour and the
// logo from the brand. Each name carries a hash of the content.
type assets struct {
	byName map[string]asset  // by the name in the address
	paths  map[string]string // by the name templates use
	logo   string            // path of the brand's own logo, or ""
	icon   asset
}

type asset struct {
	kind          string // media type
	plain, packed []byte
}

// bundles says which parts make up a file, in order. A browser that visits the
// portal loads one style sheet; scripts are loaded by the pages that need them.
var bundles = map[string][]string{
	"portal.css":  {"css/tokens.css", "css/base.css", "css/parts.css", "css/portal.css", "css/print.css"},
	"console.css": {"css/tokens.css", "css/base.css", "css/parts.css", "css/data.css", "css/console.css", "css/print.css"},
	"portal.js":   {"js/zone.js", "js/fragment.js", "js/copy.js", "js/code.js", "js/save.js", "js/poll.js"},
	"passkey.js":  {"js/zone.js", "js/passkey.js"},
	"console.js":  {"js/zone.js", "js/nav.js", "js/copy.js", "js/code.js", "js/table.js", "js/peek.js", "js/poll.js", "js/live.js", "js/fresh.js"},
}

func newAssets(brand Brand) (*assets, error) {
	colours, err := brand.stylesheet()
	if err != nil {
		return nil, err
	}
	a := &assets{byName: make(map[string]asset), paths: make(map[string]string)}
	for name, parts := range bundles {
		var all bytes.Buffer
		for _, part := range parts {
			content, err := fs.ReadFile(ui.Files, part)
			if err != nil {
				return nil, fmt.Errorf("web: %w", err)
			}
			all.Write(content)
			if part == "css/tokens.css" {
				all.WriteString(colours)
			}
		}
		a.add(name, all.Bytes())
	}
	mark, err := fs.ReadFile(ui.Files, "img/icon.svg")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	mark = bytes.ReplaceAll(mark, []byte("#2f55c8"), []byte(brand.accent()))
	a.icon = a.add("icon.svg", mark)
	if len(brand.Logo) > 0 {
		name, err := logoName(brand.Logo)
		if err != nil {
			return nil, err
		}
		a.add(name, brand.Logo)
		a.logo = a.paths[name]
	}
	return a, nil
}

func (a *assets) add(name string, content []byte) asset {
	kind := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp",
	}[path.Ext(name)]
	file := asset{kind: kind, plain: content}
	if !strings.HasPrefix(kind, "image/") || kind == "image/svg+xml" {
		file.packed = gzipped(content, gzip.BestCompression)
	}
	sum := sha256.Sum256(content)
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	stem := strings.TrimSuffix(name, path.Ext(name))
	hashed := stem + "." + hash + path.Ext(name)
	a.byName[hashed] = file
	a.paths[name] = assetPrefix + hashed
	return file
}

// path returns the address of a file, by the name templates use.
func (a *assets) path(name string) string {
	if p, ok := a.paths[name]; ok {
		return p
	}
	return assetPrefix + "missing-" + name
}

// ServeHTTP implements [http.Handler].
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.byName[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", forever)
	file.serve(w, r)
}

// favicon answers browsers that ask for it unasked.
func (a *assets) favicon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	a.icon.serve(w, r)
}

func (f asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	if f.kind == "image/svg+xml" {
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	}
	body := f.plain
	if f.packed != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = f.packed
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a browser that has gone needs no error
}
