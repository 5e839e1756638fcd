/* SPDX-License-Identifier: MIT */

/*
 * Every operation that the decoder names, with what it does to its explicit
 * operands. One list, so that the enum, the names and the access rights cannot
 * drift apart: OP(name, access) with the access of up to three operands.
 *
 *   R, W, RW   the first operand is read, written, both; the others are read
 *   XX         the first two are read and written (xchg, xadd)
 *   WW         the first two are written, the third is read (mulx)
 *   WA         the first is written, of the second only the address is used
 *   NO         nothing is read or written, a memory operand is an address
 *   | LK       a lock prefix is legal when the first operand is memory
 *
 * An operation that spans several opcodes appears once: the operands and their
 * sizes say the rest. Condition codes are in insn.cond. Not named one by one
 * are the instructions that the decoder knows by length alone: X87, VECTOR
 * (MMX, SSE, 3DNow!, AVX, AVX-512, XOP and their kin) and OTHER (system and
 * hint instructions that no VMM here emulates, such as SGX, TDX, CET, RTM).
 */
#ifndef VMM_EMUL_INSN_OPS_H
#define VMM_EMUL_INSN_OPS_H

/* clang-format off */
#define INSN_OPS(OP)							\
	OP(INVALID, NO)	OP(X87, NO)	OP(VECTOR, NO)	OP(OTHER, NO)	\
	/* data movement */						\
	OP(MOV, W)	OP(MOVZX, W)	OP(MOVSX, W)	OP(MOVSXD, W)	\
	OP(MOVBE, W)	OP(MOVNTI, W)	OP(MOVDIRI, W)	OP(BSWAP, RW)	\
	OP(XCHG, XX|LK)	OP(XADD, XX|LK)	OP(CMPXCHG, RW|LK)		\
	OP(CMPXCHG8B, RW|LK)		OP(CMPXCHG16B, RW|LK)		\
	OP(LEA, WA)	OP(XLAT, R)	OP(CMOVCC, RW)	OP(SETCC, W)	\
	OP(CBW, NO)	OP(CWD, NO)	OP(LAHF, NO)	OP(SAHF, NO)	\
	OP(LES, W)	OP(LDS, W)	OP(LSS, W)	OP(LFS, W)	\
	OP(LGS, W)							\
	/* arithmetic and logic */					\
	OP(ADD, RW|LK)	OP(OR, RW|LK)	OP(ADC, RW|LK)	OP(SBB, RW|LK)	\
	OP(AND, RW|LK)	OP(SUB, RW|LK)	OP(XOR, RW|LK)	OP(CMP, R)	\
	OP(TEST, R)	OP(INC, RW|LK)	OP(DEC, RW|LK)	OP(NEG, RW|LK)	\
	OP(NOT, RW|LK)	OP(MUL, R)	OP(IMUL, R)	OP(DIV, R)	\
	OP(IDIV, R)	OP(IMUL2, RW)	OP(IMUL3, W)	OP(ADCX, RW)	\
	OP(ADOX, RW)	OP(AAA, NO)	OP(AAS, NO)	OP(AAM, R)	\
	OP(AAD, R)	OP(DAA, NO)	OP(DAS, NO)	OP(SALC, NO)	\
	/* shifts and bits */						\
	OP(ROL, RW)	OP(ROR, RW)	OP(RCL, RW)	OP(RCR, RW)	\
	OP(SHL, RW)	OP(SHR, RW)	OP(SAR, RW)	OP(SHLD, RW)	\
	OP(SHRD, RW)	OP(BT, R)	OP(BTS, RW|LK)	OP(BTR, RW|LK)	\
	OP(BTC, RW|LK)	OP(BSF, RW)	OP(BSR, RW)	OP(TZCNT, W)	\
	OP(LZCNT, W)	OP(POPCNT, W)	OP(CRC32, RW)	OP(ANDN, W)	\
	OP(BLSR, W)	OP(BLSMSK, W)	OP(BLSI, W)	OP(BZHI, W)	\
	OP(PEXT, W)	OP(PDEP, W)	OP(MULX, WW)	OP(BEXTR, W)	\
	OP(SHLX, W)	OP(SARX, W)	OP(SHRX, W)	OP(RORX, W)	\
	/* stack */							\
	OP(PUSH, R)	OP(POP, W)	OP(PUSHA, NO)	OP(POPA, NO)	\
	OP(PUSHF, NO)	OP(POPF, NO)	OP(ENTER, R)	OP(LEAVE, NO)	\
	/* control flow */						\
	OP(CALL, R)	OP(JMP, R)	OP(RET, R)	OP(JCC, R)	\
	OP(CALLF, R)	OP(JMPF, R)	OP(RETF, R)	OP(LOOPNE, R)	\
	OP(LOOPE, R)	OP(LOOP, R)	OP(JCXZ, R)	OP(INT, R)	\
	OP(INT1, NO)	OP(INT3, NO)	OP(INTO, NO)	OP(IRET, NO)	\
	OP(BOUND, R)	OP(UD0, NO)	OP(UD1, NO)	OP(UD2, NO)	\
	/* strings and ports */						\
	OP(MOVS, W)	OP(CMPS, R)	OP(STOS, W)	OP(LODS, W)	\
	OP(SCAS, R)	OP(INS, W)	OP(OUTS, R)	OP(IN, W)	\
	OP(OUT, R)							\
	/* flags, hints, fences */					\
	OP(CLC, NO)	OP(STC, NO)	OP(CMC, NO)	OP(CLI, NO)	\
	OP(STI, NO)	OP(CLD, NO)	OP(STD, NO)	OP(CLAC, NO)	\
	OP(STAC, NO)	OP(NOP, NO)	OP(PAUSE, NO)	OP(ENDBR, NO)	\
	OP(PREFETCH, NO) OP(CLFLUSH, NO) OP(CLZERO, NO)	OP(FWAIT, NO)	\
	OP(LFENCE, NO)	OP(MFENCE, NO)	OP(SFENCE, NO)			\
	/* system: state */						\
	OP(HLT, NO)	OP(MOV_CR, W)	OP(MOV_DR, W)	OP(CLTS, NO)	\
	OP(SMSW, W)	OP(LMSW, R)	OP(SGDT, W)	OP(SIDT, W)	\
	OP(LGDT, R)	OP(LIDT, R)	OP(SLDT, W)	OP(STR, W)	\
	OP(LLDT, R)	OP(LTR, R)	OP(VERR, R)	OP(VERW, R)	\
	OP(LAR, RW)	OP(LSL, RW)	OP(ARPL, RW)	OP(RDMSR, NO)	\
	OP(WRMSR, NO)	OP(RDTSC, NO)	OP(RDTSCP, NO)	OP(RDPMC, NO)	\
	OP(RDPID, W)	OP(CPUID, NO)	OP(XGETBV, NO)	OP(XSETBV, NO)	\
	OP(RDPKRU, NO)	OP(WRPKRU, NO)	OP(RDRAND, W)	OP(RDSEED, W)	\
	OP(RDFSBASE, W)	OP(RDGSBASE, W)	OP(WRFSBASE, R)	OP(WRGSBASE, R)	\
	OP(SWAPGS, NO)	OP(FXSAVE, W)	OP(FXRSTOR, R)	OP(XSAVE, RW)	\
	OP(XRSTOR, R)	OP(LDMXCSR, R)	OP(STMXCSR, W)			\
	/* system: transfers, caches, waiting */			\
	OP(SYSCALL, NO)	OP(SYSRET, NO)	OP(SYSENTER, NO) OP(SYSEXIT, NO) \
	OP(RSM, NO)	OP(INVLPG, NO)	OP(INVPCID, R)	OP(INVD, NO)	\
	OP(WBINVD, NO)	OP(MONITOR, NO)	OP(MWAIT, NO)	OP(MONITORX, NO) \
	OP(MWAITX, NO)							\
	/* SVM */							\
	OP(VMRUN, NO)	OP(VMMCALL, NO)	OP(VMLOAD, NO)	OP(VMSAVE, NO)	\
	OP(STGI, NO)	OP(CLGI, NO)	OP(SKINIT, NO)	OP(INVLPGA, NO)	\
	/* VMX */							\
	OP(VMCALL, NO)	OP(VMLAUNCH, NO) OP(VMRESUME, NO)		\
	OP(VMXOFF, NO)	OP(VMXON, R)	OP(VMPTRLD, R)	OP(VMPTRST, W)	\
	OP(VMCLEAR, R)	OP(VMREAD, W)	OP(VMWRITE, R)	OP(VMFUNC, NO)	\
	OP(INVEPT, R)	OP(INVVPID, R)
/* clang-format on */

#endif
