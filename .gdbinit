# SPDX-License-Identifier: MIT
#
# Commands for looking into the machine from outside.  `make gdb` loads them;
# `help user-defined` lists them, `help pte` says what one does.
#
# They are written in GDB's own command language, to be read and added to.
# Whatever GDB reads of memory goes through the page table that the CPU has
# loaded, with the rights of nobody: it sees kernel and user pages alike.

set confirm off
set pagination off
set print pretty on
set history save off
set architecture i386:x86-64

# -- Names and memory ---------------------------------------------------------

define ksym
	info symbol $arg0
	info line *(unsigned long)($arg0)
end
document ksym
ksym ADDRESS: which function of the kernel it lies in, and its source line.
end

# All of physical memory shows at this address (kernel/mem/pmm.h).
set $direct_map = 0xffff800000000000

define phys
	x/$arg1gx $direct_map + (unsigned long)($arg0)
end
document phys
phys ADDRESS COUNT: show COUNT 8-byte words of physical memory.
It reads through the kernel's direct map, so only once that is there.
end

define pte
	set $pte_va = (unsigned long)($arg0)
	set $pte_table = $cr3 & 0x000ffffffffff000
	if $argc == 2
		set $pte_table = (unsigned long)($arg1) & 0x000ffffffffff000
	end
	set $pte_shift = 39
	if !($cr0 & 0x80000000)
		printf "paging is off\n"
		set $pte_shift = 0
	end
	while $pte_shift
		set $pte_index = ($pte_va >> $pte_shift) & 511
		set $pte_at = $direct_map + $pte_table + 8 * $pte_index
		set $pte_entry = *(unsigned long *)$pte_at
		if $pte_shift == 39
			printf "PML4"
		end
		if $pte_shift == 30
			printf "PDPT"
		end
		if $pte_shift == 21
			printf "PD  "
		end
		if $pte_shift == 12
			printf "PT  "
		end
		printf "  table %012lx  entry %3d: %016lx", \
			$pte_table, $pte_index, $pte_entry
		set $pte_table = $pte_entry & 0x000ffffffffff000
		if !($pte_entry & 1)
			printf "  not present\n"
			set $pte_shift = 0
		else
			pte_flags $pte_entry
			if $pte_shift == 12 || ($pte_entry & 0x80)
				set $pte_rest = (1ul << $pte_shift) - 1
				printf "physical %#lx\n", \
					($pte_table & ~$pte_rest) | \
					($pte_va & $pte_rest)
				set $pte_shift = 0
			else
				set $pte_shift = $pte_shift - 9
			end
		end
	end
end
document pte
pte ADDRESS [ROOT]: walk the page table that CR3 points to, as the CPU does.
With ROOT, the physical address of a PML4 (kernel_root, say), walk that one.
One line a level: the table's physical address, the index, the entry, and its
bits: r/w read-only or writable, u/s user or supervisor, x/- executable or not,
a accessed, d dirty, P large page, G global.  (APM 2, 5.3; SDM 3A, 4.5)
end

define pte_flags
	set $f = (unsigned long)($arg0)
	if $f & 2
		printf "  w"
	else
		printf "  r"
	end
	if $f & 4
		printf "u"
	else
		printf "s"
	end
	if $f >> 63
		printf "-"
	else
		printf "x"
	end
	if $f & 0x20
		printf "a"
	end
	if $f & 0x40
		printf "d"
	end
	if $f & 0x80
		printf "P"
	end
	if $f & 0x100
		printf "G"
	end
	printf "\n"
end
document pte_flags
pte_flags ENTRY: the bits of a page-table entry in letters; see pte.
end

# -- Traps, CPUs, processes ---------------------------------------------------
#
# `backtrace` goes on through traps and system calls, which it shows as
# "<signal handler called>", into the program (kernel/cpu/entry.S says how; for
# the program's names see `prog`).

define trapframe
	set $tf = (struct trapframe *)($arg0)
	printf "vector %lu  error %#lx  from ring %lu\n", \
		$tf->vector, $tf->error, $tf->cs & 3
	printf "rip %016lx  rflags %08lx  cs %02lx  ss %02lx\n", \
		$tf->rip, $tf->rflags, $tf->cs, $tf->ss
	printf "rax %016lx  rbx %016lx  rcx %016lx\n", \
		$tf->rax, $tf->rbx, $tf->rcx
	printf "rdx %016lx  rsi %016lx  rdi %016lx\n", \
		$tf->rdx, $tf->rsi, $tf->rdi
	printf "rbp %016lx  rsp %016lx  r8  %016lx\n", \
		$tf->rbp, $tf->rsp, $tf->r8
	printf "r9  %016lx  r10 %016lx  r11 %016lx\n", \
		$tf->r9, $tf->r10, $tf->r11
	printf "r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", \
		$tf->r12, $tf->r13, $tf->r14, $tf->r15
	if !($tf->cs & 3)
		info symbol $tf->rip
	end
end
document trapframe
trapframe POINTER: the registers that a trap saved (kernel/cpu/trap.h).
`break trap_handle`, and when it stops: `trapframe tf`.
end

define cpus
	set $n = 0
	while $n < cpu_count
		printf "cpu %d  %u reasons for interrupts off  ", $n, \
			cpus[$n].irq_depth
		printf "%lu switches  runs ", cpus[$n].switches
		if cpus[$n].current
			printf "%s\n", cpus[$n].current->name
		else
			printf "nothing yet\n"
		end
		set $n = $n + 1
	end
end
document cpus
cpus: what each CPU runs (kernel/cpu/percpu.h).  GDB calls a CPU a thread:
`info threads`, `thread 2`.
end

define procs
	set $head = &'kernel/proc/proc.c'::all_procs
	set $link = $head->next
	printf "  PID  PPID STATE     WHERE              NAME\n"
	while $link != 0 && $link != $head
		set $offset = (unsigned long)&((struct proc *)0)->all
		set $p = (struct proc *)((char *)$link - $offset)
		set $parent = $p->parent ? $p->parent->pid : 0
		printf "%5d %5d ", $p->pid, $parent
		if $p->zombie
			printf "zombie    -                  "
		else
			set $t = $p->thread
			output $t->state
			printf " %p ", $t
		end
		printf "%s\n", $p->name
		set $link = $link->next
	end
end
document procs
procs: all processes (kernel/proc/proc.h), with their threads.
`stack THREAD` shows where one sleeps.
end

define stack
	set $t = (struct thread *)($arg0)
	set $frame = (unsigned long *)$t->rsp
	set $stack_end = (unsigned long)$t->stack + 16384
	while (unsigned long)$frame < $stack_end
		if *$frame >= (unsigned long)&kernel_text_start && \
			*$frame < (unsigned long)&kernel_text_end
			# The call is before where it returns to.
			printf "%p  ", *$frame
			info symbol *$frame - 1
		end
		set $frame = $frame + 1
	end
end
document stack
stack THREAD: the words on the kernel stack of a thread that does not run which
point into the kernel's text: its calls, innermost first, and some leftovers.
end

# -- The machine --------------------------------------------------------------

define prog
	add-symbol-file build/user/$arg0
end
document prog
prog NAME: load the symbols of the user program NAME, such as sh.
end

define console
	eval "shell cat %s", $console
end
document console
console: all that the machine has printed.
end

define qemu
	if $argc == 1
		monitor $arg0
	end
	if $argc == 2
		monitor $arg0 $arg1
	end
	if $argc == 3
		monitor $arg0 $arg1 $arg2
	end
end
document qemu
qemu COMMAND...: ask QEMU's monitor, in up to three words: `qemu info mem`,
`qemu info lapic`, `qemu info registers`.
end
