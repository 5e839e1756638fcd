/* SPDX-License-Identifier: MIT */
/* The commands; each is called with its own name as argv[0], in the root of
 * the tree, and returns the exit status. */
#ifndef GRADING_AUTO_COMMANDS_H
#define GRADING_AUTO_COMMANDS_H

#include "grading/auto/grade.h"

int command_handout(int argc, char **argv);
int command_tree(int argc, char **argv);
int command_grade(int argc, char **argv);
int command_debug(int argc, char **argv);
int command_checks(int argc, char **argv);
int command_prove(int argc, char **argv);
int command_class(int argc, char **argv);
int command_one(int argc, char **argv);
int command_verdict(int argc, char **argv);
int command_flat(int argc, char **argv);
int command_synthetic(int argc, char **argv);
int command_measure(int argc, char **argv);

/* The lab of that number; "": the one that a student's tree is of. */
const struct lab *lab_to_grade(const struct course *c, const char *number);

/* A seed that nobody can know beforehand. */
uint64_t fresh_seed(void);

/* Show a result as a table, with a paragraph for each lost check. */
void table_print(const struct result *r);

#endif
