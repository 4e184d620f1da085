package password

import (
	"os/exec"
	"runtime"
	"syscall"
)

// niceness is how far the worker steps back (0 to 19). At 10 it has a tenth of
// a core that others want all of: enough to go on, too little to be felt.
const niceness = 10

// startWithLowPriority starts cmd from a thread of low priority, which all
// threads of the new process inherit; it could not lower those it already has.
func startWithLowPriority(cmd *exec.Cmd) (err error) {
	onSpareThread(func() {
		// Where even this is forbidden, checks work at anybody's priority.
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness)
		err = cmd.Start()
	})
	return err
}

// onSpareThread runs f on a thread that ends afterwards: one that has lowered
// its priority may not raise it again.
func onSpareThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if syscall.Gettid() == syscall.Getpid() {
			// The main thread never ends. While it is held here, the next
			// goroutine gets another.
			defer runtime.UnlockOSThread()
			onSpareThread(f)
			return
		}
		f() // and never unlocked, which is what ends the thread
	}()
	<-done
}
