// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_ring.c - a split virtqueue, from the device's side
 *
 * Theory of operation
 * -------------------
 * Virtual I/O Device (VIRTIO) 1.2, section 2.7. The available ring and the
 * descriptors are the guest's, who may write to them at any time: each field is
 * read once, checked, and what was read is used. The used ring is ours; nothing
 * is read back from it but once, when the queue starts.
 *
 * One thread takes requests (vxb_ring_next(), _chain(), _watch()); answers come
 * from anywhere, one at a time (vxb_ring_put(), _tell()). The two share no
 * field of struct vxb_ring that changes.
 *
 * Barriers are the ones for another virtual machine, which may run on another
 * processor where this kernel has only one.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_config.h>
#include <asm/barrier.h>

#include "blk_ring.h"

/* Nothing that is read of an area crosses a page: it is aligned to its size. */
static void *at(const struct vxb_area *area, unsigned int offset)
{
	offset += area->offset;
	return area->pages[offset >> PAGE_SHIFT] + offset_in_page(offset);
}

static __le16 *avail_flags(const struct vxb_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, flags));
}

static __le16 *avail_idx(const struct vxb_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, idx));
}

static __le16 *avail_entry(const struct vxb_ring *ring, u16 index)
{
	index &= ring->num - 1;
	return at(&ring->avail, offsetof(struct vring_avail, ring[index]));
}

/* The guest wants to be told when the used index passes this one. */
static __le16 *used_event(const struct vxb_ring *ring)
{
	return at(&ring->avail, offsetof(struct vring_avail, ring[ring->num]));
}

static __le16 *used_flags(const struct vxb_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, flags));
}

static __le16 *used_idx(const struct vxb_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, idx));
}

static struct vring_used_elem *used_entry(const struct vxb_ring *ring,
					  u16 index)
{
	index &= ring->num - 1;
	return at(&ring->dev, offsetof(struct vring_used, ring[index]));
}

/* We want to be told when the available index passes this one. */
static __le16 *avail_event(const struct vxb_ring *ring)
{
	return at(&ring->dev, offsetof(struct vring_used, ring[ring->num]));
}

static int find_area(struct vxb_area *area, const struct vxb_mem *mem,
		     u64 user, size_t size)
{
	const struct vxb_region *region = vxb_mem_find_user(mem, user, size);
	unsigned int i, npages;
	u64 offset;

	if (!region)
		return -EFAULT;

	offset = user - region->user;
	area->region = region;
	area->offset = offset_in_page(offset);
	npages = (area->offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	for (i = 0; i < npages; i++)
		area->pages[i] = vxb_region_at(region, (offset & PAGE_MASK) +
					       ((u64)i << PAGE_SHIFT));
	return 0;
}

/**
 * vxb_ring_init() - Begin with a virtqueue
 * @ring: to be filled in
 * @mem: where it lies
 * @num: entries, a power of two
 * @addr: of its parts, aligned as they have to be
 * @base: available index that is taken first
 * @features: what was negotiated
 *
 * Return: 0, or -EFAULT if it does not lie in @mem
 */
int vxb_ring_init(struct vxb_ring *ring, const struct vxb_mem *mem,
		  unsigned int num, const struct vhost_vring_addr *addr,
		  u16 base, u64 features)
{
	int err;

	*ring = (struct vxb_ring){
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

/**
 * vxb_ring_in() - Does a virtqueue lie in a memory table?
 * @ring: the virtqueue
 * @mem: the table
 *
 * Return: whether all regions that it lies in are in the table
 */
bool vxb_ring_in(const struct vxb_ring *ring, const struct vxb_mem *mem)
{
	unsigned int i, found = 0;

	for (i = 0; i < mem->nregions; i++) {
		found += mem->regions[i] == ring->desc.region;
		found += mem->regions[i] == ring->avail.region;
		found += mem->regions[i] == ring->dev.region;
	}
	return found == 3;
}

/**
 * vxb_ring_empty() - Is there no request to be taken?
 * @ring: the virtqueue
 *
 * Return: whether there is none
 */
bool vxb_ring_empty(const struct vxb_ring *ring)
{
	return le16_to_cpu(READ_ONCE(*avail_idx(ring))) == ring->next;
}

/**
 * vxb_ring_next() - Take the next request
 * @ring: the virtqueue
 * @head: of its chain, below @ring->num
 *
 * Return: 1, 0 if there is none, -EINVAL if the ring makes no sense
 */
int vxb_ring_next(struct vxb_ring *ring, u16 *head)
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

/**
 * vxb_ring_watch() - Ask for notifications, or for none
 * @ring: the virtqueue
 * @watch: whether there shall be any
 *
 * After asking for them the ring has to be looked at once more.
 */
void vxb_ring_watch(struct vxb_ring *ring, bool watch)
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

/* Returns the bytes that were taken for the header. */
static u32 take_header(struct vxb_chain *chain, const struct vxb_region *region,
		       u64 offset, u32 len)
{
	u32 want = min_t(u32, len, sizeof(chain->header) - chain->header_len);
	u32 done = 0;

	while (done < want) {
		u32 n = min_t(u32, want - done,
			      PAGE_SIZE - offset_in_page(offset + done));

		memcpy((u8 *)&chain->header + chain->header_len,
		       vxb_region_at(region, offset + done), n);
		chain->header_len += n;
		done += n;
	}
	return want;
}

static void add_pieces(struct vxb_chain *chain, const struct vxb_region *region,
		       u64 offset, u32 len)
{
	while (len && !chain->too_long) {
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(offset));

		if (chain->npieces == VXB_MAX_PIECES) {
			chain->too_long = true;
			break;
		}
		chain->pieces[chain->npieces++] = (struct bio_vec){
			.bv_page = region->pages[offset >> PAGE_SHIFT],
			.bv_offset = offset_in_page(offset),
			.bv_len = n,
		};
		offset += n;
		len -= n;
	}
}

/* A descriptor that was copied, in this processor's order: there is no legacy. */
struct desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

static struct desc in_order(struct vring_desc d)
{
	return (struct desc){
		.addr = __virtio64_to_cpu(true, d.addr),
		.len = __virtio32_to_cpu(true, d.len),
		.flags = __virtio16_to_cpu(true, d.flags),
		.next = __virtio16_to_cpu(true, d.next),
	};
}

static int add_desc(struct vxb_chain *chain, const struct vxb_mem *mem,
		    const struct desc *desc)
{
	bool write = desc->flags & VRING_DESC_F_WRITE;
	const struct vxb_region *region;
	u32 len = desc->len;
	u64 offset;

	if (!len)
		return -EINVAL;
	/* What the device may only read comes first. */
	if (!write && chain->status)
		return -EINVAL;
	region = vxb_mem_find(mem, desc->addr, len);
	if (!region)
		return -EFAULT;

	offset = desc->addr - region->base;
	if (write) {
		chain->status = vxb_region_at(region, offset + len - 1);
		if (len > VHOST_XEN_BLK_MAX_DATA + 1 - chain->in_len)
			chain->too_long = true;
		else
			chain->in_len += len;
	} else {
		u32 n = take_header(chain, region, offset, len);

		offset += n;
		len -= n;
		if (len > VHOST_XEN_BLK_MAX_DATA - chain->out_len)
			chain->too_long = true;
		else
			chain->out_len += len;
	}
	add_pieces(chain, region, offset, len);
	if (!write)
		chain->nout = chain->npieces;
	return 0;
}

static int add_indirect(struct vxb_chain *chain, const struct vxb_mem *mem,
			const struct desc *table)
{
	u32 n = table->len / sizeof(struct vring_desc);
	u16 next = 0;
	u32 done;
	int err;

	if (!n || table->len % sizeof(struct vring_desc) ||
	    n > VXB_MAX_DESCS || table->flags & VRING_DESC_F_NEXT)
		return -EINVAL;

	for (done = 0; done < n; done++) {
		struct vring_desc copy;
		struct desc desc;

		err = vxb_mem_read(mem, table->addr + next * sizeof(copy),
				   &copy, sizeof(copy));
		if (err)
			return err;
		desc = in_order(copy);
		if (desc.flags & VRING_DESC_F_INDIRECT)
			return -EINVAL;
		err = add_desc(chain, mem, &desc);
		if (err)
			return err;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		next = desc.next;
		if (next >= n)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

static int add_chain(const struct vxb_ring *ring, const struct vxb_mem *mem,
		     u16 head, struct vxb_chain *chain)
{
	unsigned int done;
	int err;

	for (done = 0; done < ring->num; done++) {
		const struct vring_desc *shared =
			at(&ring->desc, head * sizeof(*shared));
		struct desc desc = in_order((struct vring_desc){
			.addr = READ_ONCE(shared->addr),
			.len = READ_ONCE(shared->len),
			.flags = READ_ONCE(shared->flags),
			.next = READ_ONCE(shared->next),
		});

		if (desc.flags & VRING_DESC_F_INDIRECT) {
			if (!ring->indirect)
				return -EINVAL;
			return add_indirect(chain, mem, &desc);
		}
		err = add_desc(chain, mem, &desc);
		if (err)
			return err;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		head = desc.next;
		if (head >= ring->num)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

/* The last byte is not data. */
static void cut_status(struct vxb_chain *chain)
{
	struct bio_vec *last;

	if (chain->too_long)
		return;

	chain->in_len--;
	last = &chain->pieces[chain->npieces - 1];
	if (!--last->bv_len)
		chain->npieces--;
}

/**
 * vxb_ring_chain() - Read the descriptors of a request
 * @ring: the virtqueue
 * @mem: the memory that they may name
 * @head: the first of them
 * @chain: what they say. A header of less than its length is no error here.
 *
 * Return: 0, -EINVAL if they make no sense, -EFAULT if they name memory that
 * the guest has not
 */
int vxb_ring_chain(const struct vxb_ring *ring, const struct vxb_mem *mem,
		   u16 head, struct vxb_chain *chain)
{
	int err;

	chain->header_len = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	chain->status = NULL;
	chain->too_long = false;
	chain->nout = 0;
	chain->npieces = 0;
	err = add_chain(ring, mem, head, chain);
	if (err)
		return err;
	if (!chain->status)
		return -EINVAL;

	cut_status(chain);
	return 0;
}

/**
 * vxb_ring_put() - Answer a request
 * @ring: the virtqueue
 * @head: of its chain
 * @len: bytes that were written to it
 */
void vxb_ring_put(struct vxb_ring *ring, u16 head, u32 len)
{
	struct vring_used_elem *entry = used_entry(ring, ring->used);

	WRITE_ONCE(entry->id, __cpu_to_virtio32(true, head));
	WRITE_ONCE(entry->len, __cpu_to_virtio32(true, len));
	ring->used++;
	/*
	 * Data, status and entry come before the index: pairs with the guest's
	 * barrier after it has read that.
	 */
	virt_store_release(used_idx(ring), cpu_to_le16(ring->used));
}

/**
 * vxb_ring_tell() - Does the guest want to be told of the answers?
 * @ring: the virtqueue, with answers since the last call
 *
 * Return: whether it does. It is taken to be told then.
 */
bool vxb_ring_tell(struct vxb_ring *ring)
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
