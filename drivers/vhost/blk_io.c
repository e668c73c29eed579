// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_io.c - requests of a virtio disk as bios
 *
 * Theory of operation
 * -------------------
 * Virtual I/O Device (VIRTIO) 1.2, section 5.2.6. The queue's thread takes a
 * request and makes bios of the pages that it names; nothing is copied. Ends of
 * bios come from interrupts. Whoever ends the last one writes the status and
 * the entry of the used ring, and tells the guest if it wants to know.
 *
 * What may sleep for long, to discard or to write zeroes, is a workqueue's, and
 * does not hold up what comes after it.
 *
 * A request is the queue's from when it is taken to its answer; in between its
 * head is no other's. The rings stay where they are as long as there is one in
 * flight (vxb_queue_stop() waits), and so does the memory (mem.c).
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_byteorder.h>
#include <linux/workqueue.h>

#include "blk.h"

/* Requests go on when there is no memory, one after the other. */
#define POOL_SIZE	64

static struct bio_set bios;
static struct workqueue_struct *slow;

/**
 * vxb_io_init() - Get what all devices need
 *
 * Return: 0 or -ENOMEM
 */
int vxb_io_init(void)
{
	int err = bioset_init(&bios, POOL_SIZE, 0, BIOSET_NEED_BVECS);

	if (err)
		return err;

	slow = alloc_workqueue("vhost_xen_blk", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!slow) {
		bioset_exit(&bios);
		return -ENOMEM;
	}
	return 0;
}

/**
 * vxb_io_exit() - Undo vxb_io_init()
 *
 * Context: may sleep; there is no device any more
 */
void vxb_io_exit(void)
{
	destroy_workqueue(slow);
	bioset_exit(&bios);
}

static void answer(struct vxb_request *req)
{
	struct vxr_mem *mem = req->mem;
	struct vxb_queue *q = req->q;
	u8 result = READ_ONCE(req->result);
	unsigned long flags;

	WRITE_ONCE(*req->status, result);

	spin_lock_irqsave(&q->used_lock, flags);
	/* From the next line on the guest may use the head again. */
	req->busy = false;
	vxr_ring_put(&q->vq.ring, req->head,
		     result == VIRTIO_BLK_S_OK ? req->len : 1);
	/* What is done at once, in the thread, is told at the end of a batch. */
	if (current == q->task && in_task())
		q->untold = true;
	else
		vxr_queue_tell(&q->vq);
	vxr_mem_put(mem);
	/* Under the lock, which who waits for it takes before the queue goes. */
	if (!--q->in_flight)
		wake_up(&q->idle);
	spin_unlock_irqrestore(&q->used_lock, flags);
}

/* One of the things that it waits for is done. */
static void part_done(struct vxb_request *req)
{
	if (atomic_dec_and_test(&req->pending))
		answer(req);
}

/**
 * vxb_io_tell() - Tell the guest of the answers that the thread has given
 * @q: the queue, whose thread calls
 */
void vxb_io_tell(struct vxb_queue *q)
{
	unsigned long flags;

	if (!q->untold)
		return;

	q->untold = false;
	spin_lock_irqsave(&q->used_lock, flags);
	vxr_queue_tell(&q->vq);
	spin_unlock_irqrestore(&q->used_lock, flags);
}

static u8 status_of(int err)
{
	if (!err)
		return VIRTIO_BLK_S_OK;
	return err == -EOPNOTSUPP ? VIRTIO_BLK_S_UNSUPP : VIRTIO_BLK_S_IOERR;
}

static void fail(struct vxb_request *req, int err)
{
	WRITE_ONCE(req->result, status_of(err));
}

static void bio_done(struct bio *bio)
{
	struct vxb_request *req = bio->bi_private;

	if (bio->bi_status)
		fail(req, blk_status_to_errno(bio->bi_status));
	bio_put(bio);
	part_done(req);
}

static struct bio *new_bio(struct vxb_request *req, unsigned int npieces,
			   blk_opf_t opf, sector_t sector)
{
	/* Never NULL: it may sleep until one of the pool is back. */
	struct bio *bio = bio_alloc_bioset(req->q->bdev, bio_max_segs(npieces),
					   opf, GFP_NOIO, &bios);

	bio->bi_iter.bi_sector = sector;
	bio->bi_private = req;
	bio->bi_end_io = bio_done;
	atomic_inc(&req->pending);
	return bio;
}

static bool range_ok(const struct vxb_queue *q, u64 sector, u64 sectors)
{
	u64 block = bdev_logical_block_size(q->bdev) >> SECTOR_SHIFT;
	u64 all = bdev_nr_sectors(q->bdev);

	return sectors && sectors <= all && sector <= all - sectors &&
		!((sector | sectors) & (block - 1));
}

static int check_data(const struct vxb_queue *q, u64 sector,
		      const struct bio_vec *pieces, unsigned int npieces,
		      u32 len)
{
	unsigned int align = bdev_dma_alignment(q->bdev) | (SECTOR_SIZE - 1);
	unsigned int i;

	/* Any of them may be the last of a bio, which is whole blocks. */
	if (npieces > BIO_MAX_VECS)
		align |= bdev_logical_block_size(q->bdev) - 1;

	if (!range_ok(q, sector, len >> SECTOR_SHIFT) || len % SECTOR_SIZE)
		return -EINVAL;
	for (i = 0; i < npieces; i++)
		if ((pieces[i].bv_offset | pieces[i].bv_len) & align)
			return -EINVAL;
	return 0;
}

static int submit_data(struct vxb_request *req, blk_opf_t opf, u64 sector,
		       const struct bio_vec *pieces, unsigned int npieces,
		       u32 len)
{
	struct bio *bio = NULL;
	unsigned int i = 0;
	int err;

	err = check_data(req->q, sector, pieces, npieces, len);
	if (err)
		return err;

	while (i < npieces) {
		const struct bio_vec *p = &pieces[i];

		if (!bio)
			bio = new_bio(req, npieces - i, opf, sector);
		if (bio_add_page(bio, p->bv_page, p->bv_len, p->bv_offset)) {
			sector += p->bv_len >> SECTOR_SHIFT;
			i++;
		} else {
			/* It is full, so it holds at least one. */
			submit_bio(bio);
			bio = NULL;
		}
	}
	submit_bio(bio);
	return 0;
}

static u64 sector_of(const struct vxb_chain *c)
{
	return __virtio64_to_cpu(true, c->header.sector);
}

static int submit_read(struct vxb_request *req, const struct vxb_chain *c)
{
	req->len += c->in_len;
	return submit_data(req, REQ_OP_READ, sector_of(c),
			   c->pieces + c->nout, c->npieces - c->nout,
			   c->in_len);
}

static int submit_write(struct vxb_request *req, const struct vxb_chain *c)
{
	blk_opf_t opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;

	if (!req->q->writable)
		return -EROFS;
	/* A driver that cannot flush counts on what it was told is written. */
	if (!(req->q->vq.dev->features & BIT_ULL(VIRTIO_BLK_F_FLUSH)))
		opf |= REQ_FUA;
	return submit_data(req, opf, sector_of(c), c->pieces,
			   c->nout, c->out_len);
}

static int submit_flush(struct vxb_request *req)
{
	submit_bio(new_bio(req, 0, REQ_OP_WRITE | REQ_PREFLUSH, 0));
	return 0;
}

static void do_range(struct work_struct *work)
{
	struct vxb_request *req = container_of(work, struct vxb_request, work);
	struct block_device *bdev = req->q->bdev;
	int err;

	if (req->type == VIRTIO_BLK_T_DISCARD)
		err = blkdev_issue_discard(bdev, req->range.sector,
					   req->range.sectors, GFP_NOIO);
	else
		err = blkdev_issue_zeroout(bdev, req->range.sector,
					   req->range.sectors, GFP_NOIO,
					   req->range.unmap ?
					   0 : BLKDEV_ZERO_NOUNMAP);
	if (err)
		fail(req, err);
	part_done(req);
}

static void copy_out(void *to, const struct bio_vec *pieces, u32 len)
{
	for (; len; pieces++) {
		u32 n = min(len, pieces->bv_len);

		memcpy(to, page_address(pieces->bv_page) + pieces->bv_offset, n);
		to += n;
		len -= n;
	}
}

static int submit_range(struct vxb_request *req, const struct vxb_chain *c)
{
	struct virtio_blk_discard_write_zeroes seg;
	u32 flags, may = 0;

	if (!req->q->writable)
		return -EROFS;
	if (c->out_len != sizeof(seg))
		return -EINVAL;

	copy_out(&seg, c->pieces, sizeof(seg));
	flags = le32_to_cpu(seg.flags);
	if (req->type == VIRTIO_BLK_T_WRITE_ZEROES)
		may = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
	if (flags & ~may)
		return -EOPNOTSUPP;
	req->range.sector = le64_to_cpu(seg.sector);
	req->range.sectors = le32_to_cpu(seg.num_sectors);
	req->range.unmap = flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
	if (req->range.sectors > VHOST_XEN_BLK_MAX_RANGE ||
	    !range_ok(req->q, req->range.sector, req->range.sectors))
		return -EINVAL;

	INIT_WORK(&req->work, do_range);
	atomic_inc(&req->pending);
	queue_work(slow, &req->work);
	return 0;
}

static int get_id(struct vxb_request *req, const struct vxb_chain *c)
{
	const struct bio_vec *p = c->pieces + c->nout;
	char id[VIRTIO_BLK_ID_BYTES + 1] = "";
	u32 done = 0;

	if (c->in_len < VIRTIO_BLK_ID_BYTES)
		return -EINVAL;

	snprintf(id, sizeof(id), "%pg", req->q->bdev);
	for (; done < VIRTIO_BLK_ID_BYTES; p++) {
		u32 n = min_t(u32, VIRTIO_BLK_ID_BYTES - done, p->bv_len);

		memcpy(page_address(p->bv_page) + p->bv_offset, id + done, n);
		done += n;
	}
	req->len += VIRTIO_BLK_ID_BYTES;
	return 0;
}

static int submit(struct vxb_request *req, const struct vxb_chain *c)
{
	if (c->too_long || c->header_len < sizeof(c->header))
		return -EINVAL;

	req->type = __virtio32_to_cpu(true, c->header.type);
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return submit_read(req, c);
	case VIRTIO_BLK_T_OUT:
		return submit_write(req, c);
	case VIRTIO_BLK_T_FLUSH:
		return submit_flush(req);
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return submit_range(req, c);
	case VIRTIO_BLK_T_GET_ID:
		return get_id(req, c);
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * vxb_io_take() - Begin with a request
 * @q: the queue, whose thread calls, with its lock held
 * @head: of the request's chain
 *
 * Context: may sleep
 *
 * Return: 0, also if the request failed, which its answer says; or a negative
 * errno if the chain makes no sense
 */
int vxb_io_take(struct vxb_queue *q, u16 head)
{
	struct vxb_request *req = &q->requests[head];
	unsigned long flags;
	int err;

	/* Its answer came before what let the guest use the head again. */
	if (READ_ONCE(req->busy))
		return -EINVAL;
	err = vxb_chain_read(&q->vq.ring, q->mem, head, q->chain);
	if (err)
		return err;

	req->q = q;
	req->mem = vxr_mem_get(q->mem);
	req->status = q->chain->status;
	req->len = sizeof(*req->status);
	req->head = head;
	req->result = VIRTIO_BLK_S_OK;
	atomic_set(&req->pending, 1);
	spin_lock_irqsave(&q->used_lock, flags);
	req->busy = true;
	q->in_flight++;
	spin_unlock_irqrestore(&q->used_lock, flags);

	err = submit(req, q->chain);
	if (err)
		fail(req, err);
	part_done(req);
	return 0;
}
