/* SPDX-License-Identifier: MIT */
/*
 * Documents as the students of a lab get them.  A table of files is right for
 * the whole tree; in a student's tree a row that names a file which is not
 * there is left out, and with it a section whose table loses all its rows.
 * Pure, but for the course's own tables.
 */
#ifndef GRADING_AUTO_DOCUMENT_H
#define GRADING_AUTO_DOCUMENT_H

#include "grading/auto/lab.h"

/*
 * The text of the document for the lab's tree; to be freed.  path: of the
 * document, from the root.  tree: all files of the course's tree.
 */
char *document_for(const struct course *c, const struct lab *lab,
	const struct list *tree, const char *path, const char *text);

/* Is it a document, by its name? */
bool document_is(const char *path);

#endif
