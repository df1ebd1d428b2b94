package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDir(t *testing.T) {
	var dirs []string
	t.Run("used", func(t *testing.T) {
		dirs = []string{Dir(t), Dir(t)}
		for _, dir := range dirs {
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	if dirs[0] == dirs[1] {
		t.Errorf("two folders are one: %s", dirs[0])
	}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", dir, err)
		}
		if inMemory := strings.HasPrefix(dir, memory+"/"); inMemory != usable(memory) {
			t.Errorf("%s, and %s is usable: %v", dir, memory, usable(memory))
		}
	}
	for _, folder := range []string{"/proc", "/nowhere"} {
		if usable(folder) {
			t.Errorf("%s is no tmpfs", folder)
		}
	}
}
