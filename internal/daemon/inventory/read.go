package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/seen"
)

// deadline is how long ghw may read. A machine with 256 devices takes it a third of a
// second.
const deadline = 10 * time.Second

// maxAnswer bounds what is read of it, in bytes.
const maxAnswer = 4 << 20

// self is this program.
const self = "/proc/self/exe"

var errTooMuch = errors.New("more than 4 MiB") // maxAnswer

// read has another process read what ghw knows of all disks and interfaces below root.
func read(ctx context.Context, root string, timeout time.Duration) (seen.Card, error) {
	out, err := program.Stream(ctx, timeout, nil, self, argument, root)
	if err != nil {
		return seen.Card{}, err
	}
	defer out.Close()
	text, err := io.ReadAll(io.LimitReader(out, maxAnswer+1))
	if err != nil {
		return seen.Card{}, err
	}
	if len(text) > maxAnswer {
		return seen.Card{}, fmt.Errorf("the inventory: %w", errTooMuch)
	}
	var all seen.Card
	if err := json.Unmarshal(text, &all); err != nil {
		return seen.Card{}, fmt.Errorf("the inventory: %w", err)
	}
	return all, nil
}
