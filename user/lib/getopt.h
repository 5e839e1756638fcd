/* SPDX-License-Identifier: MIT */
/* POSIX getopt: one-letter options, the operands after them. */
#ifndef USER_LIB_GETOPT_H
#define USER_LIB_GETOPT_H

extern char *optarg; /* the argument of the option just returned */
extern int optind;   /* argv's index of the first operand, after -1 */

int getopt(int argc, char *const argv[], const char *options);

#endif
