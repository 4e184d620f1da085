// Package durability kills the real program, takes its disk and its database
// away, and looks at what it still knows afterwards: every Accept that anybody
// saw, once, and no code good for a second one.
package durability
