/* SPDX-License-Identifier: MIT */
/* Making a student's tree out of the reference. */
#ifndef GRADING_AUTO_HANDOUT_H
#define GRADING_AUTO_HANDOUT_H

#include "grading/auto/lab.h"

/*
 * Write the tree of a lab into the new folder out: the files of this lab and
 * those before it; bodies of this lab's holes, and of later ones' in files
 * that are there already, replaced by lab_todo(); what labs/starter/ holds.
 * Earlier labs have the reference's solutions: carry.h puts others there.
 */
void handout_tree(
	const struct course *c, const struct lab *lab, const char *out);

/* Make a git repository of one commit out of the folder; the same tree makes
 * the same commit. */
void handout_commit(const struct lab *lab, const char *out);

/*
 * The text of a file of the reference as the lab's students get it; to be
 * freed.  NULL: they do not get it.
 */
char *handout_file(const struct course *c, const struct lab *lab,
	const char *path, size_t *len);

/* Put the lab's hole files into the folder, as the reference has them or as
 * the starter. */
void handout_holes(const struct course *c, const struct lab *lab,
	const char *folder, bool starter);

/* In such a folder, leave one exercise open. */
void handout_open(
	const struct lab *lab, const struct hole *hole, const char *folder);

/* A cheater (grading/cheaters/) may be one of some labs alone: "# Labs: 04 05".
 */
bool cheater_is_of(const char *path, const struct lab *lab);

#endif
