// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus.c - the Xen bus: messages over a granted page and an event channel
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "Bus page" and "Messages".
 *
 * Requests are made one at a time in process context: put into the ring, then
 * wait for the response, which the interrupt handler copies out. The handler
 * matches a response by its whole header; what does not match, and what is
 * malformed, is dropped. Events go to the client.
 *
 * The bus is open from vxen_bus_open() to vxen_bus_close(). In between it may
 * break, once and for good: a request was not answered in time, the backend
 * broke the rings, or it went away. From then on every request fails at once,
 * and the one that waits is woken. The first reason is logged, the rest is
 * not.
 *
 * The handler takes at most one ring of messages for one interrupt, and tells
 * Xen when an interrupt came for nothing, so that a backend which sends
 * events without end is slowed down (XSA-391).
 *
 * A bus without xenstore has its page and its event channel where both ends
 * were told that they are, and keeps them for as long as the driver is bound
 * (static.c). Connections come and go on it: vxen_bus_start(), vxen_bus_stop().
 * In between nothing but the words for the states is used, so the bus is as if
 * broken.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <xen/events.h>

#include "bus.h"
#include "device.h"
#include "grants.h"
#include "ports.h"
#include "revoke.h"

/**
 * vxen_bus_break() - stop using a bus
 * @bus: the bus
 * @fmt: the reason, as for printk, without a line end
 *
 * Context: any. Only the first call does and logs something.
 */
void vxen_bus_break(struct vxen_bus *bus, const char *fmt, ...)
{
	struct va_format vaf;
	unsigned long flags;
	bool was_broken;
	va_list args;

	spin_lock_irqsave(&bus->resp_lock, flags);
	was_broken = bus->broken;
	WRITE_ONCE(bus->broken, true);
	spin_unlock_irqrestore(&bus->resp_lock, flags);
	if (was_broken)
		return;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	dev_err(bus->dev, "device is broken: %pV\n", &vaf);
	va_end(args);

	complete(&bus->answered);
	wake_up_all(&bus->room);
	bus->client->broken(bus);
}

static void receive_response(struct vxen_bus *bus,
			     const struct vmsg_header *msg, size_t size)
{
	size_t len = size - sizeof(*msg);
	unsigned long flags;

	spin_lock_irqsave(&bus->resp_lock, flags);
	if (bus->awaiting && len <= bus->resp_max &&
	    msg->type == bus->expected.type &&
	    msg->msg_id == bus->expected.msg_id &&
	    msg->dev_num == bus->expected.dev_num &&
	    msg->token == bus->expected.token) {
		memcpy(bus->resp, msg + 1, len);
		bus->resp_len = len;
		bus->awaiting = false;
		complete(&bus->answered);
	} else {
		dev_warn_ratelimited(bus->dev,
				     "response to message 0x%02x dropped: not awaited\n",
				     msg->msg_id);
	}
	spin_unlock_irqrestore(&bus->resp_lock, flags);
}

static void receive(struct vxen_bus *bus, struct vmsg_header *msg)
{
	size_t size = le16_to_cpu(msg->msg_size);

	msg->type &= VMSG_TYPE_MASK;
	if (size < sizeof(*msg) || size > VMSG_XEN_SLOT_SIZE)
		dev_warn_ratelimited(bus->dev,
				     "message 0x%02x dropped: its size is %zu\n",
				     msg->msg_id, size);
	else if (msg->type & VMSG_TYPE_RESPONSE)
		receive_response(bus, msg, size);
	else if (msg->type == 0 && VMSG_ID_IS_EVENT(msg->msg_id))
		bus->client->event(bus, msg, size);
	else
		dev_warn_ratelimited(bus->dev,
				     "message 0x%02x of type %u dropped: unknown\n",
				     msg->msg_id, msg->type);
}

/* Publish a message; tx_lock is held. */
static int put_locked(struct vxen_bus *bus, const void *msg, size_t size)
{
	int err = vxen_ring_put(&bus->tx, msg, size);

	if (!err)
		notify_remote_via_irq(bus->irq);

	return err;
}

static int put_avail_locked(struct vxen_bus *bus, u16 dev_num, u32 vq_index)
{
	struct {
		struct vmsg_header hdr;
		struct vmsg_event_avail avail;
	} msg = {
		.hdr.msg_id = VMSG_EVENT_AVAIL,
		.hdr.dev_num = cpu_to_le16(dev_num),
		.hdr.msg_size = cpu_to_le16(sizeof(msg)),
		.avail.vq_index = cpu_to_le32(vq_index),
	};

	return put_locked(bus, &msg, sizeof(msg));
}

/* The device has made room in its ring: send what found none. */
static void flush_avail(struct vxen_bus *bus)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&bus->tx_lock, flags);
	for_each_set_bit(i, bus->avail_pending, VXEN_MAX_VQS) {
		if (put_avail_locked(bus, 0, i))
			break;
		__clear_bit(i, bus->avail_pending);
	}
	spin_unlock_irqrestore(&bus->tx_lock, flags);
}

static irqreturn_t vxen_bus_interrupt(int irq, void *data)
{
	u8 buf[VMSG_XEN_SLOT_SIZE] __aligned(8);
	struct vxen_bus *bus = data;
	bool may_wait;
	int i, used;

	/*
	 * That alone makes no event a useful one: a backend that does nothing
	 * else is slowed down, which does not hurt one that is honest.
	 */
	if (bus->changed)
		bus->changed(bus);

	/* Pairs with vxen_bus_start(): the rings are set up before. */
	if (smp_load_acquire(&bus->broken))
		goto spurious;

	used = vxen_ring_used(&bus->rx);
	if (used < 0) {
		vxen_bus_break(bus, "the backend's ring index is impossible");
		goto spurious;
	}

	for (i = 0; i < used; i++) {
		vxen_ring_take(&bus->rx, i, buf);
		receive(bus, (struct vmsg_header *)buf);
	}
	may_wait = vxen_ring_may_wait(&bus->rx, used);
	if (used)
		vxen_ring_release(&bus->rx, used);
	if (may_wait)
		notify_remote_via_irq(irq);

	flush_avail(bus);
	wake_up_all(&bus->room);

	xen_irq_lateeoi(irq, used ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;

spurious:
	xen_irq_lateeoi(irq, XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/* Returns true when there is nothing to wait for any more. */
static bool try_put(struct vxen_bus *bus, const void *msg, size_t size,
		    int *err)
{
	if (READ_ONCE(bus->broken)) {
		*err = -EIO;
		return true;
	}

	spin_lock_irq(&bus->tx_lock);
	*err = put_locked(bus, msg, size);
	spin_unlock_irq(&bus->tx_lock);

	return *err != -EAGAIN;
}

static int send_request(struct vxen_bus *bus, const struct vmsg_header *msg,
			size_t size)
{
	int err;

	if (!wait_event_timeout(bus->room, try_put(bus, msg, size, &err),
				msecs_to_jiffies(vxen_timeout_ms)))
		vxen_bus_break(bus, "no room for message 0x%02x for %u ms",
			       msg->msg_id, vxen_timeout_ms);
	else if (err == -EPROTO)
		vxen_bus_break(bus, "the backend's ring index is impossible");

	return err;
}

/*
 * From here on the interrupt handler leaves the caller's buffer alone. Returns
 * the length of the response, or an error if there was none.
 */
static int end_request(struct vxen_bus *bus)
{
	int ret;

	spin_lock_irq(&bus->resp_lock);
	ret = bus->awaiting ? -EIO : (int)bus->resp_len;
	bus->awaiting = false;
	spin_unlock_irq(&bus->resp_lock);

	return ret;
}

/* Wait for the response to what has been sent; its length, or an error. */
static int await_response(struct vxen_bus *bus, u8 msg_id)
{
	unsigned long left;
	int ret;

	left = wait_for_completion_timeout(&bus->answered,
					   msecs_to_jiffies(vxen_timeout_ms));
	ret = end_request(bus);
	if (ret < 0 && !left)
		vxen_bus_break(bus, "no answer to message 0x%02x for %u ms",
			       msg_id, vxen_timeout_ms);

	return ret;
}

/**
 * vxen_bus_request() - send a request and wait for its response
 * @bus: the bus
 * @type: 0 or VMSG_TYPE_BUS
 * @msg_id: VMSG_*
 * @dev_num: device number; 0 for a bus message
 * @req: payload of the request
 * @req_len: its bytes
 * @resp: room for the payload of the response
 * @resp_min: bytes that it must have
 * @resp_max: bytes that it may have
 *
 * Context: may sleep, for twice the module's timeout at most.
 * Return: bytes of payload in the response, or a negative errno: -EINVAL if
 * the request is too large, -EIO if the bus is broken, or breaks by this.
 */
int vxen_bus_request(struct vxen_bus *bus, u8 type, u8 msg_id, u16 dev_num,
		     const void *req, size_t req_len, void *resp,
		     size_t resp_min, size_t resp_max)
{
	u8 buf[VMSG_XEN_MAX_MSG_SIZE] __aligned(8);
	struct vmsg_header *msg = (struct vmsg_header *)buf;
	size_t size = sizeof(*msg) + req_len;
	int ret;

	if (size > sizeof(buf))
		return -EINVAL;

	mutex_lock(&bus->req_lock);

	msg->type = type;
	msg->msg_id = msg_id;
	msg->dev_num = cpu_to_le16(dev_num);
	msg->token = cpu_to_le16(le16_to_cpu(bus->expected.token) + 1);
	msg->msg_size = cpu_to_le16(size);
	memcpy(msg + 1, req, req_len);

	spin_lock_irq(&bus->resp_lock);
	bus->expected = *msg;
	bus->expected.type |= VMSG_TYPE_RESPONSE;
	bus->resp = resp;
	bus->resp_max = resp_max;
	bus->awaiting = true;
	/* A broken bus stays completed: nobody waits on it any more. */
	if (!bus->broken)
		reinit_completion(&bus->answered);
	spin_unlock_irq(&bus->resp_lock);

	ret = send_request(bus, msg, size);
	if (!ret)
		ret = await_response(bus, msg_id);
	else
		end_request(bus);

	mutex_unlock(&bus->req_lock);

	if (ret >= 0 && ret < resp_min) {
		vxen_bus_break(bus,
			       "answer to message 0x%02x has %d bytes, not %zu",
			       msg_id, ret, resp_min);
		ret = -EIO;
	}

	return ret < 0 ? -EIO : ret;
}

/**
 * vxen_bus_status_request() - make a bus request that is answered by a status
 * @bus: the bus
 * @msg_id: VMSG_XEN_*
 * @req: payload
 * @req_len: its bytes
 *
 * Context: may sleep.
 * Return: 0, -EIO if the bus is broken, -EREMOTEIO if the backend refused.
 */
int vxen_bus_status_request(struct vxen_bus *bus, u8 msg_id, const void *req,
			    size_t req_len)
{
	struct vmsg_xen_status resp;
	u32 status;
	int ret;

	ret = vxen_bus_request(bus, VMSG_TYPE_BUS, msg_id, 0, req, req_len,
			       &resp, sizeof(resp), sizeof(resp));
	if (ret < 0)
		return ret;

	status = le32_to_cpu(resp.status);
	if (status == VMSG_XEN_OK)
		return 0;

	dev_err(bus->dev, "message 0x%02x was refused: status %u\n",
		msg_id, status);
	return -EREMOTEIO;
}

/**
 * vxen_bus_hello() - agree on the bus's features
 * @bus: the bus
 * @features: 1 << VMSG_XEN_F_* that this end has
 *
 * Context: may sleep.
 * Return: 0, -EIO if the bus is broken, -EPROTO if the backend agreed to what
 * it was not asked, or to a message size that cannot be.
 */
int vxen_bus_hello(struct vxen_bus *bus, u32 features)
{
	struct vmsg_xen_hello req = {
		.version = cpu_to_le32(VMSG_XEN_VERSION),
		.features = cpu_to_le32(features),
		.max_msg_size = cpu_to_le32(VMSG_XEN_MAX_MSG_SIZE),
	};
	struct vmsg_xen_hello resp;
	u32 agreed;
	int ret;

	ret = vxen_bus_request(bus, VMSG_TYPE_BUS, VMSG_XEN_HELLO, 0, &req,
			       sizeof(req), &resp, sizeof(resp), sizeof(resp));
	if (ret < 0)
		return ret;

	agreed = le32_to_cpu(resp.features);
	/*
	 * Version 1 has one message size only; a backend that cannot take it
	 * could not have checked the bus page.
	 */
	if (resp.version != req.version ||
	    resp.max_msg_size != req.max_msg_size || agreed & ~features ||
	    !resp.max_windows) {
		vxen_bus_break(bus, "the backend's HELLO makes no sense");
		return -EPROTO;
	}

	bus->features = agreed;
	bus->max_windows = le32_to_cpu(resp.max_windows);
	return 0;
}

/**
 * vxen_bus_avail() - tell the device in a message that buffers are available
 * @bus: the bus
 * @dev_num: device number
 * @vq_index: virtqueue, less than VXEN_MAX_VQS
 *
 * For virtqueues without an event channel of their own. If the ring is full
 * the message is sent later, when the device has made room.
 *
 * Context: any.
 */
void vxen_bus_avail(struct vxen_bus *bus, u16 dev_num, u32 vq_index)
{
	unsigned long flags;

	spin_lock_irqsave(&bus->tx_lock, flags);
	if (!READ_ONCE(bus->broken) &&
	    put_avail_locked(bus, dev_num, vq_index) == -EAGAIN)
		__set_bit(vq_index, bus->avail_pending);
	spin_unlock_irqrestore(&bus->tx_lock, flags);
}

static struct page *make_page(struct vxen_bus *bus)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct vmsg_xen_bus_page *header;

	BUILD_BUG_ON(sizeof(struct vmsg_xen_bus_page) != VXEN_FRAME_SIZE);

	if (!page)
		return NULL;

	header = page_address(page);
	header->magic = cpu_to_le32(VMSG_XEN_MAGIC);
	header->version = cpu_to_le16(VMSG_XEN_VERSION);
	header->slot_size = cpu_to_le16(VMSG_XEN_SLOT_SIZE);
	header->slots = cpu_to_le16(VMSG_XEN_SLOTS);
	bus->page = header;

	return page;
}

static void init_bus(struct vxen_bus *bus, struct device *dev,
		     struct vxen_grantee *to,
		     const struct vxen_bus_client *client)
{
	bus->dev = dev;
	bus->to = to;
	bus->client = client;
	bus->changed = NULL;
	bus->broken = true;
	spin_lock_init(&bus->tx_lock);
	spin_lock_init(&bus->resp_lock);
	mutex_init(&bus->req_lock);
	init_waitqueue_head(&bus->room);
	init_completion(&bus->answered);
}

static int bind_port(struct vxen_bus *bus)
{
	int irq = bind_evtchn_to_irqhandler_lateeoi(bus->port,
						    vxen_bus_interrupt, 0,
						    dev_name(bus->dev), bus);

	if (irq < 0)
		return irq;
	bus->irq = irq;

	return 0;
}

/**
 * vxen_bus_open() - grant a bus page and make its event channel
 * @bus: zeroed
 * @dev: whose bus it is
 * @to: whom the page is granted to
 * @client: who is told of events
 *
 * The bus is started.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -ENOSPC if the grant table is full, or what Xen says to
 * another event channel.
 */
int vxen_bus_open(struct vxen_bus *bus, struct device *dev,
		  struct vxen_grantee *to,
		  const struct vxen_bus_client *client)
{
	struct page *page;
	int err;

	init_bus(bus, dev, to, client);
	bus->fixed = false;
	page = make_page(bus);
	if (!page)
		return -ENOMEM;

	err = vxen_grant_pages(to, &page, 1, &bus->page_ref);
	if (err) {
		__free_page(page);
		goto err_page;
	}

	err = vxen_port_alloc(to->domid, &bus->port);
	if (err)
		goto err_grant;

	vxen_bus_start(bus);
	err = bind_port(bus);
	if (err)
		goto err_port;

	return 0;

err_port:
	vxen_port_close(bus->port);
err_grant:
	vxen_revoke_pages(bus->to, &page, 1, bus->page_ref);
err_page:
	bus->page = NULL;
	return err;
}

/**
 * vxen_bus_open_fixed() - grant a bus page where both ends expect it
 * @bus: zeroed
 * @dev: whose bus it is
 * @to: whom the page is granted to
 * @client: who is told of events
 * @at: where
 *
 * The bus is not started. The driver's state in the page is Initialising.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or -EBUSY if the reference grants a page already that is
 * still mapped.
 */
int vxen_bus_open_fixed(struct vxen_bus *bus, struct device *dev,
			struct vxen_grantee *to,
			const struct vxen_bus_client *client,
			const struct vxen_bus_place *at)
{
	struct page *page;
	int err;

	init_bus(bus, dev, to, client);
	bus->fixed = true;
	bus->changed = at->changed;
	bus->page_ref = at->ref;
	bus->port = at->port;
	page = make_page(bus);
	if (!page)
		return -ENOMEM;

	/* The backend may look as soon as the page is granted. */
	bus->page->driver_state = cpu_to_le32(VMSG_XEN_INITIALISING);
	err = vxen_grant_fixed(to, page, at->ref);
	if (err) {
		__free_page(page);
		goto err_page;
	}

	err = bind_port(bus);
	if (err)
		goto err_grant;

	return 0;

err_grant:
	vxen_revoke_fixed(to, page, at->ref);
err_page:
	bus->page = NULL;
	return err;
}

/**
 * vxen_bus_start() - begin a connection
 * @bus: the bus, open and not started
 *
 * Context: process context.
 */
void vxen_bus_start(struct vxen_bus *bus)
{
	struct vmsg_xen_bus_page *page = bus->page;

	bus->awaiting = false;
	bus->features = 0;
	bitmap_zero(bus->avail_pending, VXEN_MAX_VQS);
	reinit_completion(&bus->answered);

	/* Those that this end writes; the device has seen to its own. */
	WRITE_ONCE(page->driver_prod, 0);
	WRITE_ONCE(page->device_cons, 0);
	bus->tx = (struct vxen_ring) {
		.prod = &page->driver_prod,
		.cons = &page->driver_cons,
		.slots = page->driver_ring,
	};
	bus->rx = (struct vxen_ring) {
		.prod = &page->device_prod,
		.cons = &page->device_cons,
		.slots = page->device_ring,
	};

	/* Pairs with the interrupt handler's acquire. */
	smp_store_release(&bus->broken, false);
}

/**
 * vxen_bus_stop() - end a connection
 * @bus: the bus; no request may be under way
 *
 * Context: may sleep.
 */
void vxen_bus_stop(struct vxen_bus *bus)
{
	spin_lock_irq(&bus->resp_lock);
	WRITE_ONCE(bus->broken, true);
	spin_unlock_irq(&bus->resp_lock);
	vxen_bus_synchronize(bus);
}

/**
 * vxen_bus_close() - undo vxen_bus_open() or vxen_bus_open_fixed()
 * @bus: the bus; no request may be under way
 *
 * Context: may sleep.
 */
void vxen_bus_close(struct vxen_bus *bus)
{
	struct page *page = virt_to_page(bus->page);
	unsigned int busy;

	/* Closes the port as well; Xen keeps one that it has made itself. */
	unbind_from_irqhandler(bus->irq, bus);
	busy = bus->fixed ?
		       vxen_revoke_fixed(bus->to, page, bus->page_ref) :
		       vxen_revoke_pages(bus->to, &page, 1, bus->page_ref);
	if (busy)
		dev_warn(bus->dev,
			 "the backend still has the bus page mapped: it is held back\n");
	bus->page = NULL;
}

/**
 * vxen_bus_synchronize() - wait until no event is being delivered
 * @bus: the bus
 *
 * Context: may sleep.
 */
void vxen_bus_synchronize(struct vxen_bus *bus)
{
	synchronize_irq(bus->irq);
}
