/* SPDX-License-Identifier: MIT */
/*
 * The table of docs/sensitive.md, made of what the probes of sensitive
 * instructions print (grading/probes/lib/sensitive.h).
 */
#ifndef GRADING_SYSTEM_SENSITIVE_H
#define GRADING_SYSTEM_SENSITIVE_H

#define SENSITIVE_DOC "docs/sensitive.md"

/*
 * A new column, headed by the name of an engine pair; what a probe printed
 * on that pair.
 */
void sensitive_column(const char *head);
void sensitive_read(const char *text);

/*
 * Compare the table with that in the document: NULL, or the first line of
 * either that is not in the other.  To be freed.
 */
char *sensitive_difference(void);

/* The first instruction of the list of which no probe said anything. */
const char *sensitive_missing(void);

/* Put the table into the document.  Exits if that fails. */
void sensitive_write(void);

#endif
