# make test and make demo install what they need, as root; anybody else is told
# which packages to install.

GO ?= go
PREFIX ?= /usr/local
FUZZTIME ?= 5s
# More for go test: make test TESTFLAGS=-v
TESTFLAGS ?=
# How long the tests of one package may take, on a machine that is busy too.
TESTTIMEOUT ?= 40m

# Where make build puts the programs.
OUT ?= .

# The checkout may belong to another user: git is told to read it all the same, and
# Go not to ask git.
GIT := git -c safe.directory='*'
VERSION := $(shell sed -n 's/^const Version = "\(.*\)"$$/\1/p' pkg/passthrough/version.go)
COMMIT ?= $(shell $(GIT) rev-parse --short=12 HEAD 2>/dev/null)
# The time of the commit, in seconds since 1970.
DATE ?= $(or $(shell $(GIT) log -1 --format=%ct 2>/dev/null),0)
# A commit without the version's tag gets a version that sorts before it.
PRERELEASE ?= $(if $(shell $(GIT) tag --points-at HEAD v$(VERSION) 2>/dev/null),,git$(shell date -u -d @$(DATE) +%Y%m%d%H%M%S))

LDFLAGS := -s -w -X main.commit=$(COMMIT) -X main.date=$(if $(COMMIT),$(shell date -u -d @$(DATE) +%Y-%m-%dT%H:%M:%SZ))

.PHONY: build go-there install uninstall man schema packages packages-test test-packages test test-all lint fuzz bench-list picture clean

# The release of Go that go.mod names. Since 1.21 Go fetches such a release by itself.
NEEDED := $(shell sed -n 's/^go //p' go.mod)

go-there:
	@there=$$(cd / && GOTOOLCHAIN=local $(GO) version 2>/dev/null) || { \
		echo "Go $(NEEDED) is needed, and '$(GO)' is not in PATH=$$PATH" >&2; \
		echo "https://go.dev/dl/ has it; one that is installed elsewhere is named by 'make GO=/usr/local/go/bin/go'" >&2; exit 1; }; \
	case "$$there" in *" go1."[0-9] | *" go1."[0-9][!0-9]* | *" go1."1[0-9]* | *" go1.20"*) \
		echo "Go $(NEEDED) is needed, and this is $$there" >&2; \
		echo "https://go.dev/dl/ has it; Go 1.21 and later fetch it by themselves" >&2; exit 1;; esac

build: go-there
	CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='$(LDFLAGS)' -o $(OUT)/xenpci ./cmd/xenpci
	CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='$(LDFLAGS)' -o $(OUT)/xenpcid ./cmd/xenpcid

# The packages for Debian, for rpm and for Alpine, in dist/.
DIST ?= dist
ARCHS ?= amd64 arm64
PACKAGERS ?= deb rpm apk
packages: go-there
	@DIST='$(DIST)' ARCHS='$(ARCHS)' PACKAGERS='$(PACKAGERS)' GO=$(GO) VERSION=$(VERSION) PRERELEASE=$(PRERELEASE) COMMIT=$(COMMIT) DATE=$(DATE) packaging/build

# Makes the packages twice, and checks what is in them. It installs lintian, rpmlint
# and rpm.
packages-test:
	$(GO) run ./test/install packaging/packages.txt
	$(GO) test -tags packages -count=1 -v -timeout=$(TESTTIMEOUT) ./packaging

# Copies what make build has made. It needs no Go, which root may not have in PATH.
install:
	@test -x xenpci -a -x xenpcid || { echo "there is no xenpci to install: run 'make build' first, as any user" >&2; exit 1; }
	install -D -m 755 xenpci $(DESTDIR)$(PREFIX)/sbin/xenpci
	install -m 755 xenpcid $(DESTDIR)$(PREFIX)/sbin/xenpcid
	install -d $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8

# What is enabled would start a program at boot that is not there any more. FORCE=1 removes
# xenpci also where it cannot tell what is enabled.
FORCE ?=
uninstall:
	@program=$(DESTDIR)$(PREFIX)/sbin/xenpci; [ -n '$(FORCE)' ] || ! [ -e $$program ] || $$program boot 2>/dev/null | grep -q '^layers: none' || \
	{ echo "xenpci runs at boot, or cannot tell: run 'xenpci daemon disable' and 'xenpci boot disable' first, or 'make uninstall FORCE=1'" >&2; exit 1; }
	rm -f $(DESTDIR)$(PREFIX)/sbin/xenpci $(DESTDIR)$(PREFIX)/sbin/xenpcid
	rm -f $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man5/%,$(wildcard man/*.5))
	rm -f $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man8/%,$(wildcard man/*.8))

# The manual pages: of what --help says, of what calls print, and of docs.
man:
	$(GO) test -count=1 ./internal/cli -run 'TestManPages$$' -update

# The JSON Schemas of what --json prints, of the Go types.
schema:
	$(GO) test -count=1 ./internal/cli -run 'TestSchemas$$' -update

# What the tests need on this machine.
test-packages: go-there
	$(GO) run ./test/install test/packages.txt
	$(GO) run ./test/lspci/fetch
	$(GO) run ./test/initramfs/fetch
	$(GO) run ./test/varlinkctl/fetch
	$(GO) run ./test/promtool/fetch
	@for suite in bullseye bookworm trixie; do $(GO) run ./test/hypervisors/fetch $$suite; done
	@# insserv is not installed: its package would number this machine's links again.
	@test -x build/insserv/sbin/insserv || { mkdir -p build/insserv && cd build/insserv && \
	apt-get --quiet=2 -o APT::Sandbox::User=root download insserv && dpkg -x insserv_*.deb . ; } || \
	echo "no insserv to order the init scripts with" >&2

# The tests that start a program for each fault, and where they are. Most of their time is
# the start of programs, which takes three times as long with -race.
FAULTS := ^Test(EveryWriteGoesWrong|HostKilled|TrialKilled|HostRandom)$$
FAULTY := ./internal/cli ./internal/daemon/reconcile

# Tests with very many cases take a sample of them (test/sample). A program built with
# -race waits a second before it exits, unless GORACE says otherwise. go vet has run when
# go test would run a part of it.
test: go-there test-packages
	$(GO) vet ./...
	$(GO) vet -tags xen ./test/xen/... ./test/xenboot/...
	$(GO) vet -tags packages ./packaging
	@echo "testing $$($(GO) list ./... | wc -l) packages, a line for each; the longest take a minute or two"
	GORACE=atexit_sleep_ms=0 $(GO) test -race -vet=off -skip='$(FAULTS)' -timeout=$(TESTTIMEOUT) $(TESTFLAGS) ./...
	$(GO) test -vet=off -run='$(FAULTS)' -timeout=$(TESTTIMEOUT) $(TESTFLAGS) $(FAULTY)

# Every case of the tests of which make test takes a sample.
test-all: go-there test-packages
	XENPCI_ALL_CASES=1 $(GO) test -count=1 -timeout=2h $(TESTFLAGS) ./internal/cli ./internal/boot ./test/parity

# The Go tools are pinned in tools/go.mod. The first run builds them, which
# takes some minutes.
lint:
	$(GO) run ./test/install tools/packages.txt
	@changed=$$(gofmt -l cmd internal pkg test examples packaging systemd init.d openrc upstart initramfs); test -z "$$changed" || { echo "gofmt would change:" $$changed; exit 1; }
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
	@# The scripts of the lab run under busybox: udhcpc sets their variables, what
	@# they source is on the lab's disks, and some loops only count.
	shellcheck --exclude=SC1091,SC2010,SC2034,SC2094,SC2154 $$(grep -rlE '^#!/bin/(ba)?sh|^#!/usr/bin/env bash' .ci test init.d initramfs packaging)
	@# openrc-run reads the variable description.
	shellcheck --shell=sh --exclude=SC2034 openrc/xenpci openrc/xenpci-early openrc/xenpcid

# Each fuzz target for FUZZTIME; what it finds is left in testdata/fuzz.
fuzz:
	@grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal pkg | \
	while IFS=: read -r file line target; do \
		$(GO) test -run='^$$' -fuzz="^$${target#func }$$" -fuzztime=$(FUZZTIME) "./$$(dirname "$$file")" || exit 1; \
	done

# Measures 'xenpci list' beside lspci and ghw, as root, and prints the tables of
# docs/benchmarks.md. A machine that does nothing else gives the best figures.
bench-list:
	@$(GO) run ./test/listbench

# The pictures in the README: what the demonstration shows while a guest has the card, and
# what is typed on a Debian host whose disk make xen-boot-build makes.
picture:
	@mkdir -p build
	@$(GO) run ./test/xen/lab demo </dev/null >build/demo.txt
	@sed -n '/dom0# xenpci list --tree/,/exit status/p' build/demo.txt | $(GO) run ./test/picture >docs/tree.svg
	@$(GO) run ./test/xenboot/lab shell "$$(cat test/xenboot/lab/pictures.sh)" </dev/null >build/boot.txt
	@for part in refused boot; do \
		sed -n "/^== $$part/,/^== end/{/^== /!p}" build/boot.txt | $(GO) run ./test/picture >docs/$$part.svg; \
	done

clean:
	rm -rf xenpci xenpcid build dist

include test/xen/xen.mk
include test/xenboot/xenboot.mk
