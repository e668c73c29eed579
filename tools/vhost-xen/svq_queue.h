/* SPDX-License-Identifier: GPL-2.0-only */
/* svq_queue.h - shadow virtqueues, seen by the files that make them up */
#ifndef VX_SVQ_QUEUE_H
#define VX_SVQ_QUEUE_H

#include "backend.h"
#include "grant_copy.h"
#include "svq_area.h"
#include "svq_guest.h"
#include "svq_ring.h"
#include "virtio_msg_xen.h"

/* Memory of one queue: its ring, then its bounce area */
#define SVQ_QUEUE_FRAMES	(SVQ_RING_FRAMES + SVQ_AREA_FRAMES)
#define SVQ_QUEUE_BYTES		((size_t)SVQ_QUEUE_FRAMES << VMSG_XEN_FRAME_SHIFT)

/**
 * struct svq - a backend behind shadow virtqueues
 * @be: what the device sees
 * @ops: of @be
 * @host: what the inner backend sees
 * @outer: the bridge
 * @inner: the backend that does the work
 * @wanted: single grants were agreed on
 * @active: queues are shadowed, from set_features() to stop_all()
 * @features: negotiated virtio features
 * @memfd: memory for rings and bounce areas, -1 for none
 * @mem: its mapping
 * @own: the same as a window of the inner backend's
 * @windows: of the guest
 * @window_mem: our mappings of them, by place in @windows, NULL for none
 * @queues: that are shadowed, NULL for those that are not
 * @reader: reads indirect tables
 * @chain: scratch: the chain at hand
 * @segs: scratch: copies that are due
 * @nsegs: how many
 */
struct svq {
	struct backend be;
	struct backend_ops ops;
	struct backend_host host;
	struct backend_host *outer;
	struct backend *inner;
	bool wanted;
	bool active;
	uint64_t features;
	int memfd;
	uint8_t *mem;
	struct window own;
	struct windows windows;
	void *window_mem[MAX_WINDOWS];
	struct svq_queue *queues[MAX_QUEUES];
	struct svq_reader reader;
	struct svq_chain chain;
	struct grant_seg segs[SVQ_AREA_FRAMES];
	unsigned int nsegs;
};

/**
 * struct svq_bounce - frames of the bounce area that stand for something
 * @addr: DMA address of the guest's buffer, 0: an indirect table of ours
 * @len: its length
 * @pos: first byte among those that the device may write, NOT_WRITABLE
 * @frames: how many
 * @next: 1 + first frame of the next one of the same chain, 0 for none
 */
struct svq_bounce {
	uint64_t addr;
	uint32_t len;
	uint32_t pos;
	uint16_t frames;
	uint16_t next;
};

#define NOT_WRITABLE	UINT32_MAX

/**
 * struct svq_req - a chain that the backend has
 * @head: its id towards the guest
 * @bounces: 1 + first frame of its first svq_bounce, 0 for none
 * @writable: bytes that the backend may write
 */
struct svq_req {
	uint16_t head;
	uint16_t bounces;
	uint32_t writable;
};

/**
 * struct svq_queue - a shadowed virtqueue
 * @svq: whose
 * @index: of the queue
 * @dead: the guest or the backend broke the rules, nothing moves any more
 * @io: @call in the loop
 * @kick: eventfd, we signal, the backend waits
 * @call: eventfd, the backend signals, we wait; also signalled by ourselves
 * @area_mem: the bounce area
 * @area_dma: its address for the backend
 * @ring: towards the backend
 * @guest: towards the guest
 * @area: which frames are in use
 * @inflight: chains that are in @ring
 * @req: by head in @ring
 * @bounce: by first frame
 */
struct svq_queue {
	struct svq *svq;
	unsigned int index;
	bool dead;
	struct io io;
	int kick;
	int call;
	uint8_t *area_mem;
	uint64_t area_dma;
	struct svq_ring ring;
	struct svq_guest guest;
	struct svq_area area;
	unsigned int inflight;
	struct svq_req req[MAX_QUEUE_SIZE];
	struct svq_bounce bounce[SVQ_AREA_FRAMES];
};

/* svq.c */
bool svq_is_grant(uint64_t addr, uint32_t len);

/* svq_queue.c */
void svq_queue_turn(struct svq_queue *q);
void svq_queue_wake(struct svq_queue *q);

#endif /* VX_SVQ_QUEUE_H */
