# SPDX-License-Identifier: MIT
#
# Bochs, for tools/run, which says what these functions are for.  Settings:
#
#   CPU     a CPU model of Bochs; the default has VMX, `ryzen` has SVM
#   BOCHS   the program (bochs-bin)
#   TICKS   end the machine after so many ticks (never); see below for a tick
#   VMEXITS look out for so many VM exits (0), and say how many there were
#   STOPAT  stop at this physical address.  From there, or from the end of
#           TICKS, standard input is the debugger's; all that it says is also
#           on standard error
#
# Bochs has no loader for kernels, so GRUB boots the machine from a CD that is
# made for each run, from as few parts as do: GRUB's core with the commands in
# it, the kernel, the initrd, and the kernel's command line as a file, which
# GRUB hands over as a module, byte for byte (kernel/boot/multiboot2.c).
#
# The first serial port is the console; where somebody can type, that takes
# bochs-console.c.  On the second one the machine's status leaves as one byte
# (kernel/cpu/power.c).  Nothing that a program or a guest prints can look like
# it.  Bochs' log tells other ends apart.
#
# Debian's Bochs has the debugger built in (from 3.0 on it wants to be asked
# for), which needs commands: BREAK at the reset vector is for a machine that
# resets itself and would else boot again.
# As a display it gets the text terminal, on no terminal: the other choice that
# needs no screen, rfb, opens a port to the network.

BOCHS=${BOCHS:-bochs-bin} CPU=${CPU:-corei7_skylake_x}
STOPAT=${STOPAT-} cat= tee=
stop_with=KILL # Bochs 2.7 does not end on SIGTERM

emulator_check() {
	[ -z "$ACCEL" ] || refuse "ACCEL=$ACCEL: Bochs has none; unset it"
	[ -z "$gdb" ] || refuse "Bochs (as Debian has it) has no GDB stub:" \
		"make gdb needs EMULATOR=qemu"
	[ -z "$iso" ] || refuse "tools/run -d needs EMULATOR=qemu"
	in_range "$MEM" 16 2048 || refuse "MEM=$MEM: Bochs takes 16 to 2048 MiB"
	for n in "${TICKS:-0}" "${VMEXITS:-0}"; do
		case $n in
		*[!0-9]*) refuse "TICKS and VMEXITS are whole numbers" ;;
		esac
	done
	[ -z "$STOPAT" ] || [ -z "$attended" ] ||
		refuse "STOPAT needs standard input, which is the console's"
	tools/deps bochs || exit 255
	command -v "$BOCHS" >/dev/null ||
		refuse "no program $BOCHS: install bochs or set BOCHS"
	"$BOCHS" --help cpu 2>&1 </dev/null | grep -qxF -e "$CPU" ||
		refuse "CPU=$CPU: no such model; $BOCHS --help cpu lists them"
}

# make_cd: the CD, $tmp/cd.iso.
make_cd() {
	printf '%s\0' "${append-}" >"$tmp/cmdline"
	cat >"$tmp/grub.cfg" <<-EOT
		multiboot2 (cd)/droste
		${initrd:+module2 (cd)/initrd}
		module2 (cd)/cmdline cmdline
		boot
	EOT
	grub-mkimage -O i386-pc-eltorito -p / -c "$tmp/grub.cfg" \
		-o "$tmp/grub.img" biosdisk iso9660 multiboot2 boot &&
		xorrisofs -quiet -o "$tmp/cd.iso" -b grub.img -c boot.cat \
			-no-emul-boot -boot-load-size 4 -boot-info-table \
			-graft-points "grub.img=$tmp/grub.img" \
			"droste=$kernel" ${initrd:+"initrd=$initrd"} \
			"cmdline=$tmp/cmdline" 2>"$tmp/said" || {
		cat "$tmp/said" >&2
		refuse "cannot make the CD"
	}
}

# The description of the machine, but for its console.  Its time is a count of
# instructions: with ICOUNT=1 one is a nanosecond, as on QEMU; else one is 20,
# since waiting for a slow serial port costs real time here.  For somebody at a
# terminal the machine's time is no faster than his, and an idle one sleeps.
write_configuration() {
	time0=utc sync=none ips=50000000
	if [ "${ICOUNT:-0}" = 1 ]; then
		time0=1577836800 ips=1000000000 # 2020-01-01T00:00:00
	elif [ -n "$attended" ]; then
		sync=slowdown
	fi
	roms=/usr/share/bochs says=said
	[ -z "$STOPAT" ] || says=saying
	cat >"$tmp/bochsrc" <<-EOT
		config_interface: textconfig
		display_library: term
		plugin_ctrl: unmapped=1, biosdev=1, serial=1, speaker=0
		cpu: model=$CPU, count=$SMP, ips=$ips
		cpu: reset_on_triple_fault=1
		megs: $MEM
		romimage: file=$roms/BIOS-bochs-latest, options=fastboot
		vgaromimage: file=$roms/VGABIOS-lgpl-latest
		ata0-master: type=cdrom, path=cd.iso, status=inserted
		boot: cdrom
		clock: sync=$sync, time0=$time0
		sound: driver=dummy
		port_e9_hack: enabled=1
		com2: enabled=1, mode=file, dev=status
		log: log
		debugger_log: $says
		panic: action=fatal
	EOT
	write_debugger >"$tmp/debugger"
}

# What the debugger is told: go on, with stops at some VM exits, and at the end
# of the time if that comes first.  Each stop takes one `c`: so there are as
# many ends as there can be stops before.
write_debugger() {
	echo 'pb 0xfffffff0'
	[ -z "$STOPAT" ] || echo "pb $STOPAT"
	stops=${VMEXITS:-0}
	[ "$stops" = 0 ] || echo vmexitbp
	while :; do
		[ -z "$TICKS" ] || echo "sba $((TICKS + stops))"
		[ "$stops" -gt 0 ] || break
		stops=$((stops - 1))
	done
	while [ "$stops" -lt "${VMEXITS:-0}" ]; do
		echo c
		stops=$((stops + 1))
	done
	[ "$stops" = 0 ] || echo vmexitbp
	printf '%s\n' c r
	[ -n "$STOPAT" ] || echo q
}

# start_bochs COMMAND...: start Bochs by it, on the description in $tmp.
start_bochs() {
	debugger=
	! "$BOCHS" --help 2>&1 </dev/null | grep -q '^  *-debugger ' ||
		debugger=-debugger
	cd "$tmp" && TERM=vt100 exec setpriv --pdeathsig KILL "$@" \
		"$BOCHS" -q $debugger -f bochsrc -rc debugger
}

# Unattended, the console is a pipe.  Bochs opens it with the first byte, which
# may never come: so it is open here, too, until the end of the machine.  With
# STOPAT what the debugger says is another one.  It is always taken from the
# debugger's log: on Bochs' standard output it would be among what the machine
# writes to port 0xe9, and a kernel could speak for it.
emulator_start() {
	make_cd
	write_configuration
	if [ -n "$attended" ]; then
		program=$(realpath "$B/bochs-console")
		exec 3<&0
		start_bochs "$program" bochsrc <&3 3<&- &
		emulator=$!
		return
	fi
	echo 'com1: enabled=1, mode=file, dev=console' >>"$tmp/bochsrc"
	mkfifo "$tmp/console"
	exec 3<>"$tmp/console"
	cat <"$tmp/console" 3>&- &
	cat=$!
	exec 5</dev/null
	if [ -n "$STOPAT" ]; then
		exec 5<&0
		mkfifo "$tmp/saying"
		exec 4<>"$tmp/saying"
		tee "$tmp/said" <"$tmp/saying" >&2 3>&- 4>&- 5<&- &
		tee=$!
	fi
	start_bochs <&5 >"$tmp/printed" 2>&1 3>&- 4>&- 5<&- &
	emulator=$!
	exec 5<&-
}

# log_has REGEX: a line of Bochs' log matches.
log_has() {
	grep -qE "$1" "$tmp/log"
}

# After Bochs has ended, wait until all that came out of it is copied.
emulator_end() {
	exec 3>&- 4>&-
	[ -z "$cat" ] || wait "$cat"
	[ -z "$tee" ] || wait "$tee"
}

emulator_conclude() {
	[ -e "$tmp/log" ] || {
		tail -n 3 "$tmp/printed" >&2
		refuse "Bochs did not start"
	}
	if [ "${VMEXITS:-0}" != 0 ]; then
		echo "droste: VM exits seen:" \
			"$(grep -c 'Caught VMEXIT breakpoint' "$tmp/said")" >&2
	fi
	if [ -n "$TICKS" ] && grep -q 'Caught time breakpoint' "$tmp/said"; then
		echo "droste: it did not end within $TICKS ticks; it was at" \
			"$(sed -n 's/^.*rip: //p' "$tmp/said" | head -n 1)" >&2
		exit 142 # as of SIGALRM
	elif [ -n "$attended" ] && [ $status = 0 ]; then # ^A x
		exit 0
	elif log_has 'Shutdown port: shutdown requested'; then
		exit "$(od -An -tu1 "$tmp/status")"
	elif [ $status -gt 128 ]; then
		echo "droste: Bochs was ended by signal $((status - 128))" >&2
		exit $status
	elif log_has 'exception with no resolution'; then
		echo "droste: the machine reset itself (triple fault)" >&2
		exit 129
	elif log_has '>>PANIC<<'; then
		grep -m 1 -o '\[.*>>PANIC<<.*' "$tmp/log" |
			sed 's/^/droste: Bochs gave up: /' >&2
		exit 134
	fi
	echo "droste: the machine reset itself" >&2
	exit 129
}
