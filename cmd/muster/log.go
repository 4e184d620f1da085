package main

import (
	"io"
	"log/slog"
	"os"
)

// serverLog is the log of a server: key=value lines on stderr, for journald
// or whatever else collects them. MUSTER_LOG=debug shows each web request.
func serverLog(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if os.Getenv("MUSTER_LOG") == "debug" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// quietLog is the log of a command that opens the data itself: only what an
// operator has to know.
func quietLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
