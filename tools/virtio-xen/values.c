// SPDX-License-Identifier: GPL-2.0-only
/*
 * values.c - what the values in a device specification may be
 */
#include <ctype.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "spec.h"
#include "values.h"

#define TAG_MAX		36	/* virtio_fs_config.tag */
/* The bridge's limits, see tools/vhost-xen/config.h. */
#define QUEUES_MAX	64
#define QUEUE_SIZE_MAX	1024
#define DEVICE_ID_MAX	63	/* those in use end at 45 */
#define MTU_MIN		68	/* RFC 791 */
#define MTU_MAX		65535
#define POLL_US_MAX	10000

/* Other spellings that mean the same, and the one that the bridge knows. */
static const struct {
	const char *(*check)(const char *value);
	const char *from;
	const char *to;
} synonyms[] = {
	{ value_format, "vhd", "vpc" },
	{ value_bool, "yes", "1" },
	{ value_bool, "on", "1" },
	{ value_bool, "no", "0" },
	{ value_bool, "off", "0" },
	{ value_device, "1", "net" },
	{ value_device, "2", "blk" },
	{ value_device, "4", "rng" },
	{ value_device, "19", "vsock" },
	{ value_device, "26", "fs" },
};

static bool one_of(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(value, *words))
			return true;
	return false;
}

/**
 * value_number() - reads a decimal number
 * @value: digits and nothing else
 * @max: largest number that is right
 * @number: is set
 *
 * Return: whether it is one.
 */
bool value_number(const char *value, unsigned long max, unsigned long *number)
{
	/* strtoul() would take a sign and white space as well. */
	if (!*value || strlen(value) > 9 ||
	    strspn(value, "0123456789") != strlen(value))
		return false;
	*number = strtoul(value, NULL, 10);
	return *number <= max;
}

/**
 * value_canonical() - the bridge's spelling of a value
 * @value: that @check found right
 * @check: the key's
 *
 * Return: @value itself or a constant string.
 */
const char *value_canonical(const char *value,
			    const char *(*check)(const char *value))
{
	size_t i;

	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (synonyms[i].check == check && !strcmp(value, synonyms[i].from))
			return synonyms[i].to;
	return value;
}

/**
 * value_plain() - what holds for every value
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_plain(const char *value)
{
	const unsigned char *p;

	if (!*value)
		return "the value is empty";
	if (strlen(value) > SPEC_VALUE_MAX)
		return "the value is too long";
	for (p = (const unsigned char *)value; *p; p++)
		if (iscntrl(*p))
			return "the value has a control character";
	return NULL;
}

/**
 * value_path() - a path that means the same in every process
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_path(const char *value)
{
	return *value == '/' ? NULL : "must be a full path that begins with /";
}

/**
 * value_socket() - the path of a unix socket
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_socket(const char *value)
{
	if (strlen(value) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return "the path is too long for a unix socket (107 characters)";
	return value_path(value);
}

/**
 * value_format() - a disk image's format, as qemu names it
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_format(const char *value)
{
	static const char *const words[] = {
		"raw", "qcow2", "qcow", "qed", "vdi", "vhd", "vhdx", "vmdk",
		"vpc", NULL
	};

	return one_of(value, words) ? NULL :
		"must be raw, qcow2, qcow, qed, vdi, vhdx, vmdk or vpc";
}

/**
 * value_bool() - yes or no
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_bool(const char *value)
{
	static const char *const words[] = {
		"0", "1", "no", "yes", "off", "on", NULL
	};

	return one_of(value, words) ? NULL : "must be 0 or 1";
}

/**
 * value_aio() - how the storage daemon reads and writes
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_aio(const char *value)
{
	static const char *const words[] = {
		"native", "threads", "io_uring", NULL
	};

	return one_of(value, words) ? NULL :
		"must be native, threads or io_uring";
}

/**
 * value_cache() - whether the host's page cache is used
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_cache(const char *value)
{
	static const char *const words[] = { "none", "writeback", NULL };

	return one_of(value, words) ? NULL : "must be none or writeback";
}

/**
 * value_server() - who serves a disk or a network
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_server(const char *value)
{
	static const char *const words[] = { "kernel", "daemon", "vhost", NULL };

	return one_of(value, words) ? NULL : "must be kernel, or daemon for a disk, or vhost for a network";
}

/**
 * value_ifname() - a network interface's name
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_ifname(const char *value)
{
	if (strlen(value) >= IFNAMSIZ)
		return "an interface's name has at most 15 characters";
	/* The kernel takes % as a template. */
	if (strpbrk(value, "/: %") || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return "is no name for an interface";
	return NULL;
}

/**
 * value_mtu() - largest packet
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_mtu(const char *value)
{
	unsigned long mtu;

	if (!value_number(value, MTU_MAX, &mtu) || mtu < MTU_MIN)
		return "must be a number from 68 to 65535";
	return NULL;
}

/**
 * value_poll_us() - microseconds for which the backend polls
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_poll_us(const char *value)
{
	unsigned long us;

	if (!value_number(value, POLL_US_MAX, &us))
		return "must be a number from 0 to 10000";
	return NULL;
}

/**
 * value_device() - what a vhost-user daemon serves
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_device(const char *value)
{
	static const char *const words[] = {
		"blk", "net", "fs", "rng", "vsock", "console", "scsi", "gpu",
		"input", "crypto", "sound", "i2c", "gpio", NULL
	};
	unsigned long number;

	if (one_of(value, words) ||
	    (value_number(value, DEVICE_ID_MAX, &number) && number > 0))
		return NULL;
	return "must be blk, net, fs, rng, vsock, console, scsi, gpu, input, crypto, sound, i2c, gpio or a virtio device id";
}

/**
 * value_tag() - a shared directory's name
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_tag(const char *value)
{
	return strlen(value) <= TAG_MAX ? NULL :
		"a tag has at most 36 characters";
}

/**
 * value_mac() - a network card's address
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_mac(const char *value)
{
	static const char form[] = "must be a MAC address like 00:16:3e:12:34:56";
	bool zero = true;
	size_t i;

	if (strlen(value) != 17)
		return form;
	for (i = 0; i < 17; i++) {
		if (i % 3 == 2 ? value[i] != ':' :
		    !isxdigit((unsigned char)value[i]))
			return form;
		if (i % 3 != 2 && value[i] != '0')
			zero = false;
	}
	/* Multicast is the low bit of the first byte. */
	if (strchr("13579bdfBDF", value[1]))
		return "is a multicast address; the second digit must be even";
	return zero ? "is all zero" : NULL;
}

/**
 * value_queues() - number of virtqueues, or of pairs of them
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_queues(const char *value)
{
	unsigned long number;

	if (!value_number(value, QUEUES_MAX, &number) || !number)
		return "must be a number from 1 to 64";
	return NULL;
}

/**
 * value_queue_size() - entries of a virtqueue
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_queue_size(const char *value)
{
	unsigned long number;

	if (!value_number(value, QUEUE_SIZE_MAX, &number) || number < 2 ||
	    (number & (number - 1)))
		return "must be a power of two from 2 to 1024";
	return NULL;
}

/**
 * value_id() - a device's number in its guest
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_id(const char *value)
{
	unsigned long number;

	/* It becomes a node's name: 07 and 7 would be two devices. */
	if (!value_number(value, ID_MAX, &number) ||
	    (value[0] == '0' && value[1]))
		return "must be a number from 0 to 4095";
	return NULL;
}

/**
 * value_domain() - a domain's name or number
 * @value: to be looked at
 *
 * Return: a complaint, or NULL.
 */
const char *value_domain(const char *value)
{
	return strchr(value, '/') ? "must be a domain's name or number" : NULL;
}
