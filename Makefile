# A thin front for the one build system, Meson. `make help` lists the doors.
BUILD ?= build
LISTEN ?= 127.0.0.1:8090
PREFIX ?= /usr/local

.PHONY: help build run test bench fuzz soak fresh install clean
.NOTPARALLEL:

help:
	@echo 'make run      installs what is missing, builds, serves the page on http://$(LISTEN)'
	@echo 'make build    the same without serving'
	@echo 'make test     everything that proves it works (a quarter of an hour on two cores)'
	@echo 'make bench    the benchmarks, beside what others do with the same work'
	@echo 'make fuzz     a minute for each fuzzer (FUZZ_SECONDS=60)'
	@echo 'make soak     shared breakers and stores that are killed, for minutes (SOAK_SECONDS=300)'
	@echo 'make fresh    make run on a bare Debian 12 made for it (FRESH_TEST=1: make test too)'
	@echo 'make install  the program, manual pages, service and examples (PREFIX, DESTDIR)'
	@echo 'make clean    removes what was built, never your data'
	@echo 'Variables of run: LISTEN=address:port, CONFIG=file or folder, DATA=folder'

build:
	@tools/setup build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) -Dtests=false
	@ninja -C $(BUILD) bellwether

run: build
	@data="$${DATA:-$${XDG_STATE_HOME:-$${HOME:-$(CURDIR)/$(BUILD)}/.local/state}/bellwether}"; \
	mkdir -p "$$data" && \
	echo "Bellwether: http://$(LISTEN) - data in $$data - Ctrl-C stops it" && \
	exec $(BUILD)/bellwether serve --listen '$(LISTEN)' --data "$$data" \
		$(if $(CONFIG),--config '$(CONFIG)')

test:
	@tools/setup build test browser
	@tools/test

bench:
	@tools/setup build bench
	@$(MAKE) --no-print-directory build
	@tools/bench --build $(BUILD)

fuzz:
	@tools/setup build test
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-60} tools/test fuzz

soak:
	@tools/setup build test
	@SOAK_SECONDS=$${SOAK_SECONDS:-300} tools/test soak

fresh:
	@tools/setup fresh
	@tools/fresh

install: build
	@meson configure $(BUILD) --prefix='$(PREFIX)'
	@meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-test build-fresh
