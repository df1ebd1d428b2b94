package change

import "strings"

// Explain returns why an error came about, and what to do; advice is "" where
// there is nothing to do. Errors that were joined are a line each.
func Explain(err error) (reason, advice string) {
	switch e := err.(type) { //nolint:errorlint // the reason of an error further down is not the whole of it
	case interface {
		Reason() string
		Advice() string
	}:
		return e.Reason(), e.Advice()
	case interface{ Unwrap() []error }:
		var reasons, advices []string
		for _, one := range e.Unwrap() {
			reason, advice := Explain(one)
			reasons = append(reasons, reason)
			if advice != "" {
				advices = append(advices, advice)
			}
		}
		return strings.Join(reasons, "\n"), strings.Join(advices, "; ")
	}
	return err.Error(), ""
}
