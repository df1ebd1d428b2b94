package boot

import "github.com/xenpci/xenpci/internal/change"

// LayerError reports why a layer cannot be written.
type LayerError struct {
	Layer Name
	Err   error
}

// Error names the layer first.
func (e *LayerError) Error() string { return "layer " + string(e.Layer) + ": " + e.Err.Error() }

// Reason names the layer, and says why it cannot be written.
func (e *LayerError) Reason() string {
	reason, _ := change.Explain(e.Err)
	return "layer " + string(e.Layer) + ": " + reason
}

// Advice says what to do; "" where that is not known.
func (e *LayerError) Advice() string {
	_, advice := change.Explain(e.Err)
	return advice
}

// Unwrap returns the cause.
func (e *LayerError) Unwrap() error { return e.Err }

// fault is something that is not as it should be, and what to do about it.
type fault struct{ reason, advice string }

// Error returns the reason and the advice.
func (f *fault) Error() string { return f.reason + "; " + f.advice }

// Reason says what is wrong.
func (f *fault) Reason() string { return f.reason }

// Advice says what to do.
func (f *fault) Advice() string { return f.advice }

// Warning is something that does not keep a layer from being written, and what to
// do about it.
type Warning struct {
	Reason string // it names the file and line where there is one
	Advice string // "" where there is nothing to do
}

// String returns the reason and the advice.
func (w Warning) String() string {
	if w.Advice == "" {
		return w.Reason
	}
	return w.Reason + "; " + w.Advice
}
