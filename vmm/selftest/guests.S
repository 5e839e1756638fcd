/* SPDX-License-Identifier: MIT */
/*
 * Tiny guests for the VMM's self-tests: Multiboot 1 images with addresses,
 * each a file of its own bytes.  They run in 32-bit protected mode from
 * 0x100000 + 32 on, without a stack, and end at the debug-exit port.
 */
#include "kernel/abi/vm.h"

#define MB_MAGIC     0x1badb002
#define MB_ADDRESSES 0x10000
#define GUEST_LOAD   0x100000
#define UART_DATA    0x3f8
#define UART_LSR     0x3fd
#define LSR_RECEIVED 1

	.section .rodata
	.code32

	.macro guest name
	.balign 16
	.globl guest_\name
guest_\name:
	.long MB_MAGIC, MB_ADDRESSES, -(MB_MAGIC + MB_ADDRESSES)
	.long GUEST_LOAD	/* where this header lies */
	.long GUEST_LOAD	/* load from here */
	.long 0			/* to the end of the file */
	.long 0			/* no bss */
	.long GUEST_LOAD + 32	/* entry */
	.endm

	.macro guest_end name
	.globl guest_\name\()_end
guest_\name\()_end:
	.endm

/* End with the status in AL. */
	.macro exit
	outb %al, $VM_PORT_DEBUG_EXIT
	.endm

/* Ends at once, with 42. */
guest exit42
	movb $42, %al
	exit
guest_end exit42

/* Sets EFER.LME before CR4.PAE, in the other order than most; 42. */
guest lme_first
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	cpuid
	movb $42, %al
	exit
guest_end lme_first

/* Never ends: interrupts are off. */
guest loop
1:	jmp 1b
guest_end loop

/* Sends back each byte in upper case; ends with 0 after '.'. */
guest echo
1:	movw $UART_LSR, %dx
	inb %dx, %al
	testb $LSR_RECEIVED, %al
	jz 1b
	movw $UART_DATA, %dx
	inb %dx, %al
	cmpb $'.', %al
	je 2f
	andb $0xdf, %al
	outb %al, %dx
	jmp 1b
2:	movb $0, %al
	exit
guest_end echo

/* Prints 'a' to 'z' over and over, 100000 bytes, and ends with 0. */
guest flood
	movl $100000, %ecx
	movw $UART_DATA, %dx
1:	movb $'a', %al
2:	outb %al, %dx
	decl %ecx
	jz 3f
	incb %al
	cmpb $'z' + 1, %al
	jne 2b
	jmp 1b
3:	movb $0, %al
	exit
guest_end flood

/* Do not touch ports from first to last with 4 bytes. */
	.macro spare first, last=-1
	cmpl $\first - 3, %edx
	jb 3f
	.if \last < 0
	cmpl $\first, %edx
	.else
	cmpl $\last, %edx
	.endif
	jbe 2f
3:
	.endm

/* Writes and reads each port, but those that end a machine; then 7. */
guest ports
	movl $0xffff, %edx
1:	spare 0x64
	spare 0x92
	spare 0xcf9
	spare VM_PORT_PANIC
	spare VM_PORT_DEBUG_EXIT, VM_PORT_DEBUG_EXIT + 3
	spare VM_PORT_ACPI_PM1A, VM_PORT_ACPI_PM1A + 1
	inl %dx, %eax
	imull $0x01010101, %edx, %eax
	outl %eax, %dx
2:	decl %edx
	jns 1b
	movb $7, %al
	exit
guest_end ports

/* Makes a triple fault: no IDT. */
guest triple
	ud2
guest_end triple

/* Jumps to where no memory is. */
guest nowhere
	movl $0xd0000000, %eax
	jmp *%eax
guest_end nowhere

	.section .note.GNU-stack, "", @progbits
