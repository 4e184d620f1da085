// Package axe carries axe-core 4.14.1, Deque's accessibility checker, as its
// authors release it (axe.min.js from the npm package axe-core; Mozilla Public
// License 2.0, see LICENSE). It serves tests only and is no part of the
// product.
//
// It must not know any page of ours.
package axe

import _ "embed"

// Script is the whole checker. Evaluated in a page, it defines window.axe.
//
//go:embed axe.min.js
var Script string
