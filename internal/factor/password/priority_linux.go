package password

import (
	"os/exec"
	"runtime"
	"syscall"
)

// stepBack is how much nicer the worker is than we are. At 10 it has a tenth
// of a core that we want all of: enough to go on, too little to be felt.
const stepBack = 10

// startWithLowPriority starts cmd from a thread of low priority, which all
// threads of the new process inherit; it could not lower those it already has.
func startWithLowPriority(cmd *exec.Cmd) (err error) {
	onSpareThread(func() {
		// Where even this is forbidden, checks work at our own priority.
		if raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil {
			nice := 20 - raw // the system call returns it so
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice+stepBack)
		}
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
