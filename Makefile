# SPDX-License-Identifier: MIT
#
# How Droste is built, run and tested.  `make help` lists the targets.
#
# There are no lists of sources here: the kernel is every C and assembler file
# below kernel/ and vmm/, each file or folder in user/ is a program.  To add a
# feature is to add its file; what there is to make besides is in tools/*.mk.
#
# All output goes below $(B).  No date, path or user gets into it: two builds
# of one tree are equal byte for byte.  Rules are silent and talk on stderr,
# since the standard output of `make run` is the machine's console and nothing
# else; `make V=1 ...` shows each command.

ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
ifndef B
B := $(if $(findstring clang,$(CC)),build-clang,build)
endif
LD ?= ld
O := $(B)/obj

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SILENT:
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.DEFAULT_GOAL := all
.SHELLFLAGS := $(if $V,-xc,-c)

# say WORD: one line about the current target.
say = printf '  %-7s %s\n' '$1' '$@' >&2
# begin WORD: the same, and its folder; what follows is for the same shell: to
# start a process takes as long as much of what a compiler does.
begin = $(call say,$1); [ -d $(@D) ] || mkdir -p $(@D);
# walk DIR,PATTERN...: the files below DIR that match.
walk = $(sort $(foreach f,$(wildcard $1/*),$(call walk,$f,$2) $(filter $2,$f)))

# -- What a user types --------------------------------------------------------
#
# The scripts in tools/ take their settings from the environment.  A setting is
# text and never make's to expand, whatever `$` is in it: what the command line
# gave is read with $(value) and handed on like that.

settings := B CC V EMULATOR SMP MEM CPU ACCEL ICOUNT QEMU BOCHS CMD TICKS \
	VMEXITS \
	GUEST INITRD CMDLINE ENGINE MMU EXITS
define as-given
ifeq ($(origin $1),command line)
override $1 := $$(value $1)
export $1
endif
endef
$(foreach s,$(settings),$(eval $(call as-given,$s)))
export B CC

# The exit status of `make run` is the machine's.  A recipe cannot do that, so
# make turns into the script: see tools/become.c.  (A make that is called with
# -C or by another make says so on standard output when the first recipe runs;
# -O postpones that for ever, but does nothing without -j.)
ifneq ($(filter run vm gdb,$(MAKECMDGOALS)),)
ifeq ($(words $(MAKECMDGOALS)) $(filter load,$(.FEATURES)),1 load)
MAKEFLAGS += -Oline -j2
-load $(B)/become.so
endif
endif
hand-over = $(or $(become tools/with-build $1,$(settings)),tools/with-build $1)

deps := run bochs gdb iso format test grade report soak
.PHONY: all run gdb iso format deps clean help
all: ## build the kernel and its initrd: build/droste, build/initrd.tar
	+tools/with-build
run: ## boot to a shell; CMD='...' runs that; EMULATOR SMP MEM CPU ICOUNT
	$(call hand-over,tools/run)
gdb: ## run with GDB attached; bring your own CMD
	$(call hand-over,tools/gdb)
iso: all deps-iso ## make build/droste.iso, which boots through GRUB
	tools/iso
format: deps-format ## lay out all C files as .clang-format says
	clang-format -i $(foreach d,$(wildcard */),$(call walk,$(d:/=),%.c %.h))
deps: $(addprefix deps-,$(deps)) ## install what is needed
clean: ## delete everything that was built
	rm -rf build build-*
help: ## print this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile tools/*.mk | expand -t12

.PHONY: $(addprefix deps-,$(deps))
$(addprefix deps-,$(deps)): deps-%:
	tools/deps $*

$(B)/become.so: tools/become.c | deps-run
	mkdir -p $(@D)
	$(CC) -shared -fPIC -O2 -Wall -Wextra -o $@.$$$$ $< && mv $@.$$$$ $@

# -- The kernel ---------------------------------------------------------------

common := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=. -I. -MMD -MP \
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef
kernel_flags := $(common) -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-omit-frame-pointer -fno-strict-aliasing
link := $(LD) -nostdlib -static --build-id=none --fatal-warnings \
	-z noexecstack -z max-page-size=4096

kernel_objects := $(patsubst %,$O/%.o,$(basename \
	$(call walk,kernel,%.c %.S) $(call walk,vmm,%.c %.S)))

# compile FLAGS: one source to one object.
define compile
	$(call begin,CC) exec $(CC) $1 -c -o $@ $<
endef
$O/%.o: %.c Makefile | deps-run
	$(call compile,$(kernel_flags))
$O/%.o: %.S Makefile | deps-run
	$(call compile,$(kernel_flags))
$O/%.o: $O/%.S | deps-run
	$(call compile,$(kernel_flags))

# A backtrace needs the names of functions, which are known once the kernel is
# linked.  So it is linked twice: first with an empty table, then with the
# table made from the first.  The table lies last in the image and moves
# nothing; that is checked.
$O/ksyms-none.S: tools/ksyms
	mkdir -p $(@D)
	tools/ksyms </dev/null >$@
$O/ksyms.S: $O/pass1
	nm $< | tools/ksyms >$@
$O/pass1: $O/ksyms-none.o
$(B)/droste.debug: $O/ksyms.o
$O/pass1 $(B)/droste.debug: $(kernel_objects) kernel/kernel.ld $O/kernel.list
	$(call say,LD)
	$(link) -T kernel/kernel.ld -o $@ $(filter %.o,$^)
$(B)/droste: $(B)/droste.debug
	nm $< | tools/ksyms | cmp -s - $O/ksyms.S || \
		{ echo '$<: .ksyms must come last in kernel.ld' >&2; exit 1; }
	objcopy --strip-debug $< $@.new && mv $@.new $@

# Without a source that was deleted the kernel must be linked again, so what it
# is made of is a file too, written only when that changes.
# (By make itself: there are many, to be looked at each time.)
is_not = $(or $(subst x$1,,x$2),$(subst x$2,,x$1))
$O/%.list: FORCE
	$(if $(if $(wildcard $@),,new)$(call \
		is_not,$($*_objects),$(file <$@)),$(shell mkdir -p \
		$(@D))$(file >$@,$($*_objects)))
FORCE:
.PHONY: FORCE

# Each header says itself what it needs.
.PHONY: headers
headers:
	for h in $(call walk,kernel,%.h) $(call walk,vmm,%.h); do \
		$(CC) $(filter-out -M%,$(kernel_flags)) -x c -fsyntax-only \
			$$h || bad=1; done; exit $$bad

# -- User programs and the initrd ---------------------------------------------

user_flags := $(common)
$O/user/%.o: user/%.c Makefile | deps-run
	$(call compile,$(user_flags))
$O/user/%.o: user/%.S Makefile | deps-run
	$(call compile,$(user_flags))

objects_of = $(patsubst %,$O/%.o,$(basename $(call walk,$1,%.c %.S)))
lib_objects := $(call objects_of,user/lib)
$O/user/lib.a: $(lib_objects) $O/lib.list
	rm -f $@ && ar rcD $@ $(filter %.o,$^)

# user/NAME.c or the sources in user/NAME/ make the program NAME.
programs :=
define program
programs += $(B)/user/$1
$1_objects := $2
$(B)/user/$1: $2 $O/user/lib.a $O/$1.list $(wildcard user/user.ld)
endef
$(foreach f,$(wildcard user/*.c),$(eval \
	$(call program,$(basename $(notdir $f)),$O/$(f:.c=.o))))
$(foreach d,$(patsubst user/%/,%,$(wildcard user/*/)),$(if \
	$(filter-out lib root,$d),$(eval \
	$(call program,$d,$(call objects_of,user/$d)))))

# Programs lie at 4 MiB; text, constants and data never share a page.
$(programs):
	$(call begin,LD) exec $(link) -u _start \
		$(addprefix -T ,$(filter %.ld,$^)) -z separate-code \
		-Ttext-segment=0x400000 -o $@ $(filter %.o %.a,$^)

# The initrd is user/root/, the programs, and the kernel itself: the guest of
# the VMM is the same image.
root := $(call walk,user/root,%)
stripped := $(patsubst $(B)/user/%,$O/stripped/%,$(programs))
initrd_objects := $(programs) $(root)
tar := tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 \
	--numeric-owner --mode=u=rwX,go=rX
$(stripped): $O/stripped/%: $(B)/user/%
	[ -d $(@D) ] || mkdir -p $(@D); exec objcopy --strip-all $< $@
$(B)/initrd.tar: $(B)/droste $(stripped) $(root) $O/initrd.list
	$(call say,TAR)
	rm -rf $(B)/root
	mkdir -p $(B)/root/bin $(B)/root/boot
	[ ! -d user/root ] || cp -R user/root/. $(B)/root
	cp $(stripped) $(B)/root/bin
	cp $< $(B)/root/boot/kernel
	cd $(B)/root && $(tar) -cf ../initrd.new * && cd .. && \
		mv initrd.new initrd.tar

# What a terminal needs to be the console of Bochs.
$(B)/bochs-console: tools/emulator/bochs-console.c | deps-run
	$(call begin,CC) exec $(CC) -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
		-o $@ $<

.PHONY: image
image: $(B)/droste $(B)/initrd.tar $(B)/bochs-console

# -- Programs for the host ----------------------------------------------------
#
# A test or driver names the sources that it is linked with in a comment
# `/* links: path... */`, and the libraries that it needs in `/* libs: ... */`.

hosted := -std=gnu11 -O1 -g -D_GNU_SOURCE -I. -Wall -Wextra -Werror \
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
noted = $(shell awk '/^\/\* $1:/ { on = 1; sub(/.* $1:/, "") } \
	on { done = sub(/ *\*\/.*/, ""); sub(/^ \*/, ""); print } \
	done { exit }' $2)

include $(wildcard tools/*.mk)

# Which headers each object was made from, as its compiler noted it.
-include $(patsubst %.o,%.d,$(filter %.o,$(kernel_objects) $(lib_objects) \
	$(foreach p,$(notdir $(programs)),$($p_objects))))
