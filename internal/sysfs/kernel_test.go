package sysfs_test

import "testing"

func TestKernel(t *testing.T) {
	_, f := tree(t, map[string]string{
		"proc/sys/kernel/osrelease": "6.1.0-32-amd64\n",
		"proc/stat":                 "cpu  1 2 3\nbtime 1700000000\nprocesses 7\n",
	})
	if release, err := f.Release(); release != "6.1.0-32-amd64" || err != nil {
		t.Errorf("%q, %v", release, err)
	}
	if began, err := f.BootTime(); err != nil || began.Unix() != 1700000000 {
		t.Errorf("%v, %v", began, err)
	}
	for _, stat := range []string{"", "cpu 1\n", "btime x\n"} {
		_, f := tree(t, map[string]string{"proc/stat": stat})
		if began, err := f.BootTime(); err == nil {
			t.Errorf("%q: %v", stat, began)
		}
	}
	_, f = tree(t, nil)
	if began, err := f.BootTime(); err == nil {
		t.Errorf("without /proc: %v", began)
	}
}
