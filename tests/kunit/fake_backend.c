// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_backend.c - a backend behind the fake xenbus, and a virtio driver in
 *	front of it
 *
 * It does what Documentation/protocol.rst says: follows the frontend's states,
 * finds the bus page by its reference in xenstore, maps what it is told of, and
 * lets go of it all before it is Closed. What it has mapped cannot be revoked.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "../../drivers/debugfs.h"
#include "../../drivers/frontend.h"
#include "../../drivers/revoke.h"
#include "fake_backend.h"

/* Of 128 KiB: more than half of a window of 2 MiB. */
#define FAKE_PIECES	9

struct fake_backend *fake_backend;
struct fake_driver fake_driver;

/* ---- messages ---- */

/* Put a message into the ring, as the backend by itself does. */
void fake_backend_send(const void *msg, size_t size)
{
	u8 slot[VMSG_XEN_SLOT_SIZE] __aligned(8) = {};

	memcpy(slot, msg, size);
	vxen_ring_put(&fake_backend->out, slot, sizeof(slot));
	fake_events_raise();
}

static u32 add_window(struct fake_backend *be,
		      const struct vmsg_xen_add_window *req)
{
	u32 id = le16_to_cpu(req->window_id), frames = le32_to_cpu(req->frames);
	u32 i, first = le32_to_cpu(req->first_ref);

	be->adds++;
	if (id >= be->max_windows || be->windows[id].frames || !frames ||
	    req->dev_num || req->flags) {
		be->odd++;
		return VMSG_XEN_EINVAL;
	}
	for (i = 0; i < frames; i++)
		fake_grants_map(first + i);
	be->windows[id] = (struct fake_window) { id, first, frames };
	return VMSG_XEN_OK;
}

static u32 remove_window(struct fake_backend *be,
			 const struct vmsg_xen_remove_window *req)
{
	u32 i, id = le16_to_cpu(req->window_id);

	if (id >= be->max_windows || !be->windows[id].frames || req->dev_num) {
		be->odd++;
		return VMSG_XEN_EINVAL;
	}
	for (i = 0; i < be->windows[id].frames; i++)
		fake_grants_unmap(be->windows[id].first_ref + i);
	be->windows[id].frames = 0;
	return VMSG_XEN_OK;
}

static u32 set_port(struct fake_backend *be,
		    const struct vmsg_xen_set_queue_port *req)
{
	u32 index = le32_to_cpu(req->vq_index), port = le32_to_cpu(req->port);

	if (index >= FAKE_MAX_VQS || !port == !be->ports[index] ||
	    req->dev_num || req->reserved) {
		be->odd++;
		return VMSG_XEN_EINVAL;
	}
	be->ports[index] = port;
	return VMSG_XEN_OK;
}

static size_t hello(struct fake_backend *be, const struct vmsg_xen_hello *req,
		    struct vmsg_xen_hello *resp)
{
	*resp = *req;
	be->asked = le32_to_cpu(req->features);
	resp->features = cpu_to_le32(be->asked & be->features);
	resp->max_windows = cpu_to_le32(be->max_windows);
	return sizeof(*resp);
}

static size_t answer_bus(struct fake_backend *be, u8 msg_id, const void *req,
			 void *resp)
{
	struct vmsg_xen_status *status = resp;
	u32 ret = VMSG_XEN_EINVAL;

	if (msg_id == VMSG_XEN_HELLO)
		return hello(be, req, resp);

	if (msg_id == be->refuse || fake_fails("bus message"))
		ret = VMSG_XEN_ENOMEM;
	else if (msg_id == VMSG_XEN_ADD_WINDOW)
		ret = add_window(be, req);
	else if (msg_id == VMSG_XEN_REMOVE_WINDOW)
		ret = remove_window(be, req);
	else if (msg_id == VMSG_XEN_SET_QUEUE_PORT)
		ret = set_port(be, req);
	else
		be->odd++;

	status->status = cpu_to_le32(ret);
	return sizeof(*status);
}

static void take_message(struct fake_backend *be, struct vmsg_header *msg)
{
	u8 slot[VMSG_XEN_SLOT_SIZE] __aligned(8) = {};
	struct vmsg_header *answer = (struct vmsg_header *)slot;
	size_t len = le16_to_cpu(msg->msg_size) - sizeof(*msg);

	if (msg->msg_id == VMSG_EVENT_AVAIL) {
		be->avail++;
		return;
	}
	if (msg->msg_id == be->mute)
		return;

	*answer = *msg;
	answer->type |= VMSG_TYPE_RESPONSE;
	if (msg->type & VMSG_TYPE_BUS)
		len = answer_bus(be, msg->msg_id, msg + 1, answer + 1);
	else
		len = fake_bus_answer(&be->model, msg->msg_id, msg + 1, len,
				      answer + 1);
	answer->msg_size = cpu_to_le16(sizeof(*answer) + len);
	/* A device that answers nothing is one that is not there. */
	if (!(msg->type & VMSG_TYPE_BUS) && fake_fails("answer"))
		answer->msg_size = cpu_to_le16(sizeof(*answer));
	fake_backend_send(slot, sizeof(slot));
}

/* Take what is in the ring to it. */
void fake_backend_take(struct fake_backend *be)
{
	u8 slot[VMSG_XEN_SLOT_SIZE] __aligned(8);

	while (be->page && vxen_ring_used(&be->in) > 0) {
		vxen_ring_take(&be->in, 0, slot);
		vxen_ring_release(&be->in, 1);
		take_message(be, (struct vmsg_header *)slot);
	}
}

static void msg_work(struct work_struct *work)
{
	fake_backend_take(container_of(work, struct fake_backend, msg_work));
}

/* ---- states ---- */

/* Unmap all, and forget it. */
void fake_backend_let_go(struct fake_backend *be)
{
	unsigned int i;

	be->page = NULL;
	fake_events.peer = NULL;
	memset(be->windows, 0, sizeof(be->windows));
	memset(be->ports, 0, sizeof(be->ports));
	for (i = 0; i < FAKE_MAX_VQS; i++)
		be->model.vqs[i].cur = 0;
	be->model.status = 0;
	if (!be->holds)
		fake_grants_let_go();
}

/* Map the bus page; false if there is none. */
bool fake_backend_attach(struct fake_backend *be, u32 ref)
{
	struct fake_grant grant;

	/* Of an earlier life, which may not have ended well. */
	fake_backend_let_go(be);
	if (!fake_grants_get(ref, &grant))
		return false;
	be->page_ref = ref;
	fake_grants_map(ref);
	be->page = page_address(grant.page);
	be->in = (struct vxen_ring) {
		.prod = &be->page->driver_prod,
		.cons = &be->page->driver_cons,
		.slots = be->page->driver_ring,
	};
	be->out = (struct vxen_ring) {
		.prod = &be->page->device_prod,
		.cons = &be->page->device_cons,
		.slots = be->page->device_ring,
	};
	fake_events.peer = &be->msg_work;
	return true;
}

static void attach(struct fake_backend *be)
{
	const char *text = fake_xenbus_read(FAKE_FRONT, VMSG_XEN_NODE_BUS_REF);
	u32 ref;

	if (!text || kstrtou32(text, 10, &ref) || !fake_backend_attach(be, ref))
		be->odd++;
}

/* What a state of the frontend's is followed by; -1: by nothing. */
static int follow(struct fake_backend *be, enum xenbus_state front)
{
	if (be->at == front && front != XenbusStateUnknown) {
		be->at = XenbusStateUnknown;
		return be->says;
	}

	switch (front) {
	case XenbusStateInitialising:
		return XenbusStateInitWait;
	case XenbusStateInitialised:
		attach(be);
		return XenbusStateConnected;
	case XenbusStateClosing:
		return XenbusStateClosed;
	default:
		return -1;
	}
}

static void state_work(struct work_struct *work)
{
	struct fake_backend *be = container_of(work, struct fake_backend,
					       state_work);
	int state = be->silent ? -1 : follow(be, READ_ONCE(be->front));

	if (state < 0)
		return;
	if (state == XenbusStateClosed || state == XenbusStateUnknown)
		fake_backend_let_go(be);
	fake_xenbus_state(state);
}

static void front_switched(enum xenbus_state state)
{
	WRITE_ONCE(fake_backend->front, state);
	schedule_work(&fake_backend->state_work);
}

/* After fake_xenbus_reset(): follow the frontend's states again. */
void fake_backend_listen(void)
{
	flush_work(&fake_backend->state_work);
	fake_xenbus.switched = front_switched;
}

/* ---- the virtio driver ---- */

static void drv_callback(struct virtqueue *vq)
{
	fake_driver.callbacks++;
}

static int drv_probe(struct virtio_device *vdev)
{
	static const char * const names[FAKE_VQS] = { "first", "second" };

	fake_driver.probes++;
	if (fake_driver.hang) {
		WRITE_ONCE(fake_driver.hanging, true);
		wait_for_completion(&fake_driver.go);
	}
	fake_driver.err = fake_find_vqs(vdev, FAKE_VQS, fake_driver.vqs, names,
					drv_callback);
	/* The first virtqueue may be there already: it has to be forgotten. */
	if (fake_driver.err)
		virtio_reset_device(vdev);
	else
		fake_driver.vdev = vdev;
	return fake_driver.err;
}

static void drv_remove(struct virtio_device *vdev)
{
	fake_driver.removes++;
	fake_driver.vdev = NULL;
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
}

static const struct virtio_device_id drv_ids[] = {
	{ FAKE_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{ VIRTIO_ID_BLOCK, VIRTIO_DEV_ANY_ID },
	{}
};

static const unsigned int drv_features[] = {
	VIRTIO_NET_F_MRG_RXBUF, VIRTIO_BLK_F_ZONED,
};

static struct virtio_driver virtio_drv = {
	.driver.name = "vxen-kunit",
	.driver.owner = THIS_MODULE,
	.feature_table = drv_features,
	.feature_table_size = ARRAY_SIZE(drv_features),
	.id_table = drv_ids,
	.probe = drv_probe,
	.remove = drv_remove,
};

/* ---- for suites ---- */

/* The driver is there; the device is not plugged in yet. */
int fake_backend_init(struct kunit *test)
{
	struct fake_backend *be = kunit_kzalloc(test, sizeof(*be), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!be)
		return -ENOMEM;

	fake_fail_nth(0);
	fake_grants_reset();
	fake_events_reset();
	fake_xenbus_reset();
	memset(&fake_driver, 0, sizeof(fake_driver));
	init_completion(&fake_driver.go);
	fake_backend = be;
	fake_bus_init_model(&be->model);
	for (i = 0; i < FAKE_MAX_VQS; i++)
		be->model.vqs[i].added = true;
	be->features = BIT(VMSG_XEN_F_QUEUE_PORTS) |
		       BIT(VMSG_XEN_F_SINGLE_GRANTS);
	be->max_windows = VXEN_MAX_WINDOWS;
	INIT_WORK(&be->msg_work, msg_work);
	INIT_WORK(&be->state_work, state_work);
	fake_backend_listen();
	/* Shorter than anything that a test waits for. */
	vxen_timeout_ms = 1000;

	err = register_virtio_driver(&virtio_drv);
	if (err)
		return err;
	vxen_debugfs_init();
	err = vxen_frontend_init();
	if (err) {
		vxen_debugfs_exit();
		unregister_virtio_driver(&virtio_drv);
		return err;
	}
	test->priv = be;
	return 0;
}

/* All that the device has taken has been given back. */
void fake_backend_expect_nothing(struct kunit *test)
{
	fake_grants_expect_empty(test);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 0);
	KUNIT_EXPECT_EQ(test, fake_events.nonsense, 0U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.open, 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_driver.vdev, NULL);
}

void fake_backend_exit(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	if (!be)
		return;

	fake_fail_nth(0);
	complete_all(&fake_driver.go);
	fake_xenbus_unplug();
	vxen_frontend_exit();
	vxen_debugfs_exit();
	fake_events.peer = NULL;
	fake_xenbus.switched = NULL;
	cancel_work_sync(&be->state_work);
	cancel_work_sync(&be->msg_work);
	unregister_virtio_driver(&virtio_drv);
	/* What a test has had the backend hold. */
	fake_grants_let_go();
	vxen_revoke_exit();
	KUNIT_EXPECT_EQ(test, be->odd, 0U);
	KUNIT_EXPECT_EQ(test, be->model.malformed, 0U);
	fake_backend_expect_nothing(test);
	fake_grants_reset();
	fake_backend = NULL;
}

/* Have the pool grow: that is only done for windows that are used. */
void fake_backend_grow(struct kunit *test)
{
	struct device *dev = &fake_xenbus.xdev->dev;
	struct vxen_pool *pool = &fake_vx()->dma.pool;
	unsigned int i, nr = pool->nr;
	dma_addr_t addr[FAKE_PIECES];
	void *piece[FAKE_PIECES];

	for (i = 0; i < FAKE_PIECES; i++)
		piece[i] = dma_alloc_coherent(dev, SZ_128K, &addr[i],
					      GFP_KERNEL);
	vxen_pool_grow(pool);
	KUNIT_EXPECT_TRUE(test, fake_until(READ_ONCE(pool->nr) > nr));
	for (i = 0; i < FAKE_PIECES; i++)
		if (piece[i])
			dma_free_coherent(dev, SZ_128K, piece[i], addr[i]);
}

/* Plug the device in, and wait until it is connected. */
struct vxen_device *fake_backend_plug(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_ASSERT_TRUE(test, fake_front_is(XenbusStateConnected));
	KUNIT_ASSERT_EQ(test, fake_driver.err, 0);
	return fake_vx();
}
