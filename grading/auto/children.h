/* SPDX-License-Identifier: MIT */
/*
 * What the grader began does not outlive it.
 *
 * PR_SET_PDEATHSIG (prctl(2)) ends most of it, but not a sandbox whose
 * bubblewrap was killed while it set things up: the process in the new
 * namespace waits for bubblewrap's word, on an eventfd, which has no end of
 * file, or goes on alone (issues 633 and 700 of bubblewrap).  So the grader
 * takes in what loses its parent, and ends it.
 */
#ifndef GRADING_AUTO_CHILDREN_H
#define GRADING_AUTO_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on what loses its parent below this process is its child, and when
 * the process exits all its children are ended first.  To be called again in a
 * process that was forked; otherwise twice is once. */
void children_keep(void);

/* End all children and what they leave behind, and wait until all is gone;
 * nothing in a process that does not keep its children.  Only with no other
 * thread, whose children would not be spared. */
void children_end(void);

/* The same before the process exits, whatever other threads do. */
void children_exit(void);
/* In a thread: if another is in children_exit(), wait for the end, and do not
 * judge what became of a child. */
void children_or_exit(void);

/* End that process and wait until it is gone, if it is our child. */
void children_end_one(pid_t pid);

#endif
