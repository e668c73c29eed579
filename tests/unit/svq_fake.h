/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svq_fake.h - a guest, a hypervisor and a backend for the tests of svq*.c
 *
 * All three are fakes in one thread. The guest's ring and its window lie in a
 * memfd, its single grants in plain memory with a right for each frame. The
 * backend serves split rings as a vhost-user daemon does. Either looks at its
 * ring only when it is told to, so that a lost notification shows as a stall.
 */
#ifndef UNIT_SVQ_FAKE_H
#define UNIT_SVQ_FAKE_H

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "grant_copy.h"
#include "virtio_msg_xen.h"

#define FRAME		VMSG_XEN_FRAME_SIZE
#define WINDOW_REF	100
#define WINDOW_FRAMES	1100
#define GRANT_REF	5000
#ifndef GRANT_FRAMES		/* a fuzzer has fewer: they are made for each input */
#define GRANT_FRAMES	2600
#endif
#define FAKE_MAX_CHAIN	1100
#define FAKE_MAX_SIZE	1024

#define F_VERSION_1	(1ULL << VIRTIO_F_VERSION_1)
#define F_INDIRECT	(1ULL << VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	(1ULL << VIRTIO_RING_F_EVENT_IDX)
#define F_PACKED	(1ULL << VIRTIO_F_RING_PACKED)
#define F_IN_ORDER	(1ULL << VIRTIO_F_IN_ORDER)

enum right { NO_GRANT, READ_ONLY, READ_WRITE };

/* Where things lie in the window, frames */
#define AT_DESC		0
#define AT_AVAIL	4
#define AT_USED		5
#define AT_FREE		8

/**
 * struct fake_guest - the guest, and the bridge around the shadow
 * @be: the shadowed backend
 * @window: the guest's window
 * @grants: its single grants
 * @right: for each frame of @grants
 * @size: of the ring
 * @last_used: used entries seen
 * @avail_idx: of the ring
 * @published: of these, seen by the device
 * @interrupts: that came
 * @copies: segments that were copied
 * @copy_calls: calls of the hypervisor
 * @invalid: times that the device was marked
 * @broken: times that the backend was
 */
struct fake_guest {
	struct loop loop;
	struct backend_host host;
	struct backend *be;
	struct window w;
	int memfd;
	uint8_t *window;
	uint8_t *grants;
	enum right right[GRANT_FRAMES];
	unsigned int size;
	bool event_idx;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t last_used;
	uint16_t avail_idx;
	uint16_t published;
	unsigned int interrupts;
	unsigned int copies;
	unsigned int copy_calls;
	unsigned int invalid;
	unsigned int broken;
};

/**
 * struct fake_chain - a chain as the backend sees it
 * @head: its id
 * @n: buffers
 * @p: where they are
 * @len: how long
 * @write: the backend may write
 * @in_window: it lies in the guest's window
 */
struct fake_chain {
	uint16_t head;
	unsigned int n;
	uint8_t *p[FAKE_MAX_CHAIN];
	uint32_t len[FAKE_MAX_CHAIN];
	bool write[FAKE_MAX_CHAIN];
	bool in_window[FAKE_MAX_CHAIN];
};

/**
 * struct fake_backend - the backend
 * @be: what all have
 * @own: the bridge's memory, mapped
 * @own_size: its length
 * @running: the queue has been started
 * @kick: to wait on
 * @call: to signal
 */
struct fake_backend {
	struct backend be;
	struct window windows[MAX_WINDOWS];
	uint8_t *mem[MAX_WINDOWS];
	unsigned int nwindows;
	uint64_t features;
	bool running;
	struct vring_areas areas;
	int kick;
	int call;
	uint16_t last_avail;
	uint16_t used_idx;
	uint16_t signalled;
	unsigned int kicks;
};

extern struct fake_guest g;
extern struct fake_backend b;

void fake_up(uint64_t features, unsigned int size);
void fake_down(void);
int fake_start(void);

/* Guest */
uint64_t win(uint32_t at);
uint64_t grant(uint32_t at);
void put_desc(unsigned int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next);
void make_avail(uint16_t head);
void guest_kick(void);
bool guest_kick_if_wanted(void);
int guest_take_used(uint16_t *head, uint32_t *len);
void guest_quiet(void);
bool guest_listen(void);

/* Backend */
void *backend_ptr(uint64_t addr, uint64_t len, bool *in_window);
bool backend_kicked(void);
bool backend_pop(struct fake_chain *c);
void backend_quiet(void);
bool backend_listen(void);
void backend_use(uint32_t head, uint32_t len);
bool backend_call_if_wanted(void);
void backend_call(void);

void run_loop(void);

/*
 * For the cases. @chain is what the backend has popped last; use() returns it,
 * and table() makes descriptor 0 point to a table whose first entry is good.
 */
#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT
#define AT_DATA		(AT_FREE * FRAME)

extern struct fake_chain chain;

void up(uint64_t features, unsigned int size);
void allow(unsigned int frame, unsigned int n, enum right right);
void use(uint32_t len);
bool used_is(uint16_t head, uint32_t len);
void put_table(struct vring_desc *t, unsigned int i, uint64_t addr, uint32_t len,
	       uint16_t flags, uint16_t next);
void table(uint32_t len, uint16_t flags);
void good_chain(unsigned int at);

#endif /* UNIT_SVQ_FAKE_H */
