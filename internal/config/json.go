package config

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// MarshalJSON returns the device as an object with the keys of the list, and without
// those that the device does not need. All values are strings.
func (d Device) MarshalJSON() ([]byte, error) {
	keys := map[string]string{}
	for _, f := range fields() {
		if v := f.get(d); v != "" {
			keys[f.key] = v
		}
	}
	return json.Marshal(keys)
}

// UnmarshalJSON reads what MarshalJSON returns, and is as strict as the list is read.
func (d *Device) UnmarshalJSON(text []byte) error {
	var keys map[string]string
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	if _, ok := keys["address"]; !ok {
		return errors.New("the device has no address")
	}
	var read Device
	for _, f := range fields() {
		v, ok := keys[f.key]
		if !ok {
			continue
		}
		if f.kind == unstable.Bool && v != "true" && v != "false" {
			return fmt.Errorf("%s: %s is neither true nor false", f.key, quote(v))
		}
		if err := f.set(&read, v); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
		delete(keys, f.key)
	}
	for key := range keys {
		return fmt.Errorf("unknown key %s", quote(key))
	}
	*d = read
	return nil
}
