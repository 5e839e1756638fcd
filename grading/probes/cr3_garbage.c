/* SPDX-License-Identifier: MIT */
/* CR3 gets what is no table: nothing can be fetched, nor any fault delivered.
 */
/* stops: triple fault|needed by the page tables */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	uint64_t *garbage = page_alloc();

	for (unsigned i = 0; i < 512; i++)
		garbage[i] = i * 0x9e3779b97f4a7c15ul & ~PTE_P;
	write_cr3((uint64_t)garbage);
	return 1;
}
