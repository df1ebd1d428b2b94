package passthrough

import "github.com/xenpci/xenpci/internal/boot"

// noLayer returns why no layer can hide the declared devices on this machine; nil where one
// can.
func (b booting) noLayer() error {
	err := boot.NoLayer(b.host, b.list.Devices)
	if err == nil {
		return nil
	}
	why := asError(err)
	return &Error{Code: CodeNoLayer, Reason: why.Reason, Advice: why.Advice, err: err}
}
