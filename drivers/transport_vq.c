// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport_vq.c - the config operations that concern virtqueues
 *
 * Theory of operation
 * -------------------
 * A virtqueue is made in the order that virtio-msg asks for: the device is
 * asked for its size (GET_VQUEUE), the ring is made (in memory that the bus's
 * DMA operations provide), its notifications are made to work by the bus, the
 * device is told (SET_VQUEUE), and asked whether it has taken it.
 *
 * The bus hears how many entries there will be before the first ring is made,
 * so that it can provide for them, or make them fewer.
 *
 * A driver that has virtqueues for all CPUs, disks most of all, says which these are
 * (struct irq_affinity). Each of them gets its share of the CPUs, its interrupt goes
 * there, and the driver asks which they are: an answer then comes to where the request
 * came from, and need not be passed on. This is a beginning, and no more: who changes
 * the interrupt's affinity later, by /proc/irq, is free to.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>

#include "transport.h"
#include "transport_vq.h"

/* Entries that virtio allows in a virtqueue. */
#define VMSG_MAX_VQ_SIZE	32768

/* Ask for a virtqueue. */
static int get_vqueue(struct vmsg_device *md, u32 index,
		      struct vmsg_get_vqueue_resp *resp)
{
	struct vmsg_vqueue_index req = { .index = cpu_to_le32(index) };
	int ret;

	ret = md->bus->request(md, VMSG_GET_VQUEUE, &req, sizeof(req), resp,
			       sizeof(*resp), sizeof(*resp));
	if (ret < 0)
		return ret;

	if (resp->index != req.index) {
		md->bus->fail(md, "GET_VQUEUE answers another question");
		return -EPROTO;
	}

	return 0;
}

/* The number of entries to make a virtqueue with. */
static int vqueue_size(struct vmsg_device *md, u32 index, u32 *size)
{
	struct vmsg_get_vqueue_resp resp;
	u32 max;
	int err;

	if (index >= md->max_vqs)
		return -ENOENT;

	err = get_vqueue(md, index, &resp);
	if (err)
		return err;

	max = le32_to_cpu(resp.max_size);
	if (!max || resp.cur_size)
		return -ENOENT;

	max = min_t(u32, max, VMSG_MAX_VQ_SIZE);
	if (!virtio_has_feature(&md->vdev, VIRTIO_F_RING_PACKED))
		max = rounddown_pow_of_two(max);
	*size = max;
	return 0;
}

/* Tell the device of a virtqueue, and check that it has taken it. */
static int set_vqueue(struct vmsg_vq *q)
{
	struct vmsg_device *md = q->md;
	struct vmsg_get_vqueue_resp resp;
	struct vmsg_set_vqueue req = {
		.index = cpu_to_le32(q->index),
		.size = cpu_to_le32(virtqueue_get_vring_size(q->vq)),
		.desc_addr = cpu_to_le64(virtqueue_get_desc_addr(q->vq)),
		.driver_addr = cpu_to_le64(virtqueue_get_avail_addr(q->vq)),
		.device_addr = cpu_to_le64(virtqueue_get_used_addr(q->vq)),
	};
	int ret;

	ret = md->bus->request(md, VMSG_SET_VQUEUE, &req, sizeof(req), NULL, 0,
			       0);
	if (ret < 0)
		return ret;

	ret = get_vqueue(md, q->index, &resp);
	if (ret)
		return ret;

	if (resp.cur_size != req.size || resp.desc_addr != req.desc_addr ||
	    resp.driver_addr != req.driver_addr ||
	    resp.device_addr != req.device_addr) {
		md->bus->fail(md, "it does not take a virtqueue");
		return -EPROTO;
	}

	return 0;
}

static struct vmsg_vq *alloc_vq(void)
{
	struct vmsg_vq *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (q && !zalloc_cpumask_var(&q->cpus, GFP_KERNEL)) {
		kfree(q);
		return NULL;
	}
	return q;
}

static void free_vq(struct vmsg_vq *q)
{
	free_cpumask_var(q->cpus);
	kfree(q);
}

static void del_vq(struct vmsg_vq *q)
{
	struct vmsg_device *md = q->md;

	md->bus->del_vq(q);
	mutex_lock(&md->vqs_lock);
	WRITE_ONCE(md->vqs[q->index], NULL);
	mutex_unlock(&md->vqs_lock);
	/* Events that found it in the array are over after this. */
	md->bus->synchronize(md);
	vring_del_virtqueue(q->vq);
	free_vq(q);
}

static struct virtqueue *setup_vq(struct vmsg_device *md, u32 index, u32 size,
				  const struct virtqueue_info *info)
{
	struct virtqueue *vq;
	struct vmsg_vq *q;
	int err;

	q = alloc_vq();
	if (!q)
		return ERR_PTR(-ENOMEM);

	vq = vring_create_virtqueue(index, size, SMP_CACHE_BYTES, &md->vdev,
				    true, true, info->ctx, md->bus->notify,
				    info->callback, info->name);
	if (!vq) {
		free_vq(q);
		return ERR_PTR(-ENOMEM);
	}

	vq->num_max = size;
	vq->priv = q;
	q->md = md;
	q->vq = vq;
	q->index = index;

	err = md->bus->add_vq(q);
	if (err)
		goto err_vq;

	/*
	 * Pairs with the dependency in used_event(), in an interrupt on any
	 * CPU: what is in it comes before the pointer to it.
	 */
	smp_store_release(&md->vqs[index], q);
	err = set_vqueue(q);
	if (err) {
		del_vq(q);
		return ERR_PTR(err);
	}

	return vq;

err_vq:
	vring_del_virtqueue(vq);
	free_vq(q);
	return ERR_PTR(err);
}

/* Find out all sizes, by index, and have the bus provide for them. */
static int prepare_vqs(struct vmsg_device *md, unsigned int nvqs,
		       const struct virtqueue_info info[], u32 *sizes)
{
	u32 i, index = 0;
	int err;

	for (i = 0; i < nvqs; i++) {
		if (!info[i].name)
			continue;
		err = vqueue_size(md, index, &sizes[index]);
		if (err)
			return err;
		index++;
	}

	return md->bus->prepare_vqs(md, sizes, index);
}

/*
 * Adds the @nth of so many equal shares of the CPUs. Neighbours come to different
 * ones: the last CPUs may not be there yet.
 */
static void share_cpus(struct cpumask *to, unsigned int nth, unsigned int parts)
{
	unsigned int i = 0, cpu;

	for_each_possible_cpu(cpu)
		if (i++ % parts == nth)
			cpumask_set_cpu(cpu, to);
}

/* Each virtqueue that is for some of the CPUs has its interrupt there. */
static void spread(struct virtqueue *vqs[], unsigned int nvqs,
		   const struct irq_affinity *desc)
{
	unsigned int first = desc->pre_vectors, parts, i;

	if (nvqs < first + desc->post_vectors + 2)
		return;

	parts = nvqs - first - desc->post_vectors;
	for (i = 0; i < parts; i++) {
		struct vmsg_vq *q = vqs[first + i] ? vqs[first + i]->priv : NULL;

		if (!q)
			continue;
		share_cpus(q->cpus, i, parts);
		/*
		 * It has none of its own where notifications go through the
		 * rings, or its CPUs are not there yet: anywhere will do.
		 */
		if (!cpumask_empty(q->cpus))
			q->md->bus->set_affinity(q, q->cpus);
	}
}

/**
 * vmsg_find_vqs() - virtio_config_ops.find_vqs
 * @vdev: the device
 * @nvqs: virtqueues wanted
 * @vqs: set to them
 * @info: what they are; one without a name is left out
 * @desc: which virtqueues are for some of the CPUs each, or NULL if none is
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if the device does not have that many, or a negative
 * errno.
 */
int vmsg_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
		  struct virtqueue *vqs[], struct virtqueue_info info[],
		  struct irq_affinity *desc)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	u32 i, index = 0, *sizes;
	int err;

	sizes = kcalloc(nvqs, sizeof(*sizes), GFP_KERNEL);
	if (!sizes)
		return -ENOMEM;

	err = prepare_vqs(md, nvqs, info, sizes);
	for (i = 0; !err && i < nvqs; i++) {
		if (!info[i].name) {
			vqs[i] = NULL;
			continue;
		}
		vqs[i] = setup_vq(md, index, sizes[index], &info[i]);
		index++;
		if (IS_ERR(vqs[i]))
			err = PTR_ERR(vqs[i]);
	}

	kfree(sizes);
	if (err)
		vmsg_del_vqs(vdev);
	else if (desc)
		spread(vqs, nvqs, desc);

	return err;
}

/**
 * vmsg_del_vqs() - virtio_config_ops.del_vqs
 * @vdev: the device, reset
 *
 * Context: may sleep.
 */
void vmsg_del_vqs(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	u32 i;

	for (i = 0; i < md->max_vqs; i++)
		if (md->vqs[i])
			del_vq(md->vqs[i]);
}

/**
 * vmsg_set_vq_affinity() - virtio_config_ops.set_vq_affinity
 * @vq: the virtqueue
 * @mask: CPUs that its interrupt may go to; NULL for any
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int vmsg_set_vq_affinity(struct virtqueue *vq, const struct cpumask *mask)
{
	struct vmsg_vq *q = vq->priv;

	return q->md->bus->set_affinity(q, mask);
}

/**
 * vmsg_get_vq_affinity() - virtio_config_ops.get_vq_affinity
 * @vdev: the device
 * @index: of the virtqueue
 *
 * Context: may sleep; the virtqueue stays.
 * Return: the CPUs that it is for, or NULL if it is for none in particular.
 */
const struct cpumask *vmsg_get_vq_affinity(struct virtio_device *vdev,
					   int index)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	struct vmsg_vq *q;

	q = index >= 0 && index < md->max_vqs ? md->vqs[index] : NULL;
	return q && !cpumask_empty(q->cpus) ? q->cpus : NULL;
}

/**
 * vmsg_disable_vq_and_reset() - virtio_config_ops.disable_vq_and_reset
 * @vq: the virtqueue
 *
 * Context: may sleep.
 * Return: 0, -ENOENT without VIRTIO_F_RING_RESET, -EBUSY if it is stopped
 * already, or a negative errno.
 */
int vmsg_disable_vq_and_reset(struct virtqueue *vq)
{
	struct vmsg_vq *q = vq->priv;
	struct vmsg_device *md = q->md;
	struct vmsg_vqueue_index req = { .index = cpu_to_le32(q->index) };
	struct vmsg_get_vqueue_resp resp;
	int ret;

	if (!virtio_has_feature(&md->vdev, VIRTIO_F_RING_RESET))
		return -ENOENT;
	if (q->stopped)
		return -EBUSY;

	ret = md->bus->request(md, VMSG_RESET_VQUEUE, &req, sizeof(req), NULL,
			       0, 0);
	if (ret < 0)
		return ret;

	/* Its answer has no room to say that it was not done. */
	ret = get_vqueue(md, q->index, &resp);
	if (ret)
		return ret;
	if (resp.cur_size) {
		md->bus->fail(md, "it does not reset a virtqueue");
		return -EPROTO;
	}

	/* An event may come at any time: from here on it is not for @vq. */
	WRITE_ONCE(q->stopped, true);
	md->bus->synchronize(md);
	return 0;
}

/**
 * vmsg_enable_vq_after_reset() - virtio_config_ops.enable_vq_after_reset
 * @vq: the virtqueue, with a new ring
 *
 * Context: may sleep.
 * Return: 0, -EBUSY if it is not stopped, or a negative errno.
 */
int vmsg_enable_vq_after_reset(struct virtqueue *vq)
{
	struct vmsg_vq *q = vq->priv;
	int err;

	if (!q->stopped)
		return -EBUSY;

	WRITE_ONCE(q->stopped, false);
	err = set_vqueue(q);
	if (err)
		WRITE_ONCE(q->stopped, true);

	return err;
}

/**
 * vmsg_vq_interrupt() - the device says that it has used buffers
 * @q: the virtqueue, not stopped
 *
 * Context: interrupt; for one virtqueue not on two CPUs at a time.
 * Return: IRQ_NONE if it has not.
 */
irqreturn_t vmsg_vq_interrupt(struct vmsg_vq *q)
{
	irqreturn_t ret = vring_interrupt(0, q->vq);

	WRITE_ONCE(q->count.interrupts, q->count.interrupts + 1);
	if (ret == IRQ_NONE)
		WRITE_ONCE(q->count.spurious, q->count.spurious + 1);

	return ret;
}

/**
 * vmsg_vq_count() - what a virtqueue has done so far
 * @md: the device
 * @index: the virtqueue's number on the device
 * @count: set to the counters
 * @entries: set to the size of the ring
 *
 * Context: may sleep.
 * Return: true, or false if there is no such virtqueue.
 */
bool vmsg_vq_count(struct vmsg_device *md, u32 index,
		   struct vmsg_vq_count *count, u32 *entries)
{
	struct vmsg_vq *q;

	mutex_lock(&md->vqs_lock);
	q = index < md->max_vqs ? md->vqs[index] : NULL;
	if (q) {
		count->kicks = READ_ONCE(q->count.kicks);
		count->interrupts = READ_ONCE(q->count.interrupts);
		count->spurious = READ_ONCE(q->count.spurious);
		*entries = virtqueue_get_vring_size(q->vq);
	}
	mutex_unlock(&md->vqs_lock);

	return q;
}
