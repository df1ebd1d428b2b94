package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// FuzzNames draws devices that are called anything.
func FuzzNames(f *testing.F) {
	f.Add("3Com Corporation", "Ethernet controller", "3c59x", "guest1", "dom0", 80)
	f.Add("<b>&\"'</b>]]>", "<!--", "&#0;", "\x1b[2J", "</title><script>", 40)
	f.Add("r\xe9seau\xff\x00", "\u202eright to left", "a\nb\tc\r", "\u0085\u2028\ufeff\ufffe", "\ud7ff\uffff", 1)
	f.Add("网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡网卡", "e\u0301", "", "\U0001f600", "", 20)
	long := strings.Repeat("WIDE and small ", 40)
	f.Add(long, long, long, long, long, 100)
	f.Fuzz(func(t *testing.T, name, class, driver, guest, title string, columns int) {
		m := called(name, class, driver, guest)
		checkLayout(t, plan(m, title))
		var drawn, again, text, plain bytes.Buffer
		if err := errors.Join(SVG(&drawn, m, title), SVG(&again, m, title),
			Text(&text, m, TextOptions{Columns: columns}), Text(&plain, m, TextOptions{ASCII: true})); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(drawn.Bytes(), again.Bytes()) {
			t.Error("the same machine was drawn in two ways")
		}
		checkXML(t, drawn.Bytes())
		for _, r := range text.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("the terminal gets %U", r)
			}
		}
		for _, b := range plain.Bytes() {
			if b != '\n' && (b < ' ' || b > '~') {
				t.Errorf("a terminal without UTF-8 gets %x", b)
			}
		}
		if lines := bytes.Count(text.Bytes(), []byte("\n")); lines != 4 || bytes.Count(plain.Bytes(), []byte("\n")) != lines {
			t.Errorf("%d lines of text; want a root bus, a bridge and two functions:\n%s", lines, text.Bytes())
		}
	})
}

// called is a bridge and two functions behind it, of which a guest has one.
func called(name, class, driver, guest string) Machine {
	r := newRack().bridge("00:01.0", 0x2030, 1, 1, "").
		put("01:00.0", 0x020000, 0x1572, driver, "00:01.0").
		put("01:00.1", 0x020000, 0x1572, driver, "00:01.0").hide(guest, "01:00.1")
	m := r.machine()
	m.Name = func(pci.Device) string { return name }
	m.Class = func(pci.Class) string { return class }
	return m
}

// checkXML reads a document to its end.
func checkXML(t *testing.T, document []byte) {
	t.Helper()
	if !utf8.Valid(document) {
		t.Error("the drawing is not UTF-8")
	}
	decoder := xml.NewDecoder(bytes.NewReader(document))
	elements := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the drawing is no XML: %v\n%s", err, document)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			for _, r := range string(token) {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("the drawing shows %U", r)
				}
			}
		}
	}
	if elements["script"] > 0 || elements["style"] != 1 || elements["text"] == 0 {
		t.Errorf("a drawing has one style sheet, texts and no script: %v", elements)
	}
}

// TestDrawingsAreXML reads all machines' drawings.
func TestDrawingsAreXML(t *testing.T) {
	for name, machine := range machines {
		t.Run(name, func(t *testing.T) {
			var drawn bytes.Buffer
			if err := SVG(&drawn, machine(t), ""); err != nil {
				t.Fatal(err)
			}
			checkXML(t, drawn.Bytes())
		})
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestTheWritersErrorIsReported(t *testing.T) {
	m := called("name", "class", "driver", "guest")
	if err := Text(fullDisk{}, m, TextOptions{}); !errors.Is(err, errFull) {
		t.Errorf("Text: %v; want the writer's error", err)
	}
	if err := SVG(fullDisk{}, m, ""); !errors.Is(err, errFull) {
		t.Errorf("SVG: %v; want the writer's error", err)
	}
}

// TestRootBusWithoutFunctions draws what Grow does not make, and a caller could.
func TestRootBusWithoutFunctions(t *testing.T) {
	m := called("name", "class", "driver", "guest")
	m.Domains = append(m.Domains, &topology.Domain{Number: 1, Buses: []*topology.Bus{{Domain: 1, Number: 2}}}, &topology.Domain{Number: 2})
	checkLayout(t, plan(m, ""))
}
