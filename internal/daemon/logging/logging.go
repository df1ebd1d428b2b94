// Package logging writes the daemon's log to where its host has one: the journal with
// fields, syslog, or a stream.
//
// A message is complete by itself. Attributes are for programs: the journal has them as
// fields, and the other logs leave them out.
package logging

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Handler is a slog.Handler. Goroutines may share it.
type Handler struct {
	sink  sink
	attrs []slog.Attr
}

// sink is one kind of log.
type sink interface {
	write(r record) error
}

// record is one message.
type record struct {
	at       time.Time
	level    slog.Level
	message  string // on one line
	messages []slog.Attr
}

// Enabled reports whether a level is logged.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle logs one record.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	out := record{at: r.Time, level: r.Level, message: oneLine(r.Message), messages: append([]slog.Attr(nil), h.attrs...)}
	r.Attrs(func(a slog.Attr) bool {
		out.messages = append(out.messages, a)
		return true
	})
	return h.sink.write(out)
}

// WithAttrs returns a handler that adds attributes to each record.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.sink, append(append([]slog.Attr(nil), h.attrs...), attrs...)}
}

// WithGroup returns the handler: the fields of a journal have no groups.
func (h *Handler) WithGroup(string) slog.Handler { return h }

// oneLine replaces what would begin a line of its own in a log.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// priority is the level as syslog(3) numbers it.
func priority(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}

// field returns the journal's name of an attribute: MESSAGE_ID for message_id, and
// XENPCI_DEVICE for device.
func field(name string) string {
	upper := strings.ToUpper(name)
	if upper == "MESSAGE_ID" {
		return upper
	}
	return "XENPCI_" + upper
}

// datagram is a record as systemd-journald takes it (its documentation of the native
// protocol). Neither names nor values have line breaks.
func (r record) datagram() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=xenpcid\n", r.message, priority(r.level))
	for _, a := range r.messages {
		if value := a.Value.String(); value != "" {
			fmt.Fprintf(&b, "%s=%s\n", field(a.Key), oneLine(value))
		}
	}
	return b.Bytes()
}
