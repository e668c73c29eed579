// SPDX-License-Identifier: GPL-2.0-only
/*
 * domain.c - domains by name and by number
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "report.h"
#include "store.h"
#include "values.h"

/**
 * domain_list() - all domains that xenstore knows
 * @xs: connection
 * @count: is set
 *
 * A driver domain may not list the others, and gets only itself.
 *
 * Return: an allocated array, or NULL if there is no memory.
 */
unsigned int *domain_list(struct xs_handle *xs, unsigned int *count)
{
	unsigned int total, i;
	char **names = store_list(xs, XBT_NULL, &total, "/local/domain");
	unsigned int *domids = calloc(total + 1, sizeof(*domids));
	unsigned long domid;

	*count = 0;
	for (i = 0; domids && i < total; i++)
		if (value_number(names[i], DOMAIN_MAX, &domid))
			domids[(*count)++] = (unsigned int)domid;
	if (domids && !names)
		domids[(*count)++] = domain_self(xs);
	free(names);
	return domids;
}

/**
 * domain_self() - the domain that this runs in
 * @xs: connection
 *
 * Return: its number.
 */
unsigned int domain_self(struct xs_handle *xs)
{
	int domid = store_read_number(xs, XBT_NULL, "domid");

	/* Only dom0's own tools could have left the node out. */
	return domid < 0 ? 0 : (unsigned int)domid;
}

/**
 * domain_vcpus() - how many virtual processors a domain may have
 * @xs: connection
 * @domid: its number
 *
 * Return: their number, with those that are not there yet; 0 if xenstore does not
 * say.
 */
unsigned int domain_vcpus(struct xs_handle *xs, unsigned int domid)
{
	unsigned int count;

	free(store_list(xs, XBT_NULL, &count, "/local/domain/%u/cpu", domid));
	return count;
}

/**
 * domain_exists() - whether there is a domain
 * @xs: connection
 * @domid: its number
 *
 * Return: true if xenstore has something of it.
 */
bool domain_exists(struct xs_handle *xs, unsigned int domid)
{
	return domid == 0 || store_exists(xs, XBT_NULL, "/local/domain/%u", domid);
}

/**
 * domain_name() - name of a domain
 * @xs: connection
 * @domid: its number
 *
 * Return: an allocated string, or NULL.
 */
char *domain_name(struct xs_handle *xs, unsigned int domid)
{
	return store_read(xs, XBT_NULL, "/local/domain/%u/name", domid);
}

/**
 * domain_by_name() - looks a domain up
 * @xs: connection
 * @name: its name
 *
 * Return: its number, or -1 without a message.
 */
int domain_by_name(struct xs_handle *xs, const char *name)
{
	unsigned int count, i;
	unsigned int *domids = domain_list(xs, &count);
	int found = -1;

	for (i = 0; domids && i < count && found < 0; i++) {
		char *text = domain_name(xs, domids[i]);

		if (text && !strcmp(text, name))
			found = (int)domids[i];
		free(text);
	}
	free(domids);
	return found;
}

/**
 * domain_number() - a domain's number, whether it still lives or not
 * @xs: connection
 * @text: name or number
 *
 * Return: its number, or -1 after an error message.
 */
int domain_number(struct xs_handle *xs, const char *text)
{
	unsigned long number;
	int domid;

	/* As xl has it, digits are never a name. */
	if (strspn(text, "0123456789") == strlen(text) && *text) {
		if (value_number(text, DOMAIN_MAX, &number))
			return (int)number;
		return fail("no domain %s: numbers end at %d", text, DOMAIN_MAX);
	}
	domid = domain_by_name(xs, text);
	if (domid < 0)
		return fail("no domain is named '%s': see 'xl list'", text);
	return domid;
}

/**
 * domain_find() - looks up a domain that has to exist
 * @xs: connection
 * @text: name or number
 *
 * Return: its number, or -1 after an error message.
 */
int domain_find(struct xs_handle *xs, const char *text)
{
	int domid = domain_number(xs, text);

	if (domid >= 0 && !domain_exists(xs, (unsigned int)domid))
		return fail("no domain %d: see 'xl list'", domid);
	return domid;
}
