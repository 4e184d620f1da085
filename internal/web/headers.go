package web

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// contentPolicy allows what our own pages need and nothing else: styles,
// scripts and pictures from files of ours, requests and forms to ourselves.
// Nothing inline runs, so markup that slips into a page does nothing.
var contentPolicy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self'",
	"script-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"form-action 'self'",
	"frame-src 'self'", // what may stand in a frame says so itself: see ShowFramed
	"frame-ancestors 'none'",
	"base-uri 'none'",
	"require-trusted-types-for 'script'",
}, "; ")

// pageHeaders are sent with every answer. They are computed once; handlers may
// override Cache-Control only.
func pageHeaders(public *url.URL) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Cache-Control", "no-store")
	if public.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

// framedPolicy is for a document that is only looked at: it looks as it likes
// and does nothing, not even follow its own links to anywhere.
const framedPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

// ShowFramed answers with a whole document that is not one of our pages, a mail
// say, for a frame on one of them. Nothing in it runs or is loaded.
func ShowFramed(w http.ResponseWriter, document string) error {
	h := w.Header()
	h.Set("Content-Security-Policy", framedPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err := io.WriteString(w, document)
	return err
}
