/* SPDX-License-Identifier: MIT */
/*
 * CR3 points to where no memory is.  The tables read as ones, whose reserved
 * bits fault, as does each fault's delivery; a VMM may also say what it saw.
 */
/* stops: triple fault|needed by the page tables */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	write_cr3(NO_RAM);
	return 1;
}
