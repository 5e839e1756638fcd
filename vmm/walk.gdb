# SPDX-License-Identifier: MIT
#
# Commands for GDB that look into a virtual machine; `make gdb` loads them after
# .gdbinit and exits.gdb, whose names they use.
#
# A guest's tables lie in guest-physical memory, which the host has somewhere
# else: so a walk of them is two walks (vmm/walk2d.h).  `vm walk` does the same
# from inside.

define vmfind
	vm_first
	while $vm != 0 && $vm->id != $arg0
		vm_next
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
