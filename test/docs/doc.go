// Package docs holds the documentation to what it speaks of: links lead
// somewhere, commands exist, and lists that mirror the code are complete. It
// reads files only, and must not run the program.
package docs
