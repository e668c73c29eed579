// SPDX-License-Identifier: GPL-2.0-only
/*
 * vring.c - a split virtqueue, from the device's side
 *
 * Theory of operation
 * -------------------
 * Virtual I/O Device (VIRTIO) 1.2, section 2.7. The available ring and the
 * descriptors are the guest's, who may write to them at any time: each field is
 * read once, checked, and what was read is used. The used ring is ours; nothing
 * is read back from it but once, when the queue starts.
 *
 * What takes requests (vxr_ring_next(), _desc(), _watch()) is done by one at a
 * time, and so is what answers them (vxr_ring_fill(), _publish(), _tell()). The
 * two share no field of struct vxr_ring that changes, so they need not be the
 * same.
 *
 * Barriers are the ones for another virtual machine, which may run on another
 * processor where this kernel has only one.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_config.h>
#include <asm/barrier.h>

#include "vring.h"

/* Nothing that is read of an area crosses a page: it is aligned to its size. */
static void *at(const struct vxr_area *area, unsigned int offset)
{
	offset += area->offset;
	return area->pages[offset >> PAGE_SHIFT] + offset_in_page(offset);
}

static __le16 *avail_flags(const struct vxr_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, flags));
}

static __le16 *avail_idx(const struct vxr_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, idx));
}

static __le16 *avail_entry(const struct vxr_ring *ring, u16 index)
{
	index &= ring->num - 1;
	return at(&ring->avail, offsetof(struct vring_avail, ring[index]));
}

/* The guest wants to be told when the used index passes this one. */
static __le16 *used_event(const struct vxr_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, ring[ring->num]));
}

static __le16 *used_flags(const struct vxr_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, flags));
}

static __le16 *used_idx(const struct vxr_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, idx));
}

static struct vring_used_elem *used_entry(const struct vxr_ring *ring,
					  u16 index)
{
	index &= ring->num - 1;
	return at(&ring->dev, offsetof(struct vring_used, ring[index]));
}

/* We want to be told when the available index passes this one. */
static __le16 *avail_event(const struct vxr_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, ring[ring->num]));
}

static int find_area(struct vxr_area *area, const struct vxr_mem *mem,
		     u64 user, size_t size)
{
	const struct vxr_region *region = vxr_mem_find_user(mem, user, size);
	unsigned int i, npages;
	u64 offset;

	if (!region)
		return -EFAULT;

	offset = user - region->user;
	area->region = region;
	area->offset = offset_in_page(offset);
	npages = (area->offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	for (i = 0; i < npages; i++)
		area->pages[i] = vxr_region_at(region, (offset & PAGE_MASK) +
					       ((u64)i << PAGE_SHIFT));
	return 0;
}

/**
 * vxr_ring_init() - Begin with a virtqueue
 * @ring: to be filled in
 * @mem: where it lies
 * @num: entries, a power of two
 * @addr: of its parts, aligned as they have to be
 * @base: available index that is taken first
 * @features: what was negotiated
 *
 * Return: 0, or -EFAULT if it does not lie in @mem
 */
int vxr_ring_init(struct vxr_ring *ring, const struct vxr_mem *mem,
		  unsigned int num, const struct vhost_vring_addr *addr,
		  u16 base, u64 features)
{
	int err;

	*ring = (struct vxr_ring){
		.num = num,
		.next = base,
		.event_idx = features & BIT_ULL(VIRTIO_RING_F_EVENT_IDX),
		.indirect = features & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC),
	};
	err = find_area(&ring->desc, mem, addr->desc_user_addr,
			num * sizeof(struct vring_desc));
	if (!err)
		err = find_area(&ring->avail, mem, addr->avail_user_addr,
				offsetof(struct vring_avail, ring[num + 1]));
	if (!err)
		err = find_area(&ring->dev, mem, addr->used_user_addr,
				offsetof(struct vring_used, ring[num]) +
				sizeof(__le16));
	if (err)
		return err;

	ring->used = le16_to_cpu(READ_ONCE(*used_idx(ring)));
	WRITE_ONCE(*used_flags(ring), 0);
	return 0;
}
EXPORT_SYMBOL_GPL(vxr_ring_init);

/**
 * vxr_ring_in() - Does a virtqueue lie in a memory table?
 * @ring: the virtqueue
 * @mem: the table
 *
 * Return: whether all regions that it lies in are in the table
 */
bool vxr_ring_in(const struct vxr_ring *ring, const struct vxr_mem *mem)
{
	unsigned int i, found = 0;

	for (i = 0; i < mem->nregions; i++) {
		found += mem->regions[i] == ring->desc.region;
		found += mem->regions[i] == ring->avail.region;
		found += mem->regions[i] == ring->dev.region;
	}
	return found == 3;
}
EXPORT_SYMBOL_GPL(vxr_ring_in);

/**
 * vxr_ring_empty() - Is there no request to be taken?
 * @ring: the virtqueue
 *
 * Return: whether there is none
 */
bool vxr_ring_empty(const struct vxr_ring *ring)
{
	return le16_to_cpu(READ_ONCE(*avail_idx(ring))) == ring->next;
}
EXPORT_SYMBOL_GPL(vxr_ring_empty);

/**
 * vxr_ring_next() - Take the next request
 * @ring: the virtqueue
 * @head: of its chain, below @ring->num
 *
 * Return: 1, 0 if there is none, -EINVAL if the ring makes no sense
 */
int vxr_ring_next(struct vxr_ring *ring, u16 *head)
{
	/*
	 * Pairs with the guest's barrier between the entry, with its
	 * descriptors, and the index.
	 */
	u16 idx = le16_to_cpu(virt_load_acquire(avail_idx(ring)));

	if (idx == ring->next)
		return 0;
	if ((u16)(idx - ring->next) > ring->num)
		return -EINVAL;

	*head = le16_to_cpu(READ_ONCE(*avail_entry(ring, ring->next)));
	if (*head >= ring->num)
		return -EINVAL;

	ring->next++;
	return 1;
}
EXPORT_SYMBOL_GPL(vxr_ring_next);

/**
 * vxr_ring_watch() - Ask for notifications, or for none
 * @ring: the virtqueue
 * @watch: whether there shall be any
 *
 * After asking for them the ring has to be looked at once more.
 */
void vxr_ring_watch(struct vxr_ring *ring, bool watch)
{
	if (!ring->event_idx)
		WRITE_ONCE(*used_flags(ring),
			   watch ? 0 : cpu_to_le16(VRING_USED_F_NO_NOTIFY));
	else if (watch)
		WRITE_ONCE(*avail_event(ring), cpu_to_le16(ring->next));

	if (!watch)
		return;

	/*
	 * The guest writes the index and looks whether we want to know, we say
	 * that we do and look at the index. Pairs with the guest's barrier
	 * between the two, so that one of us sees what the other has written.
	 */
	virt_mb();
}
EXPORT_SYMBOL_GPL(vxr_ring_watch);

/**
 * vxr_desc() - Bring a descriptor into this processor's order
 * @d: a copy of what the guest has written: there is no legacy order
 *
 * Return: what it says
 */
struct vxr_desc vxr_desc(const struct vring_desc *d)
{
	return (struct vxr_desc){
		.addr = __virtio64_to_cpu(true, d->addr),
		.len = __virtio32_to_cpu(true, d->len),
		.flags = __virtio16_to_cpu(true, d->flags),
		.next = __virtio16_to_cpu(true, d->next),
	};
}
EXPORT_SYMBOL_GPL(vxr_desc);

/**
 * vxr_ring_desc() - Read a descriptor, each field once
 * @ring: the virtqueue
 * @index: of the descriptor, below @ring->num
 *
 * Return: what it says now
 */
struct vxr_desc vxr_ring_desc(const struct vxr_ring *ring, u16 index)
{
	const struct vring_desc *shared =
		at(&ring->desc, index * sizeof(*shared));
	struct vring_desc copy = {
		.addr = READ_ONCE(shared->addr),
		.len = READ_ONCE(shared->len),
		.flags = READ_ONCE(shared->flags),
		.next = READ_ONCE(shared->next),
	};

	return vxr_desc(&copy);
}
EXPORT_SYMBOL_GPL(vxr_ring_desc);

/**
 * vxr_ring_fill() - Write an answer, which the guest does not see yet
 * @ring: the virtqueue
 * @ahead: how many answers were written since the last vxr_ring_publish()
 * @head: of the request's chain
 * @len: bytes that were written to it
 */
void vxr_ring_fill(struct vxr_ring *ring, u16 ahead, u16 head, u32 len)
{
	struct vring_used_elem *entry = used_entry(ring, ring->used + ahead);

	WRITE_ONCE(entry->id, __cpu_to_virtio32(true, head));
	WRITE_ONCE(entry->len, __cpu_to_virtio32(true, len));
}
EXPORT_SYMBOL_GPL(vxr_ring_fill);

/**
 * vxr_ring_publish() - Let the guest see answers
 * @ring: the virtqueue
 * @n: how many were written since the last call
 */
void vxr_ring_publish(struct vxr_ring *ring, u16 n)
{
	ring->used += n;
	/*
	 * Data, status and entries come before the index: pairs with the guest's
	 * barrier after it has read that.
	 */
	virt_store_release(used_idx(ring), cpu_to_le16(ring->used));
}
EXPORT_SYMBOL_GPL(vxr_ring_publish);

/**
 * vxr_ring_tell() - Does the guest want to be told of the answers?
 * @ring: the virtqueue, with answers since the last call
 *
 * Return: whether it does. It is taken to be told then.
 */
bool vxr_ring_tell(struct vxr_ring *ring)
{
	u16 old = ring->told;
	bool any = ring->told_any;

	/*
	 * The guest says what it wants to be told and looks at the index; we
	 * have written the index and look what it wants. Pairs with its
	 * barrier between the two.
	 */
	virt_mb();
	if (!ring->event_idx)
		return !(READ_ONCE(*avail_flags(ring)) &
			 cpu_to_le16(VRING_AVAIL_F_NO_INTERRUPT));

	ring->told = ring->used;
	ring->told_any = true;
	return !any || vring_need_event(le16_to_cpu(READ_ONCE(*used_event(ring))),
					ring->used, old);
}
EXPORT_SYMBOL_GPL(vxr_ring_tell);

MODULE_DESCRIPTION("Virtqueues and guests' memory, for virtio backends in the kernel");
MODULE_LICENSE("GPL");
