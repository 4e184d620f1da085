package main

import (
	"net"
	"os"
)

// tellSupervisor tells systemd how far the server is ("READY=1",
// "STOPPING=1"), if it asked (sd_notify(3)). Nothing depends on it.
func tellSupervisor(state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unixgram", socket) //nolint:gosec,noctx // the supervisor's own, and it does not wait
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}
