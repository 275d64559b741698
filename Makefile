# One command for each need, the same for people and for CI. Every target installs what it needs by itself.
#   make run    builds and starts a node with a demo          make test   builds and passes every test
#   make help   lists all of it

SHELL := /bin/sh
JOBS  ?=
TESTS ?=
NINJA_JOBS := $(if $(JOBS),-j $(JOBS),)
CTEST_JOBS := $(if $(JOBS),$(JOBS),$(shell nproc 2>/dev/null || echo 2))
CTEST := ctest --output-on-failure --progress -j $(CTEST_JOBS) $(if $(TESTS),-R '$(TESTS)',)
SOURCES = git ls-files '*.cpp' '*.hpp' '*.h' '*.c'

.DEFAULT_GOAL := help
.PHONY: help packages build run run-openarena cluster stop-demo clean-demo deb test test-asan bench bench-cluster bench-scale format format-check install clean

help: ## Lists the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile
	@echo "  JOBS=N bounds parallel work; TESTS=REGEX selects tests"

packages: ## Installs the Debian packages that are missing (root or sudo)
	@deploy/install_packages.sh

build: packages ## Builds build/maestro
	@test -f build/build.ninja || { echo "==> Configuring"; cmake -G Ninja -B build -S .; }
	@echo "==> Building"
	@ninja -C build $(NINJA_JOBS) maestro arena_server arena_bot
	@echo "==> build/maestro is ready"

run: build ## Starts a node with the arena demo; Ctrl-C ends it
	@deploy/demo.sh

cluster: build ## Starts etcd, three nodes and the arena demo on this machine; Ctrl-C ends the nodes
	@test/support/unpack_package.sh build/etcd etcd-server usr/bin/etcd
	@deploy/cluster.sh

run-openarena: build ## Installs OpenArena's server (417 MB) and starts a node with two rooms of it; Ctrl-C ends all
	@dpkg -s openarena-server >/dev/null 2>&1 || deploy/install_packages.sh openarena-server
	@deploy/run_example.sh openarena

clean-demo: ## Deletes the demo's scheduler, ends its game servers and removes ./data
	@deploy/demo.sh --clean

deb: packages ## Makes build/maestro_*.deb: binary, service, configuration, manual pages, completion, SBOM
	@test -f build/build.ninja || { echo "==> Configuring"; cmake -G Ninja -B build -S .; }
	@echo "==> Building"
	@ninja -C build $(NINJA_JOBS) package_files
	@echo "==> Packaging"
	@cd build && cpack -G DEB

test: packages ## Builds and runs every test
	@test -f build/build.ninja || { echo "==> Configuring"; cmake -G Ninja -B build -S .; }
	@echo "==> Building everything"
	@ninja -C build $(NINJA_JOBS)
	@echo "==> Testing"
	@cd build && $(CTEST)

test-asan: packages ## The same with the address and undefined-behaviour sanitizers
	@test -f build-asan/build.ninja || { echo "==> Configuring with sanitizers"; \
	  cmake -G Ninja -B build-asan -S . -DMAESTRO_SANITIZE=ON; }
	@echo "==> Building everything with sanitizers"
	@ninja -C build-asan $(NINJA_JOBS)
	@echo "==> Testing with sanitizers"
	@cd build-asan && $(CTEST)

bench: packages ## Runs the benchmarks of test/bench and prints their ratios
	@test -f build/build.ninja || { echo "==> Configuring"; cmake -G Ninja -B build -S .; }
	@ninja -C build $(NINJA_JOBS) bench

bench-cluster: build ## Measures what the loss, drain and coming of a node cost, and what a request does: three nodes, real etcd, simulated rooms
	@ninja -C build $(NINJA_JOBS) etcd cluster_load_bench
	@build/cluster_load_bench build/etcd/root/usr/bin/etcd
	@test/bench/cluster_bench.py build/maestro build/etcd/root/usr/bin/etcd

bench-scale: packages ## Measures 1,000 to 1,000,000 rooms and 1,000 to 10,000 schedulers: ratios, JSON, SVG (long)
	@test -f build/build.ninja || { echo "==> Configuring"; cmake -G Ninja -B build -S .; }
	@ninja -C build $(NINJA_JOBS) bench-scale

format: packages ## Formats all sources in place
	@$(SOURCES) | xargs clang-format -i

format-check: packages ## Fails when a source is not formatted
	@$(SOURCES) | xargs clang-format --dry-run -Werror && echo "==> Formatting is right"

PREFIX  ?= /usr/local
DESTDIR ?=
install: build ## Installs binary, configuration, service and manual pages (PREFIX, DESTDIR); `make deb` is for Debian
	install -D -m 755 build/maestro $(DESTDIR)$(PREFIX)/bin/maestro
	test -e $(DESTDIR)/etc/maestro/maestro.yaml || install -D -m 644 deploy/maestro.yaml $(DESTDIR)/etc/maestro/maestro.yaml
	install -d $(DESTDIR)/etc/systemd/system
	sed 's|/usr/bin/maestro|$(PREFIX)/bin/maestro|' deploy/maestro.service > $(DESTDIR)/etc/systemd/system/maestro.service
	install -D -m 644 deploy/maestro.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/maestro.conf
	test -n "$(DESTDIR)" || test ! -d /run/systemd/system || systemd-tmpfiles --create maestro.conf
	build/maestro man --folder $(DESTDIR)$(PREFIX)/share/man
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	build/maestro completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/maestro

clean: ## Removes the build folders (not ./data: see clean-demo)
	rm -rf build build-asan
