# The emulated Xen host: included by the Makefile at the top.

.PHONY: xen-build xen-test xen-matrix xen-shell demo bench captures xen-soak

# Installs what is missing (that takes root) and makes the image.
xen-build:
	$(GO) run ./test/xen/lab build

# The machines that QUICK=1 leaves out, since they take long: guests, libvirt, chains and stuck are in
# the whole run only; soak has a longer run of its own, make xen-soak.
SLOW := guests|libvirt|chains|stuck|soak

# Boots every machine of test/xen/machines_test.go and runs its tests in dom0; with QUICK=1, as in the
# gate, without those that are SLOW.
# SUITE=trixie boots the machines with the Xen and the kernel of another suite of Debian, and
# MACHINE='killed|stuck' only those.
QUICK ?=
SUITE ?=
MACHINE ?=
xen-test: xen-build
	XENPCI_SUITE=$(SUITE) $(GO) test -tags xen -count=1 -v -timeout 3h $(if $(MACHINE),-run 'TestXen$$/^($(MACHINE))$$') -skip 'TestMatrix$$$(if $(QUICK),|TestXen$$/^($(SLOW))$$)' ./test/xen

# Boots pairs of hypervisor and kernel, and writes docs/xen-matrix.md; HOST='trixie|pvh' are two of
# them (hosts in test/xen/matrix_test.go). An hour and a half.
HOST ?= .*
xen-matrix: xen-build
	$(GO) test -tags xen -count=1 -v -timeout 0 -run 'TestMatrix$$/^($(HOST))$$' ./test/xen

# Random plugs, pulls, edits, guests and kills for an hour, or for DURATION=10m; the seed that
# it prints repeats a run: SEED=1.
DURATION ?= 1h
SEED ?=
xen-soak: xen-build
	XENPCI_SOAK=$(DURATION) XENPCI_SOAK_SEED=$(SEED) $(GO) test -tags xen -count=1 -v -timeout 0 -run 'TestXen/soak$$' ./test/xen

# Takes testdata/sysfs/guard-*.txtar again, on the machines that are made for it,
# and records what the guard finds in them: read the difference. SUITE=trixie takes those
# of another suite.
captures: xen-build
	XENPCI_SUITE=$(SUITE) XENPCI_CAPTURES=1 $(GO) test -tags xen -count=1 -timeout 60m -run 'TestXen/(guard|chains)' ./test/xen
	$(GO) test -count=1 ./internal/usage -run TestCaptured -update

# A shell in dom0, for looking around; with SUITE=trixie that of another suite of Debian.
xen-shell:
	XENPCI_SUITE=$(SUITE) $(GO) run ./test/xen/lab shell

# Shows list, hide, a guest with the card, and unhide, in about two minutes.
demo:
	$(GO) run ./test/xen/lab demo

# Measures, and prints the tables of docs/benchmarks.md.
bench:
	$(GO) run ./test/xen/lab bench
