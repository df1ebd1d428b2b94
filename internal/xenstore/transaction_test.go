package xenstore

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// TestTransactionGivesUp: others that always come first do not keep us for
// ever.
func TestTransactionGivesUp(t *testing.T) {
	server, c := start(t)
	attempts := 0
	err := c.Transaction(t.Context(), func(tx *Tx) error {
		attempts++
		server.Set("/a", "theirs")
		return tx.Write(t.Context(), "/a", "mine")
	})
	var failed *Error
	if !errors.As(err, &failed) || failed.Op != "commit" || !errors.Is(err, syscall.EAGAIN) || attempts != transactionAttempts {
		t.Errorf("after %d attempts: %v", attempts, err)
	}
	if value, err := c.Read(t.Context(), "/a"); value != "theirs" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}

// TestTransactionErrors: each step's failure is named, and nothing is changed.
func TestTransactionErrors(t *testing.T) {
	tests := []struct {
		name string
		op   xenstoretest.Op
		want string
	}{
		{name: "begin", op: xenstoretest.TransactionStart, want: "xenstore: begin: no space left on device (ENOSPC)"},
		{name: "write", op: xenstoretest.Write, want: "xenstore /a: write: no space left on device (ENOSPC)"},
		{name: "commit", op: xenstoretest.TransactionEnd, want: "xenstore: commit: no space left on device (ENOSPC)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, c := start(t)
			server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
				if r.Op == test.op {
					return xenstoretest.Fault{Error: syscall.ENOSPC}
				}
				return xenstoretest.Fault{}
			})
			err := c.Transaction(t.Context(), func(tx *Tx) error {
				return tx.Write(t.Context(), "/a", "mine")
			})
			if err == nil || err.Error() != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			if got := server.Nodes()["/a"]; got != "value" {
				t.Errorf("/a is %q", got)
			}
		})
	}
}

// TestTransactionCancelled: the transaction is ended even though its context
// is, so that the connection can go on.
func TestTransactionCancelled(t *testing.T) {
	server, c := start(t)
	ended := false
	server.Inject(func(r xenstoretest.Request) xenstoretest.Fault {
		ended = ended || r.Op == xenstoretest.TransactionEnd && r.Path == "F"
		return xenstoretest.Fault{}
	})
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Transaction(ctx, func(tx *Tx) error {
		cancel()
		return tx.Write(ctx, "/a", "mine")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if value, err := c.Read(t.Context(), "/a"); value != "value" || err != nil || !ended {
		t.Errorf("%q, %v, ended: %v", value, err, ended)
	}
}

func TestTransactionGarbage(t *testing.T) {
	for _, id := range []string{"", "x\x00", "0\x00", "99999999999\x00", "1"} {
		server, c := start(t)
		server.Inject(always(xenstoretest.Fault{Raw: xenstoretest.Message(xenstoretest.TransactionStart, 1, 0, []byte(id))}))
		err := c.Transaction(t.Context(), func(*Tx) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "answered with the transaction") {
			t.Errorf("%q: %v", id, err)
		}
	}
}
