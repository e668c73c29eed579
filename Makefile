# SPDX-License-Identifier: GPL-2.0-only

# ARCH=arm64 builds for arm64, by headers and libraries that scripts/cross gets.
DEB_ARCH := amd64
TOOLS := build/tools
ifeq ($(ARCH),arm64)
ifndef CROSS_DIR
ifneq ($(filter-out clean setup,$(or $(MAKECMDGOALS),all)),)
CROSS_DIR := $(or $(shell scripts/cross),$(error scripts/cross failed))
endif
endif
CROSS_COMPILE ?= aarch64-linux-gnu-
export CROSS_COMPILE
DEB_ARCH := arm64
TOOLS := build/tools-arm64
SYSROOT := $(CROSS_DIR)/sysroot
TOOLS_CROSS := CC="$(CROSS_COMPILE)gcc --sysroot=$(SYSROOT)" \
	PKG_CONFIG="env PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/aarch64-linux-gnu/pkgconfig pkg-config"
endif

# Everything that is built goes to build/, one directory per kernel.
HEADERS := $(CROSS_DIR)/usr/src/linux-headers-
KVER ?= $(patsubst linux-headers-%,%,$(notdir $(lastword $(sort \
	$(wildcard $(HEADERS)6.1.*-$(DEB_ARCH))))))
KDIR ?= $(HEADERS)$(KVER)
MOD := build/$(KVER)

all: module tools

# The kernel's build system leaves its objects beside the sources: it is given
# a tree of links, so that each kernel has its own objects.
module:
	@test -d "$(KDIR)" || { \
		echo "No kernel headers in $(KDIR): run scripts/setup, or give KVER= or KDIR=" >&2; \
		exit 1; }
	@mkdir -p $(MOD)
	@find -L $(MOD) -type l -delete
	@cp -rsf $(CURDIR)/Kbuild $(CURDIR)/drivers $(CURDIR)/include $(MOD)/
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(MOD) \
		CONFIG_VIRTIO_XEN=m CONFIG_VHOST_XEN=m CONFIG_VHOST_XEN_RING=m \
		CONFIG_VHOST_XEN_BLK=m CONFIG_VHOST_XEN_NET=m $(KFLAGS) modules
	@ln -sf drivers/virtio_xen.ko drivers/vhost_xen.ko drivers/vhost_xen_ring.ko \
		drivers/vhost_xen_blk.ko drivers/vhost_xen_net.ko $(MOD)/

tools:
	@$(MAKE) --no-print-directory -C tools O=$(CURDIR)/$(TOOLS) $(TOOLS_CROSS)

setup:
	@scripts/setup

demo: setup
	@scripts/demo

# All tests. Unit tests first: they are the quickest to fail.
check: setup
	@scripts/check

# KUnit under user-mode Linux, on all kernels that there are sources of.
kunit: setup
	@scripts/kunit

# Static checks.
lint: setup
	@scripts/lint

# What virtio-msg demands, and the tests that show how it is met.
conformance: setup
	@scripts/conformance --selftest
	@scripts/conformance --run

# The module's whole life under kernels with KASAN, lockdep, DMA debugging and
# kmemleak, and with KCSAN, and defects that these must find.
debug: setup
	@tests/e2e/run debug races
	@tests/e2e/run --plant all

# Which lines of the driver and of the tools the unit tests run.
coverage: setup
	@scripts/coverage

# Rates and costs against blkfront and netfront.
bench: setup
	@scripts/bench

# The bridge's parsers, by libFuzzer: the corpus, and a short run.
fuzz: setup
	@scripts/fuzz

# Whether the tests find anything: planted defects.
selftest: setup
	@scripts/selftest

clean:
	rm -rf build

.PHONY: all module tools setup demo check bench kunit lint conformance clean debug coverage fuzz selftest
