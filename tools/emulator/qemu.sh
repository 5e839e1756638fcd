# SPDX-License-Identifier: MIT
#
# QEMU, for tools/run, which says what these functions are for.  Settings:
#
#   CPU    a CPU model of QEMU (max)     ACCEL   tcg, mttcg or kvm (tcg)
#   QEMU   the program (qemu-system-x86_64)
#
# The machine powers off (ACPI S5) for status 0 and writes any other status to
# QEMU's isa-debug-exit, which makes it QEMU's exit status (status << 1) | 1:
# the value 0, from a panic, arrives as 1.  QEMU exits with 0 for power-off and
# for a reset; its trace tells them apart.

QEMU=${QEMU:-qemu-system-x86_64} CPU=${CPU:-max} ACCEL=${ACCEL:-tcg}
stop_with=TERM

emulator_check() {
	command -v "$QEMU" >/dev/null ||
		refuse "no program $QEMU: install qemu-system-x86 or set QEMU"
	case $ACCEL in
	tcg | mttcg) ;;
	kvm) [ -r /dev/kvm ] && [ -w /dev/kvm ] ||
		refuse "ACCEL=kvm: no use of /dev/kvm here; try ACCEL=tcg" ;;
	*) refuse "ACCEL=$ACCEL: it is tcg, mttcg or kvm" ;;
	esac
	[ "${ICOUNT:-0}" = 0 ] || [ "$ACCEL" != kvm ] ||
		refuse "ICOUNT=1 needs ACCEL=tcg"
	[ "$CPU" = max ] || check_cpu "${CPU%%,*}"
}

# check_cpu MODEL: QEMU has it.  (Asking takes a moment; max is always there.)
check_cpu() {
	"$QEMU" -cpu help |
		awk -v model="$1" '
			/^Available|^Recognized/ { list = /Available/; next }
			list && ($1 == model || $2 == model) { found = 1 }
			END { exit !found }' ||
		refuse "CPU=$CPU: no such model; $QEMU -cpu help lists them"
}

# accelerator: what QEMU is told.  With a thread of the host for each CPU
# (mttcg, QEMU's default) a guest on CPU 0 breaks now and then: docs/errata.md,
# "FXRSTOR on one CPU".  So the CPUs take turns in one thread unless that was
# asked for.
accelerator() {
	case $ACCEL in
	tcg) echo tcg,thread=single ;;
	mttcg) echo tcg,thread=multi ;;
	*) echo "$ACCEL" ;;
	esac
}

# Put QEMU's arguments together in $@.
emulator_start() {
	set -- -machine pc -accel "$(accelerator)" -cpu "$CPU" \
		-smp "$SMP" -m "$MEM" \
		-nodefaults -no-user-config -display none -no-reboot \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-pidfile "$tmp/pid" -D "$tmp/log" -d cpu_reset \
		-trace qemu_system_shutdown_request
	if [ -n "$iso" ]; then
		set -- "$@" -cdrom "$iso"
	else
		set -- "$@" -kernel "$kernel" ${initrd:+-initrd "$initrd"}
	fi
	[ "${ICOUNT:-0}" = 0 ] || set -- "$@" -icount shift=0,sleep=off \
		-seed 42 -rtc base=2020-01-01T00:00:00,clock=vm
	[ -z "${append+set}" ] || set -- "$@" -append "$append"
	exec 3</dev/null
	console=stdio,id=console,signal=off
	if [ -n "$gdb" ]; then
		console=pty,id=console,logfile=$gdb/console
		socket=socket,id=gdb,server=on,wait=off,path=$gdb/gdb
		set -- "$@" -S -action shutdown=pause \
			-gdb chardev:gdb -chardev "$socket"
	elif [ -n "$attended" ]; then
		exec 3<&0
		if [ -t 0 ]; then
			console=$console,mux=on
			set -- "$@" -mon console
			echo "droste: ^A x ends QEMU, ^A h lists more" >&2
		fi
	fi
	# QEMU does not outlive this script, however that ends.
	setpriv --pdeathsig TERM "$QEMU" "$@" -chardev "$console" \
		-serial chardev:console <&3 &
	emulator=$!
}

emulator_end() {
	:
}

# killed: a signal ended QEMU.  It removes its pid file when it exits by itself.
killed() {
	[ -e "$tmp/pid" ] || [ ! -s "$tmp/log" ]
}

# machine_ended CAUSE: QEMU's trace has it.  Of enum ShutdownCause, 6 is the
# guest's power-off; 2 and 5 are the user's (^A x, quit in the monitor).
machine_ended() {
	grep -q "^qemu_system_shutdown_request reason=$1" "$tmp/log"
}

emulator_conclude() {
	if [ $status -gt 128 ] && killed; then
		echo "droste: QEMU was ended by signal $((status - 128))" >&2
		exit $status
	fi
	if [ $status = 1 ]; then
		exit 128
	elif [ $status != 0 ]; then
		exit $((status >> 1))
	elif machine_ended '[256]'; then
		exit 0
	elif grep -q '^Triple fault' "$tmp/log"; then
		echo "droste: the machine reset itself (triple fault);" \
			"make gdb stops at the instruction" >&2
		exit 129
	fi
	echo "droste: the machine reset itself" >&2
	exit 129
}
