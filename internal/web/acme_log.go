package web

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/zap/zapcore"
)

// zapToSlog passes on what certmagic has to complain about. What it does all
// day is told by its events, see [AutoCertificate].
type zapToSlog struct{ log *slog.Logger }

// A complaint of one kind is passed on so often in keeperPace: a stranger can
// cause one with every handshake.
const (
	keeperPace = time.Minute
	keeperMost = 3
)

func newKeeperLog(log *slog.Logger) zapcore.Core {
	return zapcore.NewSamplerWithOptions(zapToSlog{log}, keeperPace, keeperMost, 0)
}

func (zapToSlog) Enabled(level zapcore.Level) bool { return level >= zapcore.ErrorLevel }

func (z zapToSlog) With(fields []zapcore.Field) zapcore.Core {
	return zapToSlog{slog.New(z.log.Handler().WithAttrs(attributes(fields)))}
}

func (z zapToSlog) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if z.Enabled(entry.Level) {
		return checked.AddCore(entry, z)
	}
	return checked
}

func (z zapToSlog) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	all := append([]slog.Attr{slog.String("finding", entry.Message)}, attributes(fields)...)
	z.log.LogAttrs(context.Background(), slog.LevelWarn, "web certificate keeper", all...)
	return nil
}

func (zapToSlog) Sync() error { return nil }

func attributes(fields []zapcore.Field) []slog.Attr {
	values := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(values)
	}
	attributes := make([]slog.Attr, 0, len(fields))
	for _, f := range fields { // in their order, which the map has lost
		if v, ok := values.Fields[f.Key]; ok {
			attributes = append(attributes, slog.Any(f.Key, v))
		}
	}
	return attributes
}
