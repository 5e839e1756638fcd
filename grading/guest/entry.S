/* SPDX-License-Identifier: MIT */
/*
 * How a guest is found and entered: by PVH (Xen's docs, misc/pvh) from QEMU
 * and from Droste, by Multiboot2 (its specification, 3.1 and 3.3) from GRUB,
 * which is how it comes to run on Bochs without anything around it.
 *
 * Both enter in 32-bit protected mode without paging, with the address of a
 * boot description in EBX.  Which of the two it is stays known (boot.c), and
 * guest_entry goes on: the guest's own, or long.S.
 */
#include "grading/guest/entry.inc"

	pvh_note guest_entry_pvh

	.section .multiboot2, "a"
	.balign 8
header:	.long 0xe85250d6		/* magic */
	.long 0				/* architecture: i386 */
	.long header_end - header
	.long -(0xe85250d6 + 0 + (header_end - header))
	.short 3, 0			/* entry address tag */
	.long 12
	.long entry_multiboot2
	.balign 8
	.short 0, 0			/* end */
	.long 8
header_end:

	.text
	.code32
	.global guest_entry_pvh
guest_entry_pvh:
	xorl %eax, %eax
entry_multiboot2:			/* EAX: 0x36d76289 */
	cli
	cld
	movl %eax, guest_boot_magic
	movl %ebx, guest_boot_info
	jmp guest_entry

	.data
	.balign 4
	.global guest_boot_magic
guest_boot_magic:
	.long 0
	.global guest_boot_info
guest_boot_info:
	.long 0

	.section .note.GNU-stack, "", @progbits
