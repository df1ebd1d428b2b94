package edit_test

import (
	"fmt"
	"log"

	"github.com/xenpci/xenpci/pkg/edit"
)

// An edit is made, and taken back.
func ExampleEdit() {
	text := []byte("options e1000\n")
	e := edit.Edit{Offset: len("options "), Old: "e1000", New: "e1000e"}
	changed, err := e.Apply(text)
	if err != nil {
		log.Fatal(err)
	}
	back, err := e.Inverse().Apply(changed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q %q\n", changed, back)

	_, err = e.Apply([]byte("alias eth0 e1000\n"))
	fmt.Println(err)
	// Output:
	// "options e1000e\n" "options e1000\n"
	// the file has changed: "e1000" is no longer at byte 8
}
