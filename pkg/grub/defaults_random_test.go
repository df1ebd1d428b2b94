package grub

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fragments are what scripts are put together of: none does anything beyond
// variables.
var fragments = []string{
	"A=", "B=", "C=", "export A=", "a", "b c", "quiet", "\"", "\"", "'", "'", "$A", "${B}", "${B:-", "${C-", "}", "$(echo x)", "`echo y`", "$(", ")", "`",
	" ", " ", "\n", "\n", "\n", ";", "; ", "\\", "\\\n", "#", " # c", "&&", " || ", "|", " & ", "if true; then ", "; fi\n", " else ", "elif false; then ",
	"if [ \"$A\" ]; then\n", "fi\n", "echo ", ": ", "true", "false", "unset A\n", "eval C=d\n", "[ x = y ]", ">/dev/null", "2>&1", "{ ", "; }\n", "(",
	"for A in x y; do ", "; done\n", "case a in a) B=e;; esac\n", "f() { C=g; }\nf\n", "${A:=z}", "$((B=3))", "$", "~", "*", "=", "\t", "<<E\nA=h\nE\n", "!", " ! ", "\r\n",
}

// Over scripts that no one would write, what is understood is what a shell
// makes of it.
func TestDefaultsRandom(t *testing.T) {
	dash, err := exec.LookPath("dash")
	if err != nil {
		t.Skip("dash is not installed (Debian: apt install dash)")
	}
	scripts := 600
	if testing.Short() {
		scripts = 60
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(5, 3))
	ran, understood := 0, 0
	for range scripts {
		var b strings.Builder
		b.WriteString("A=one\nB='two 2'\n")
		for range 2 + r.IntN(14) {
			b.WriteString(fragments[r.IntN(len(fragments))])
		}
		text := b.String()
		name := filepath.Join(dir, "grub")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(dash, "-c", `. "$1" >/dev/null 2>&1 </dev/null; printf '%s\0' "$A" "$B" "$C" whole`, "dash", name)
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nowhere"}
		command.Dir = dir
		out, err := command.Output()
		values := strings.Split(string(out), "\x00")
		if err != nil || len(values) != 5 {
			continue // an error in the script: grub-mkconfig gives up on such a file
		}
		ran++
		s := Read(ParseDefaults("grub", []byte(text)))
		for i, name := range []string{"A", "B", "C"} {
			got, err := s.Get(name)
			if err != nil {
				continue
			}
			understood++
			if got.Value != values[i] {
				t.Errorf("%q: %s is %q, and for a shell %q", text, name, got.Value, values[i])
			}
		}
	}
	if ran < scripts/10 || understood < ran/2 {
		t.Errorf("of %d scripts a shell runs %d, of whose variables %d are understood", scripts, ran, understood)
	}
}
