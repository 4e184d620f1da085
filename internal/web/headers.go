package web

import (
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
