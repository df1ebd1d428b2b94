package passthrough

import (
	"sync"
)

// fact is something that is read when it is first needed. Goroutines may share
// it.
type fact[T any] struct {
	mu    sync.Mutex
	known bool
	value T
	err   error
}

// get returns the fact, and reads it if that has not been done.
func (f *fact[T]) get(read func() (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known {
		f.value, f.err = read()
		f.known = true
	}
	return f.value, f.err
}

// forget has the fact read again, since it may have changed.
func (f *fact[T]) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = false
}

// set has get return a value.
func (f *fact[T]) set(value T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known, f.value, f.err = true, value, nil
}
