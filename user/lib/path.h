/* SPDX-License-Identifier: MIT */
#ifndef USER_LIB_PATH_H
#define USER_LIB_PATH_H

#include "kernel/abi/syscall.h"

int path_target(char target[PATH_MAX], const char *from, const char *to);
int path_program(char path[PATH_MAX], const char *name, const char *search);

#endif
