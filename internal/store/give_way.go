package store

import "runtime"

// yieldRows is after how many rows that were read others are let run: some
// tens of microseconds.
const yieldRows = 16

// giveWay lets whoever can run do so, while something long goes on that nobody
// waits for. That nothing runs on another processor is not enough: whoever was
// just woken may stand behind us on this one, for as long as the kernel lets a
// thread go on, which is longer than a sign-in takes.
func giveWay() {
	runtime.Gosched()
	yieldProcessor()
}
