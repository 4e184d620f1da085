// Package ui holds the browser sources: styles, scripts and pictures, written
// by hand and served as they are. There is no build step.
//
// Styles use the tokens of css/tokens.css and nothing else for colour, space
// and size. Scripts only add to pages that work without them. The package must
// not know the server: internal/web puts the parts together.
package ui

import "embed"

// Files are the sources, by folder: css, js, img.
//
//go:embed css/*.css js/*.js img/*.svg
var Files embed.FS
