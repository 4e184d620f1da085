package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. A page of ours is small and quickly made, so
// whoever needs longer is slow on purpose.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 60 * time.Second // a long list as CSV
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 10 * time.Second
	headerLimit       = 16 << 10 // bytes
)

// Serve answers on listener until ctx ends, then lets the requests in hand
// finish. With a TLS configuration it speaks HTTPS (HTTP/1.1 and HTTP/2), with
// nil plain HTTP.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, secure *tls.Config, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         secure,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerLimit,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // handshakes of scanners, mostly
	}
	served := make(chan error, 1)
	go func() {
		if secure != nil {
			served <- server.ServeTLS(listener, "", "")
		} else {
			served <- server.Serve(listener)
		}
	}()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
