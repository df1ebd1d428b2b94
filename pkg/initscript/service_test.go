package initscript_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// TestServicesInACircle wants every service once, where each waits for the other.
func TestServicesInACircle(t *testing.T) {
	root := tree(t, "/lib/systemd/system/a.service=[Unit]\nAfter=b.service\n", "/lib/systemd/system/b.service=[Unit]\nAfter=a.service\n",
		"/etc/systemd/system/x.target.wants/a.service -> x", "/etc/systemd/system/x.target.wants/b.service -> x")
	var got []string
	for _, s := range initscript.Services(root, initscript.Init{Kind: initscript.Systemd}, "b", "a", "c") {
		got = append(got, s.Name+" "+s.File+" "+strings.Join(s.Starts, " "))
	}
	if diff := cmp.Diff([]string{"b /lib/systemd/system/b.service x.target", "a /lib/systemd/system/a.service x.target"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzServices gives the files of two services any content.
func FuzzServices(f *testing.F) {
	f.Add("[Unit]\nAfter=b.service\n", "[Unit]\nRequires=a.service\n")
	f.Add("#!/sbin/openrc-run\ndepend() {\n\tneed b\n}\n", "#!/sbin/openrc-run\ndepend() {\n\tbefore a\n\tafter a\n}\n")
	f.Add("start on started b\n", "start on (starting rc and stopped a)\n")
	f.Add("### BEGIN INIT INFO\n# Required-Start: b\n### END INIT INFO\n", "### BEGIN INIT INFO\n# Provides: a b\n# X-Start-Before: a\n### END INIT INFO\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		root := t.TempDir()
		for _, dir := range []string{"etc/init.d", "etc/init", "etc/systemd/system", "etc/rc3.d", "etc/runlevels/default"} {
			must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
		}
		for name, text := range map[string]string{"a": a, "b": b} {
			for _, file := range []string{"etc/init.d/" + name, "etc/init/" + name + ".conf", "etc/systemd/system/" + name + ".service"} {
				must(t, os.WriteFile(filepath.Join(root, file), []byte(text), 0o644))
			}
			for _, link := range []string{"etc/rc3.d/S20" + name, "etc/runlevels/default/" + name} {
				must(t, os.Symlink("x", filepath.Join(root, link)))
			}
		}
		for _, kind := range []initscript.Kind{initscript.Systemd, initscript.SysV, initscript.OpenRC, initscript.Upstart} {
			var names []string
			for _, s := range initscript.Services(root, initscript.Init{Kind: kind, Scripts: true}, "a", "b") {
				names = append(names, s.Name)
			}
			slices.Sort(names)
			if fmt.Sprint(names) != "[a b]" {
				t.Fatalf("%s: %v", kind, names)
			}
		}
	})
}
