/* SPDX-License-Identifier: MIT */
/*
 * A doubly linked ring with a head: the links live inside the structs that
 * they link, so adding and removing never allocates and never fails.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define container_of(ptr, type, member)                                        \
	((type *)((char *)(ptr)-offsetof(type, member)))

/* The struct that holds link `l` as its `member`. */
#define list_entry(l, type, member) container_of(l, type, member)

/* A head that is an empty list, for static initialisation. */
#define LIST_INIT(head)                                                        \
	{                                                                      \
		&(head), &(head)                                               \
	}

/* Walk the links; the body must not remove `it`. */
#define list_for_each(it, head)                                                \
	for ((it) = (head)->next; (it) != (head); (it) = (it)->next)

/* Walk the links; the body may remove `it`. */
#define list_for_each_safe(it, tmp, head)                                      \
	for ((it) = (head)->next, (tmp) = (it)->next; (it) != (head);          \
		(it) = (tmp), (tmp) = (it)->next)

static inline void
list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_insert(struct list *before, struct list *after, struct list *link)
{
	link->prev = before;
	link->next = after;
	before->next = after->prev = link;
}

/* Add at the front, so that it is first. */
static inline void
list_push(struct list *head, struct list *link)
{
	list_insert(head, head->next, link);
}

/* Add at the end, so that it is last. */
static inline void
list_append(struct list *head, struct list *link)
{
	list_insert(head->prev, head, link);
}

/* Take a link out; it is then an empty list of its own. */
static inline void
list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* The first link, or NULL. */
static inline struct list *
list_first(const struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

/* Take the first link out, or NULL. */
static inline struct list *
list_pop(struct list *head)
{
	struct list *link = list_first(head);

	if (link)
		list_remove(link);
	return link;
}

#endif
