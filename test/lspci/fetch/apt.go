package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	suite   = "trixie" // Debian 13: lspci 3.13
	keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
)

// configure makes every apt that this process starts from now on work with the
// folder apt alone: one suite of one mirror, and nothing is installed. What the
// machine has set up for downloads, such as a proxy, stays.
func configure(mirror, apt string) error {
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(apt, dir), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite),
		"apt.conf":     fmt.Sprintf(configuration, apt),
	} {
		if err := os.WriteFile(filepath.Join(apt, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return os.Setenv("APT_CONFIG", filepath.Join(apt, "apt.conf"))
}

const configuration = `
Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Etc::sourcelist "%[1]s/sources.list";
Dir::Etc::sourceparts "%[1]s/parts";
Dir::Etc::preferences "%[1]s/preferences";
Dir::Etc::preferencesparts "%[1]s/parts";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::PDiffs "false";
APT::Sandbox::User "root";
`
