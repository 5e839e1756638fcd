# SPDX-License-Identifier: MIT
#
# Commands for the exits of guests, from outside; `make gdb` loads them.

# (No `a ? "x" : "y"`: GDB would put the text into the machine's memory, with
# a malloc() that the kernel has not.)

# The VMs, one after the other.
define vm_next
	set $vm_link = $vm_link->next
	set $vm = (struct vm *)0
	if $vm_link != 0 && $vm_link != &'vmm/vm.c'::vm_table
		set $vm = (struct vm *)((char *)$vm_link - \
			(unsigned long)&((struct vm *)0)->link)
	end
end
document vm_next
vm_next: set $vm to the struct vm behind this one, or to 0 behind the last.
end

define vm_first
	set $vm_link = &'vmm/vm.c'::vm_table
	vm_next
end
document vm_first
vm_first: set $vm to the first struct vm (vmm/vm.h), or to 0 if there is none.
end

define vmexit_show
	set $x = &$e->x
	printf "  "
	output $x->reason
	if $x->reason == VMEXIT_IO
		if $x->io.write
			printf " out"
		else
			printf " in"
		end
		printf "%d port %#x", 8 * $x->io.size, $x->io.port
	end
	if $x->reason == VMEXIT_MSR
		if $x->msr.write
			printf " write"
		else
			printf " read"
		end
		printf " %#lx", $e->rcx & 0xffffffff
	end
	if $x->reason == VMEXIT_CR
		printf " "
		output (enum vmexit_cr_kind)$x->cr.kind
		printf " cr%d", $x->cr.cr
	end
	if $x->reason == VMEXIT_DR
		printf " dr%d", $x->dr.dr
		if $x->dr.write
			printf " write"
		else
			printf " read"
		end
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
	vm_first
	while $vm != 0
		if $vm->n_vcpus
			set $trace = &$vm->vcpu[0]->trace
			vmexits_of
		end
		vm_next
	end
end
document vmexits
vmexits: the last exits of each VM, decoded; /vm/N/trace has more of them.
end
