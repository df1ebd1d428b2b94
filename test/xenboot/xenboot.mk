# Whole boots, from the BIOS on: included by the Makefile at the top.

.PHONY: xen-boot-build xen-boot-test boot-matrix

# Makes the disk that most boots start from. That takes root.
xen-boot-build:
	$(GO) run ./test/xenboot/lab build

# Boots all kinds of disks; with QUICK=1 only those of the quick part. SUITE=trixie boots disks of
# another suite of Debian, and BOOT='PowerCut|Interrupted' only the tests whose names match.
BOOT ?= $(if $(QUICK),Quick$$,.)
xen-boot-test:
	XENPCI_SUITE=$(SUITE) $(GO) test -tags xen -count=1 -v -timeout 4h -run '$(BOOT)' ./test/xenboot

# The layers on every kind of disk; writes docs/boot-matrix.md. An hour and more.
boot-matrix:
	XENPCI_MATRIX=1 $(GO) test -tags xen -count=1 -v -timeout 4h -run 'TestMatrix$$' ./test/xenboot
