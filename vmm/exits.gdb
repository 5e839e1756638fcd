# SPDX-License-Identifier: MIT
#
# Commands for the exits of guests, from outside; `make gdb` loads them.

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

# The trace $trace of VM $vm (vmm/trace.h).
define vmexits_of
	set $n = $trace->exits
	printf "VM %d: %lu exits, rip %#lx, rflags %#lx; the last:\n", \
		$vm->id, $n, $vm->vcpu[0]->regs.rip, $vm->vcpu[0]->regs.rflags
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
		printf "  the last 64 are all at this RIP: "
		printf "the guest gets no further\n"
	end
end
document vmexits_of
vmexits_of: a part of vmexits; it works on GDB's variables.
end

define vmexits
	set $link = 'vmm/vm.c'::vm_table.next
	while $link != 0 && $link != &'vmm/vm.c'::vm_table
		set $off = (unsigned long)&((struct vm *)0)->link
		set $vm = (struct vm *)((char *)$link - $off)
		if $vm->n_vcpus
			set $trace = &$vm->vcpu[0]->trace
			vmexits_of
		end
		set $link = $link->next
	end
end
document vmexits
vmexits: the last exits of each VM, decoded; /vm/N/trace has more of them.
end
