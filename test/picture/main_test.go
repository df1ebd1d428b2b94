package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestDraw looks at what a reader of the image would see: its texts, in order.
func TestDraw(t *testing.T) {
	image := draw("\ndom0# xenpci list\r\na <- b & \"c\"\n\tDriver: e1000\n")
	var texts []string
	decoder := xml.NewDecoder(strings.NewReader(image))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, image)
		}
		if data, ok := token.(xml.CharData); ok && strings.TrimSpace(string(data)) != "" {
			texts = append(texts, string(data))
		}
	}
	want := "dom0# xenpci list|a <- b & \"c\"|        Driver: e1000"
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if !strings.Contains(image, `font-weight="bold" fill="#ffffff">dom0#`) {
		t.Errorf("the command is not bold:\n%s", image)
	}
}

func TestExpand(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"\ta":         "        a",
		"abc\td":      "abc     d",
		"12345678\tx": "12345678        x",
	} {
		if got := expand(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
