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
	set $pte_shift = 39
	if !($cr0 & 0x80000000)
		printf "paging is off\n"
		set $pte_shift = 0
	end
	while $pte_shift
		set $pte_index = ($pte_va >> $pte_shift) & 511
		set $pte_at = $direct_map + $pte_table + 8 * $pte_index
		set $pte_entry = *(unsigned long *)$pte_at
		printf "level %d  table %012lx  entry %3d: %016lx", \
			($pte_shift - 3) / 9, $pte_table, $pte_index, $pte_entry
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
pte ADDRESS: walk the page table that CR3 points to, as the CPU does.
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

# -- Virtual machines ---------------------------------------------------------
#
# A guest's tables lie in guest-physical memory, which the host has somewhere
# else: so a walk of them is two walks (vmm/walk2d.h).  `vm walk` does the same
# from inside.

define vmfind
	set $vm = (struct vm *)0
	set $vmlink = 'vmm/vm.c'::vm_table.next
	while $vmlink != 0 && $vmlink != &'vmm/vm.c'::vm_table
		set $vmoff = (unsigned long)&((struct vm *)0)->link
		set $vmthis = (struct vm *)((char *)$vmlink - $vmoff)
		if $vmthis->id == $arg0
			set $vm = $vmthis
		end
		set $vmlink = $vmlink->next
	end
	if $vm == 0
		printf "there is no VM %d\n", $arg0
	end
end
document vmfind
vmfind N: set $vm to the struct vm (vmm/vm.h) of VM N, or to 0.
end

# One step of a walk in the format $fmt: the entry of $level for $va in the
# table at $table, whose first byte the host has at $table_hpa.
define vmwalk_step
	set $shift = 12 + ($level - 1) * $fmt->index_bits
	set $index = ($va >> $shift) & ((1 << $fmt->index_bits) - 1)
	set $at = $direct_map + $table_hpa + $index * $fmt->entry_bytes
	if $fmt->entry_bytes == 8
		set $entry = *(unsigned long *)$at
	else
		set $entry = (unsigned long)*(unsigned int *)$at
	end
	set $refs = $refs + 1
	set $leaf = $level == 1 || \
		((($fmt->leaf_levels >> $level) & 1) && ($entry & $fmt->leaf))
	# the address of the guest's entry, or the one that is translated
	set $where = $va & 0xffffffffffff
	if $is_guest
		set $where = $table + $index * $fmt->entry_bytes
	end
	printf "%4d  %-6s %5d %13lx %14lx  %016lx", $refs, $who, $level, \
		$where, $table_hpa + $index * $fmt->entry_bytes, $entry
	if !($entry & $fmt->present)
		printf "  absent\n"
		set $level = 0
	else
		if $fmt->read
			printf "  %c%c%c", $entry & 1 ? 'r' : '-', \
				$entry & 2 ? 'w' : '-', $entry & 4 ? 'x' : '-'
			if $leaf && $level > 1
				printf "P"
			end
			printf "\n"
		else
			pte_flags $entry
		end
		set $table = $entry & $fmt->addr
		set $rest = (1ul << $shift) - 1
		if $leaf
			set $result = ($table & ~$rest) | ($va & $rest)
			set $found = 1
			set $level = 0
		else
			set $level = $level - 1
		end
	end
end
document vmwalk_step
vmwalk_step: one reference of vmwalk; it works on GDB's variables.
end

# The tables of the host at $table_hpa, to $va: $found, and $result.
define vmwalk_host
	set $found = 0
	set $is_guest = 0
	set $level = $fmt->levels
	while $level
		set $table = $table_hpa
		vmwalk_step
		set $table_hpa = $table
	end
end
document vmwalk_host
vmwalk_host: a part of vmwalk; it works on GDB's variables.
end

# Where the host has $gpa, without a walk: by the slots of gmem.  $found, $hpa.
define vmwalk_gmem
	set $found = 0
	set $slot = 0
	while $slot < $vm->gmem.n_slots
		set $s = &$vm->gmem.slot[$slot]
		if $gpa - $s->gpa < $s->size && $s->chunks
			set $chunk = $s->chunks[($gpa >> 21) - ($s->gpa >> 21)]
			if $chunk & 1
				set $chunk = ((unsigned long *)($direct_map + \
					$chunk - 1))[($gpa >> 12) & 511]
				set $hpa = $chunk + ($gpa & 0xfff)
			else
				set $hpa = $chunk + ($gpa & 0x1fffff)
			end
			set $found = $chunk != 0
		end
		set $slot = $slot + 1
	end
end
document vmwalk_gmem
vmwalk_gmem: a part of vmwalk; it works on GDB's variables.
end

# $gpa to $hpa as the CPU does it: $found.
define vmwalk_gpa
	if $vm->mmu->ops->nested
		set $nested = (struct nested *)$vm->mmu
		set $fmt = $nested->table.fmt
		set $table_hpa = $nested->table.root
		set $who = $vm->mmu->ops->name
		set $va = $gpa
		vmwalk_host
		set $hpa = $result
	else
		vmwalk_gmem
	end
end
document vmwalk_gpa
vmwalk_gpa: a part of vmwalk; it works on GDB's variables.
end

define vmwalk_guest
	set $found = 1
	set $guest_level = $guest_fmt->levels
	set $guest_table = $state->cr3 & $guest_fmt->root
	while $guest_level && $found
		set $gpa = $guest_table
		vmwalk_gpa
		if $found
			set $fmt = $guest_fmt
			set $level = $guest_level
			set $table = $guest_table
			set $table_hpa = $hpa
			set $who = "guest"
			set $is_guest = 1
			set $va = $gva
			set $found = 0
			vmwalk_step
			set $guest_level = $level
			set $guest_table = $table
			if $level
				set $found = 1
			end
		end
	end
end
document vmwalk_guest
vmwalk_guest: a part of vmwalk; it works on GDB's variables.
end

define vmwalk
	vmfind $arg0
	if $vm != 0 && $vm->n_vcpus
		set $gva = (unsigned long)($arg1)
		set $state = &$vm->vcpu[0]->state
		set $refs = 0
		set $result = 0
		set $guest_fmt = &pagefmt_4level
		if !($state->efer & 0x400)
			set $guest_fmt = $state->cr4 & 0x20 ? &pagefmt_pae : \
				($state->cr4 & 0x10 ? &pagefmt_32_pse : \
				&pagefmt_32)
		end
		printf " ref  table  level           gpa   entry at hpa  "
		printf "entry             bits\n"
		if $state->cr0 & 0x80000000
			vmwalk_guest
		else
			set $result = $gva
			set $found = 1
		end
		if $found
			set $gpa = $result
			vmwalk_gpa
		end
		if $found
			printf "gva %#lx is gpa %#lx is hpa %#lx\n", \
				$gva, $gpa, $hpa
		end
		printf "%d references\n", $refs
		if $vm->mmu->ops == &'vmm/mmu/shadow/shadow.c'::shadow_engine
			vmwalk_shadow
		end
	end
end
document vmwalk
vmwalk N ADDRESS: walk to a virtual address of VM N's guest, as its CPU does:
the guest's tables, and for each of their entries the nested tables; or, under
shadow paging, the guest's tables and then the shadow's, which the CPU walks.
The bits are those of `pte`; of EPT r, w, x.  Stop in the host, not in the
guest: `break exit_hlt`.  The same symbols are good for a guest that is Droste:
`vmwalk 1 trap_handle`.  (vmm/walk2d.h; APM 2, 15.25; SDM 3C, 28.2)
end

define vmwalk_shadow
	set $shadow = &((struct shadow_mmu *)$vm->mmu)->s
	set $view = 0
	if $vm->engine->deprivileged
		set $view = $state->cpl == 3 ? 2 : 1
	end
	set $root = $shadow->current[$view]
	if $root != 0
		printf "the shadow's tables, for the same address:\n"
		set $fmt = $root->role.level == 4 ? &pagefmt_4level : \
			&pagefmt_pae
		set $table_hpa = (unsigned long)$root->entry - $direct_map
		set $who = "shadow"
		set $va = $gva
		set $refs = 0
		vmwalk_host
		printf "%d references\n", $refs
	end
end
document vmwalk_shadow
vmwalk_shadow: a part of vmwalk; it works on GDB's variables.
end

# -- Exits --------------------------------------------------------------------

define vmexit_show
	set $x = &$e->x
	printf "  "
	output $x->reason
	if $x->reason == VMEXIT_IO
		printf " %s%d port %#x", $x->io.write ? "out" : "in", \
			8 * $x->io.size, $x->io.port
	end
	if $x->reason == VMEXIT_MSR
		printf " %s %#lx", $x->msr.write ? "write" : "read", \
			$e->rcx & 0xffffffff
	end
	if $x->reason == VMEXIT_CR
		printf " "
		output (enum vmexit_cr_kind)$x->cr.kind
		printf " cr%d", $x->cr.cr
	end
	if $x->reason == VMEXIT_DR
		printf " dr%d %s", $x->dr.dr, $x->dr.write ? "write" : "read"
	end
	if $x->reason == VMEXIT_CPUID
		printf " leaf %#lx", $e->rax & 0xffffffff
	end
	if $x->reason == VMEXIT_FAULT
		printf " gva %#lx gpa %#lx access %#x", $x->fault.gva, \
			$x->fault.gpa, $x->fault.access
	end
	if $x->reason == VMEXIT_EXCEPTION
		printf " vector %d error %#x address %#lx", \
			$x->exception.vector, $x->exception.error, \
			$x->exception.address
	end
	if $x->reason == VMEXIT_INSN || $x->reason == VMEXIT_EMULATE
		printf " "
		output (enum insn_op)$x->insn.op
	end
	if $x->reason == VMEXIT_UNKNOWN || $x->reason == VMEXIT_INVALID
		printf " code %#lx info %#lx %#lx", $x->raw.code, \
			$x->raw.info1, $x->raw.info2
	end
	printf " at %#lx\n", $e->rip
end
document vmexit_show
vmexit_show: a part of vmexits; it works on GDB's variables.
end

define vmexits
	vmfind $arg0
	if $vm != 0 && $vm->n_vcpus
		set $trace = &$vm->vcpu[0]->trace
		set $n = $trace->exits
		printf "VM %d: %lu exits; rip %#lx rflags %#lx; the last:\n", \
			$vm->id, $n, $vm->vcpu[0]->regs.rip, \
			$vm->vcpu[0]->regs.rflags
		set $i = $n > 8 ? $n - 8 : 0
		while $i < $n
			set $e = &$trace->ring[$i % 64]
			vmexit_show
			set $i = $i + 1
		end
		set $same = 1
		set $i = $n > 64 ? $n - 64 : 0
		while $i + 1 < $n && $same
			set $same = $trace->ring[$i % 64].rip == \
				$trace->ring[($i + 1) % 64].rip
			set $i = $i + 1
		end
		if $n >= 64 && $same
			printf "  the last 64 are all at this RIP: the guest "
			printf "gets no further\n"
		end
	end
end
document vmexits
vmexits N: the last exits of VM N, decoded (vmm/trace.h); /vm/N/trace has more.
end

define vmexits_all
	set $next = 'vmm/vm.c'::vm_table.next
	while $next != 0 && $next != &'vmm/vm.c'::vm_table
		set $off = (unsigned long)&((struct vm *)0)->link
		vmexits ((struct vm *)((char *)$next - $off))->id
		set $next = $next->next
	end
end
document vmexits_all
vmexits_all: `vmexits` of each VM.
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
