/* SPDX-License-Identifier: MIT */
/*
 * All of the user library, for programs.  Code that is also built for the
 * host's unit tests includes the parts that it needs: string.h, stdlib.h and
 * stdio.h agree with the host's libc, sys.h is Droste alone.
 */
#ifndef USER_LIB_LIBC_H
#define USER_LIB_LIBC_H

#include "user/lib/getopt.h"
#include "user/lib/path.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"
#include "user/lib/sys.h"

/* What the program defines; its result is the exit status. */
int main(int argc, char **argv);

#endif
