package xenstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

// transactionAttempts bounds how often a transaction is tried while others change
// the same nodes.
const transactionAttempts = 16

// Tx is an open transaction: others see all of its changes or none. It is valid
// during one call of the function that is passed to Transaction.
type Tx struct {
	client *Client
	id     uint32
}

// Read is Client.Read within the transaction.
func (t *Tx) Read(ctx context.Context, path string) (string, error) {
	return t.client.read(ctx, t.id, path)
}

// Write is Client.Write within the transaction.
func (t *Tx) Write(ctx context.Context, path, value string) error {
	return t.client.write(ctx, t.id, path, value)
}

// Remove is Client.Remove within the transaction.
func (t *Tx) Remove(ctx context.Context, path string) error {
	return t.client.remove(ctx, t.id, path)
}

// Directory is Client.Directory within the transaction.
func (t *Tx) Directory(ctx context.Context, path string) ([]string, error) {
	return t.client.directory(ctx, t.id, path)
}

// Transaction calls do within a transaction and commits it. If do fails,
// Transaction changes nothing and returns its error. If others have changed the
// same nodes meanwhile (EAGAIN), it calls do again, so do must be repeatable. Other
// errors are an *Error.
func (c *Client) Transaction(ctx context.Context, do func(*Tx) error) error {
	for range transactionAttempts {
		err := c.transactionOnce(ctx, do)
		var failed *Error
		if errors.As(err, &failed) && failed.Op == "commit" && errors.Is(err, syscall.EAGAIN) {
			continue
		}
		return err
	}
	return &Error{Op: "commit", Err: fmt.Errorf("others changed the same nodes %d times in a row: %w", transactionAttempts, syscall.EAGAIN)}
}

func (c *Client) transactionOnce(ctx context.Context, do func(*Tx) error) error {
	answer, err := c.call(ctx, opTransactionStart, 0, []byte{0})
	if err != nil {
		return &Error{Op: "begin", Err: err}
	}
	name, _ := cutString(answer)
	id, err := strconv.ParseUint(name, 10, 32)
	if err != nil || id == 0 {
		return &Error{Op: "begin", Err: &protocolError{fmt.Sprintf("the transaction %.16q", answer)}}
	}
	tx := &Tx{client: c, id: uint32(id)}
	if err := do(tx); err != nil {
		// Even if ctx has ended. A transaction that cannot be ended here ends
		// with the connection.
		_, _ = c.call(context.WithoutCancel(ctx), opTransactionEnd, tx.id, []byte("F\x00"))
		return err
	}
	if _, err := c.call(ctx, opTransactionEnd, tx.id, []byte("T\x00")); err != nil {
		return &Error{Op: "commit", Err: err}
	}
	return nil
}
