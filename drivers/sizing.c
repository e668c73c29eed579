// SPDX-License-Identifier: GPL-2.0-only
/*
 * sizing.c - how large virtqueues, windows and buffers may be
 *
 * Theory of operation
 * -------------------
 * A full window must never lose anything. What happens to a buffer that cannot
 * be mapped is the driver's affair, and there are two kinds of drivers.
 *
 * Most put the request back and try again: disks, file systems, sockets. They
 * need a window that the largest request fits into when nothing else is in it,
 * so the largest mapping is chosen such that a request which fills a virtqueue
 * does. Everything beyond is speed, so the window is sized for the mean request
 * and grows when it is full.
 *
 * virtio_net does not try again: it throws the packet away. What it does heed is
 * the space in the virtqueue, and stops transmitting in time. So its transmit
 * queues are made no larger than the window can hold of what they are filled
 * with, and its receive queues' buffers are counted in: the queue says when it is
 * enough.
 *
 * A packet that takes one entry whatever it is, by an indirect table, makes that
 * a bad measure: an entry would have to be reckoned with as the largest packet.
 * So a network does without indirect tables. Then a packet takes as many entries
 * as it has pieces, and a queue that is full of large ones holds few of them. What
 * is reckoned with is what TCP sends; only a queue full of packets that are large and
 * in one piece each takes more. For these the pool grows before it is full (pool.c),
 * up to the limit, and what comes sooner, or is beyond that, is lost.
 *
 * The shortest queues, and those of a device that has to have indirect tables, get as
 * much as the largest packets take: they lose none.
 *
 * All of this is arithmetic. Sizes of buffers are those that the drivers use.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "dma.h"
#include "grants.h"
#include "sizing.h"

/*
 * Window per entry of a virtqueue of which the driver tries again. It is meant
 * for the mean entry: a 4 KiB block request takes 5 KiB of it.
 */
#define PER_ENTRY		SZ_16K
#define MIN_WINDOW		SZ_1M
#define MAX_FIRST		SZ_8M

/* For rings, headers and indirect tables, in a window of any size. */
#define RESERVE			SZ_512K

/*
 * The largest packet: 64 KiB in as many pieces as there may be, of which each
 * needs room in one piece and aligned to its size, up to twice its size; with its
 * header and its indirect table.
 */
#define NET_TX_LARGEST		(2 * SZ_64K + 4 * VXEN_SLOT_SIZE)

/*
 * An entry of TCP's, in the mean: a packet of 64 KiB has three at least, since
 * its data lies in pieces of 32 KiB at most, and its headers elsewhere.
 */
#define NET_TX_ENTRY		(SZ_16K + SZ_8K)

/* What a short queue gets without counting: for the shortest, all it can hold. */
#define NET_TX_LEAST		SZ_2M

/* virtio_net stops a queue with less than this free. */
#define NET_TX_FREE		(MAX_SKB_FRAGS + 2)

/* With mergeable buffers a page at most; without, packets are made of pages. */
#define NET_RX_BYTES		((u32)PAGE_SIZE)

/* Commands are short, and virtio_net waits for the answer of each. */
#define NET_CTRL_BYTES		SZ_64K

/*
 * A transmit queue smaller than this would be stopped for most of the time, or
 * for good.
 */
#define NET_TX_MIN		((u32)roundup_pow_of_two(NET_TX_FREE + 1))
#define NET_RX_MIN		64U

/* Bytes of a ring: descriptors, and what both ends say is available or used. */
static size_t ring_bytes(u32 entries)
{
	return PAGE_ALIGN(entries * 26UL + 64) + PAGE_SIZE;
}

static bool is_net_tx(unsigned int index)
{
	return index & 1;
}

/* Queues that carry packets come in pairs. */
static bool is_net_ctrl(unsigned int index, unsigned int nvqs)
{
	return nvqs & 1 && index == nvqs - 1;
}

/* Packets in a queue, with the one that is sent before the queue is stopped. */
static size_t net_tx_packets(u32 entries)
{
	return entries > NET_TX_FREE ? entries - NET_TX_FREE + 1 : 1;
}

/* Bytes of the window for a transmit queue. */
static size_t net_tx_bytes(u32 entries, bool indirect)
{
	size_t most = net_tx_packets(entries) * NET_TX_LARGEST;
	size_t mean = (size_t)entries * NET_TX_ENTRY;

	if (indirect)
		return most;
	return min_t(size_t, most, max_t(size_t, mean, NET_TX_LEAST));
}

/* What a network device is to have in its windows. */
static size_t net_bytes(const u32 *entries, unsigned int nvqs, bool indirect)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < nvqs; i++) {
		bytes += ring_bytes(entries[i]);
		if (is_net_ctrl(i, nvqs))
			bytes += NET_CTRL_BYTES;
		else if (is_net_tx(i))
			bytes += net_tx_bytes(entries[i], indirect);
		else
			bytes += (size_t)entries[i] * NET_RX_BYTES;
	}

	/* A block is of one kind: the last one of each may be all but empty. */
	return bytes + 2 * VXEN_SLOT_BLOCK_SIZE;
}

/* Halve what is largest, until all of it fits, or nothing can be halved. */
static size_t net_fit(u32 *entries, unsigned int nvqs, bool indirect,
		      size_t max)
{
	size_t bytes = net_bytes(entries, nvqs, indirect);

	while (bytes > max) {
		u32 *largest = NULL;
		size_t most = 0;
		unsigned int i;

		for (i = 0; i < nvqs; i++) {
			bool tx = is_net_tx(i);
			size_t weight = tx ? net_tx_bytes(entries[i], indirect) :
					     (size_t)entries[i] * NET_RX_BYTES;

			if (is_net_ctrl(i, nvqs))
				continue;
			if (entries[i] / 2 >= (tx ? NET_TX_MIN : NET_RX_MIN) &&
			    weight > most) {
				most = weight;
				largest = &entries[i];
			}
		}
		if (!largest)
			break;
		*largest /= 2;
		bytes = net_bytes(entries, nvqs, indirect);
	}

	return bytes;
}

/**
 * vxen_size_features() - take away what would make virtqueues take too much
 * @vdev: the device; its driver has chosen its features
 *
 * See above. Without mergeable buffers a receive buffer is twenty pieces, and
 * needs indirect tables.
 *
 * Context: any. The features have not been told to the device yet.
 */
void vxen_size_features(struct virtio_device *vdev)
{
	if (vdev->id.device == VIRTIO_ID_NET &&
	    __virtio_test_bit(vdev, VIRTIO_NET_F_MRG_RXBUF))
		__virtio_clear_bit(vdev, VIRTIO_RING_F_INDIRECT_DESC);
}

/**
 * vxen_size() - decide how large all is to be
 * @device_id: VIRTIO_ID_*
 * @indirect: a buffer of any number of pieces may take a single entry
 * @entries: of each virtqueue: what the device allows; made smaller where that
 *	is necessary, by a power of two
 * @nvqs: how many virtqueues
 * @max: bytes that the windows may have; what a driver cannot do without is
 *	granted beyond it
 * @sizing: set to what was decided
 *
 * Context: any.
 */
void vxen_size(u32 device_id, bool indirect, u32 *entries, unsigned int nvqs,
	       size_t max, struct vxen_sizing *sizing)
{
	u32 total = 0, longest = 1;
	size_t per_entry;
	unsigned int i;

	max = max_t(size_t, round_down(max, VXEN_SLOT_BLOCK_SIZE), MIN_WINDOW);
	if (device_id == VIRTIO_ID_NET) {
		size_t need = round_up(net_fit(entries, nvqs, indirect, max),
				       VXEN_SLOT_BLOCK_SIZE);

		sizing->first = need;
		sizing->max = max(need, max);
		/* In few steps: packets are lost until there is enough. */
		sizing->step = round_up(need / 2, VXEN_SLOT_BLOCK_SIZE);
		sizing->ahead = true;
		sizing->max_mapping = VXEN_DMA_MAX_MAPPING;
		return;
	}

	for (i = 0; i < nvqs; i++) {
		/* No driver does with less than a frame for an entry. */
		while (entries[i] > (max - RESERVE) >> VXEN_FRAME_SHIFT)
			entries[i] /= 2;
		total += entries[i];
		longest = max(longest, entries[i]);
	}
	sizing->first = clamp_t(size_t, (size_t)total * PER_ENTRY, MIN_WINDOW,
				min_t(size_t, max, MAX_FIRST));
	sizing->max = max;
	sizing->ahead = false;
	sizing->step = max_t(size_t, sizing->first / 2, MIN_WINDOW);
	per_entry = rounddown_pow_of_two((max - RESERVE) / longest);
	sizing->max_mapping = clamp_t(size_t, per_entry, VXEN_FRAME_SIZE,
				      VXEN_DMA_MAX_MAPPING);
}
