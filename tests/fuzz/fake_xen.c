// SPDX-License-Identifier: GPL-2.0-only
/* fake_xen.c - a fake of xenstore, event channels and grants */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xenstore.h>

#include "fake_xen.h"
#include "grant_copy.h"
#include "util.h"
#include "virtio_msg_xen.h"
#include "windows.h"

#define XENSTORE_PAYLOAD_MAX	4096

struct fake_xen xen;

/* Any address will do for a handle. */
static struct xs_handle *const store = (void *)&xen;
static xenevtchn_handle *const channels = (void *)&xen.evtchn;
static int evtchn_fd;

/* xenstore */

static int find(const char *path)
{
	unsigned int i;

	for (i = 0; i < XEN_NODES; i++)
		if (xen.node[i].path && !strcmp(xen.node[i].path, path))
			return i;
	return -1;
}

static void drop(unsigned int i)
{
	free(xen.node[i].path);
	free(xen.node[i].value);
	xen.node[i].path = xen.node[i].value = NULL;
}

static bool put(const char *path, const char *value)
{
	unsigned int i;
	int at = find(path);

	for (i = 0; at < 0 && i < XEN_NODES; i++)
		if (!xen.node[i].path)
			at = i;
	if (at < 0)
		return false;
	drop(at);
	xen.node[at].path = strdup(path);
	xen.node[at].value = strdup(value);
	FUZZ_CHECK(xen.node[at].path && xen.node[at].value);
	return true;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	int at = find(path);

	(void)t;
	FUZZ_CHECK(h == store);
	if (at < 0) {
		errno = ENOENT;
		return NULL;
	}
	if (len)
		*len = strlen(xen.node[at].value);
	return strdup(xen.node[at].value);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len)
{
	char *value = strndup(data, len);
	bool ok;

	(void)t;
	FUZZ_CHECK(h == store && value && strlen(value) == len);
	FUZZ_CHECK(strlen(path) + len < XENSTORE_PAYLOAD_MAX);
	xen.written(path, value);
	ok = put(path, value);
	free(value);
	if (!ok)
		errno = ENOSPC;
	return ok;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	(void)t;
	FUZZ_CHECK(h == store && *path);
	fake_xen_remove(path);
	return true;
}

/* That there are some is all that the bridge wants to know. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	size_t len = strlen(path);
	unsigned int i;

	(void)t;
	FUZZ_CHECK(h == store);
	*num = 0;
	for (i = 0; i < XEN_NODES; i++)
		if (xen.node[i].path && !strncmp(xen.node[i].path, path, len) &&
		    xen.node[i].path[len] == '/')
			++*num;
	return calloc(*num + 1, sizeof(char *));
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	FUZZ_CHECK(h == store);
	return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	FUZZ_CHECK(h == store && t == 1);
	if (abort || !xen.conflicts)
		return true;
	xen.conflicts--;
	errno = EAGAIN;
	return false;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	(void)domid;
	FUZZ_CHECK(h == store);
	return !xen.dead;
}

/* For worker_run(), which is linked and not called. */
struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return store;
}

void xs_close(struct xs_handle *h)
{
	(void)h;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	(void)h;
	(void)path;
	(void)token;
	return true;
}

char **xs_check_watch(struct xs_handle *h)
{
	(void)h;
	errno = EAGAIN;
	return NULL;
}

int xs_fileno(struct xs_handle *h)
{
	(void)h;
	return -1;
}

/* Event channels */

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
	int sv[2];

	(void)logger;
	(void)flags;
	FUZZ_CHECK(xen.evtchn < 0);
	FUZZ_CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv));
	evtchn_fd = sv[0];
	xen.evtchn = sv[1];
	return channels;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	FUZZ_CHECK(xce == channels && xen.evtchn >= 0);
	close(evtchn_fd);
	close(xen.evtchn);
	xen.evtchn = -1;
	memset(xen.bound, 0, sizeof(xen.bound));
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
	FUZZ_CHECK(xce == channels && xen.evtchn >= 0);
	return evtchn_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
						     evtchn_port_t remote)
{
	unsigned int i;

	(void)domid;
	FUZZ_CHECK(xce == channels && xen.evtchn >= 0 && remote < 131072);
	/* The hypervisor refuses ports that are no one's or bound. */
	errno = EINVAL;
	if (!remote || remote % 16 == 15)
		return -1;
	for (i = 1; i < XEN_PORTS; i++)
		if (xen.bound[i] == remote)
			return -1;
	for (i = 1; i < XEN_PORTS; i++)
		if (!xen.bound[i])
			break;
	errno = ENOSPC;
	if (i == XEN_PORTS)
		return -1;
	xen.bound[i] = remote;
	return i;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	FUZZ_CHECK(xce == channels && port < XEN_PORTS && xen.bound[port]);
	xen.bound[port] = 0;
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	FUZZ_CHECK(xce == channels && port < XEN_PORTS && xen.bound[port]);
	xen.notified++;
	return 0;
}

/* Grants; the linker puts these in the place of those in grant*.c. */

int __wrap_grant_open(uint16_t domid, uint32_t first_ref, uint32_t frames);
int __wrap_grant_map(uint16_t domid, uint32_t first_ref, uint32_t frames, void **addr);
void __wrap_grant_unmap(void *addr, uint32_t frames);
int __wrap_grant_copy_open(void);
int __wrap_grant_copy(int fd, uint16_t domid, const struct grant_seg *segs, unsigned int n);

int __wrap_grant_open(uint16_t domid, uint32_t first_ref, uint32_t frames)
{
	int fd, *recent;

	(void)domid;
	FUZZ_CHECK(frames && frames <= MAX_WINDOW_FRAMES && first_ref + frames > first_ref);
	if (xen.no_grants)
		return -EINVAL;
	fd = memfd_create("grants", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && !ftruncate(fd, (off_t)frames << VMSG_XEN_FRAME_SHIFT));
	recent = &xen.recent[xen.next++ % XEN_RECENT];
	close_fd(recent);
	*recent = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd;
}

int __wrap_grant_map(uint16_t domid, uint32_t first_ref, uint32_t frames, void **addr)
{
	(void)domid;
	(void)first_ref;
	FUZZ_CHECK(frames == 1 && !xen.bus_page);
	if (xen.no_grants)
		return -EINVAL;
	FUZZ_CHECK(!posix_memalign(&xen.bus_page, VMSG_XEN_FRAME_SIZE, VMSG_XEN_FRAME_SIZE));
	memset(xen.bus_page, 0, VMSG_XEN_FRAME_SIZE);
	memcpy(xen.bus_page, &xen.header, sizeof(xen.header));
	*addr = xen.bus_page;
	return 0;
}

void __wrap_grant_unmap(void *addr, uint32_t frames)
{
	if (!addr)
		return;
	FUZZ_CHECK(frames == 1 && addr == xen.bus_page);
	free(addr);
	xen.bus_page = NULL;
}

int __wrap_grant_copy_open(void)
{
	return memfd_create("copies", MFD_CLOEXEC);
}

int __wrap_grant_copy(int fd, uint16_t domid, const struct grant_seg *segs, unsigned int n)
{
	unsigned int i;

	(void)domid;
	FUZZ_CHECK(fd >= 0 && n);
	for (i = 0; i < n; i++) {
		FUZZ_CHECK(segs[i].len && segs[i].offset + segs[i].len <= VMSG_XEN_FRAME_SIZE);
		/* Some references are not granted. */
		if (segs[i].ref % 16 == 15)
			return -EFAULT;
		if (!segs[i].to_guest)
			memset(segs[i].local, segs[i].ref, segs[i].len);
	}
	return 0;
}

/* For the fuzzer */

/**
 * fake_xen_open() - Begin with an empty xenstore
 * @written: looks at what the bridge writes
 */
void fake_xen_open(void (*written)(const char *path, const char *value))
{
	memset(&xen, 0, sizeof(xen));
	xen.written = written;
	memset(xen.recent, -1, sizeof(xen.recent));
	xen.evtchn = -1;
	xen.header = (struct fake_header){
		.magic = htole32(VMSG_XEN_MAGIC), .version = htole16(VMSG_XEN_VERSION),
		.slot_size = htole16(VMSG_XEN_SLOT_SIZE), .slots = htole16(VMSG_XEN_SLOTS),
	};
}

/**
 * fake_xen_close() - All must have been given back
 */
void fake_xen_close(void)
{
	unsigned int i;

	FUZZ_CHECK(xen.evtchn < 0 && !xen.bus_page);
	for (i = 0; i < XEN_NODES; i++)
		drop(i);
	for (i = 0; i < XEN_RECENT; i++)
		close_fd(&xen.recent[i]);
}

/**
 * fake_xen_memory() - The guest writes to the windows that it has shown last
 * @at: offset into each of them
 * @buf: what it writes
 * @len: length of that
 */
void fake_xen_memory(uint32_t at, const void *buf, size_t len)
{
	unsigned int i;

	for (i = 0; i < XEN_RECENT; i++)
		if (xen.recent[i] >= 0)
			FUZZ_CHECK(pwrite(xen.recent[i], buf, len, at) == (ssize_t)len);
}

/**
 * fake_xen_set() - Write a node
 * @dir: its directory
 * @key: its name
 * @value: text
 */
void fake_xen_set(const char *dir, const char *key, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	put(path, value);
}

/**
 * fake_xen_remove() - Remove a node and what is below it
 * @path: of it
 */
void fake_xen_remove(const char *path)
{
	size_t len = strlen(path);
	unsigned int i;

	for (i = 0; i < XEN_NODES; i++)
		if (xen.node[i].path && !strncmp(xen.node[i].path, path, len) &&
		    (!xen.node[i].path[len] || xen.node[i].path[len] == '/'))
			drop(i);
}

/**
 * fake_xen_fire() - Events from the guest
 * @ports: our ends
 * @n: how many
 */
void fake_xen_fire(const uint32_t *ports, unsigned int n)
{
	uint32_t back[64];

	if (xen.evtchn < 0 || !n)
		return;
	FUZZ_CHECK(send(xen.evtchn, ports, n * sizeof(*ports), MSG_DONTWAIT) > 0);
	/* What the bridge has unmasked since the last time */
	while (recv(xen.evtchn, back, sizeof(back), MSG_DONTWAIT) > 0)
		;
}
