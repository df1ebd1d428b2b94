package seen

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
)

// maxRecord bounds one file, in bytes: a card within its bounds takes less.
const maxRecord = 512 << 10

// Record is one file: a card, and what tells it from others.
type Record struct {
	Identity config.Device `json:"identity"`
	Order    uint64        `json:"order"` // a later one is larger
	Card
}

var errTrailing = errors.New("something follows the record")

// ParseRecord parses a file. It takes no record that it does not understand as a whole:
// a key that a later version wrote may tell the card from another one.
func ParseRecord(content []byte) (Record, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var r Record
	if err := decoder.Decode(&r); err != nil {
		return Record{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Record{}, errTrailing
	}
	r.Card = r.bounded()
	return r, nil
}

// Print returns the content of the file.
func (r Record) Print() ([]byte, error) {
	content, err := json.MarshalIndent(r, "", "  ")
	return append(content, '\n'), err
}

// maxName bounds the name of a file. A longer one is cut: which card a file is of is in
// the file.
const maxName = 200

// suffix is that of the files.
const suffix = ".json"

// name returns the name of the file: the IDs, and what identifies the card best, and
// its function: "8086-1521_00-1b-21-ff-ff-aa-bb-cc_0.json".
func (r Record) name() string {
	d := r.Identity
	parts := []string{"unknown"}
	if d.ID != nil {
		parts = []string{d.ID.String()}
	}
	switch {
	case d.Serial != "":
		parts = append(parts, d.Serial, string('0'+rune(d.Address.Function)))
	case d.MAC != "":
		parts = append(parts, d.MAC, string('0'+rune(d.Address.Function)))
	default:
		parts = append(parts, d.Path)
	}
	name := strings.NewReplacer(":", "-", "/", "_").Replace(strings.Join(parts, "_"))
	return name[:min(len(name), maxName)] + suffix
}
