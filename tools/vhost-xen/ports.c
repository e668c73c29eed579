// SPDX-License-Identifier: GPL-2.0-only
/*
 * ports.c - event channels of a device
 *
 * Theory of operation
 *
 * All ports of a device come out of one evtchn file. This is the way of each
 * notification from the guest, so it takes as few system calls as there can
 * be: one read() yields all ports that have fired (libxenevtchn's call would
 * yield one), one write() to an eventfd wakes the backend for each queue, and
 * one write() unmasks all of the ports. The backend is woken before the ports
 * are unmasked. An event that comes in between stays pending in the
 * hypervisor and fires at the unmask, so none is lost.
 *
 * The other direction is in link.c: an eventfd, watched edge-triggered so that
 * it need not be read, and one ioctl to send the event.
 *
 * What is left is the wake-up itself, and with it the way out of the backend's
 * process, or the kernel, into ours. The module vhost_xen saves it: it binds a
 * queue's port itself and ties it to both eventfds, and then we do not hear of
 * that queue's notifications at all. Not so where the backend is to hear of a
 * notification from us, as a shadowed one does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"
#include "ports.h"
#include "util.h"
#include "vhost_xen.h"

#define BATCH		64
/* In <xen/evtchn.h> of newer systems as IOCTL_EVTCHN_BIND_STATIC. */
#define IOCTL_BIND_STATIC	_IOC(_IOC_NONE, 'E', 7, sizeof(unsigned int))
#define MAX_PORT	131072		/* FIFO event channels */

static void ports_ready(struct io *io, uint32_t events)
{
	struct ports *p = container_of(io, struct ports, io);
	evtchn_port_t fired[BATCH];
	bool message = false;
	ssize_t n, done;
	unsigned int i;

	(void)events;
	n = read(io->fd, fired, sizeof(fired));
	if (n <= 0)
		return;
	for (i = 0; i < n / sizeof(fired[0]); i++) {
		evtchn_port_t port = fired[i];

		if (port < p->queue_of_len && p->queue_of[port])
			device_kick(p->dev, p->queue_of[port] - 1);
		else if (port == p->bus_port)
			message = true;
	}
	done = write(io->fd, fired, n);
	if (done != n)
		log_err("event channels can't be unmasked: %s", strerror(errno));
	if (message)
		p->on_message(p);
}

/**
 * ports_open() - Get ready for event channels
 * @p: @dev, @on_message and @on_tied are set by the caller
 * @loop: to watch them
 * @domid: the guest
 * @kernel: have the kernel pass notifications on, if it can
 *
 * Return: 0 or a negative errno
 */
int ports_open(struct ports *p, struct loop *loop, uint16_t domid, bool kernel)
{
	int err;

	p->domid = domid;
	p->bus_port = 0;
	p->queue_of = NULL;
	p->queue_of_len = 0;
	p->io.ready = ports_ready;
	p->io.fd = -1;
	p->tie_fd = kernel ? open(VHOST_XEN_DEVICE, O_RDWR | O_CLOEXEC) : -1;
	if (kernel && p->tie_fd < 0)
		log_debug(VHOST_XEN_DEVICE ": %s: notifications go through this process",
			  strerror(errno));
	p->xce = xenevtchn_open(NULL, 0);
	if (!p->xce) {
		err = -errno;
		close_fd(&p->tie_fd);
		return err;
	}
	err = loop_add(loop, &p->io, xenevtchn_fd(p->xce), EPOLLIN);
	if (err)
		ports_close(p, loop);
	return err;
}

/**
 * ports_close() - Close all event channels of the device
 * @p: the ports; nothing happens if they are closed already
 * @loop: as given to ports_open()
 */
void ports_close(struct ports *p, struct loop *loop)
{
	unsigned int i;

	if (!p->xce)
		return;
	loop_del(loop, &p->io);
	/* These unbind them all. */
	close_fd(&p->tie_fd);
	xenevtchn_close(p->xce);
	memset(p->tied, 0, sizeof(p->tied));
	p->xce = NULL;
	p->bus_port = 0;
	free(p->queue_of);
	p->queue_of = NULL;
	p->queue_of_len = 0;
	for (i = 0; i < MAX_QUEUES; i++)
		p->dev->queues[i].port = 0;
}

/**
 * ports_bind_bus() - Bind the port for messages
 * @p: the ports
 * @remote: the guest's port
 *
 * Return: 0 or a negative errno
 */
int ports_bind_bus(struct ports *p, uint32_t remote)
{
	xenevtchn_port_or_error_t port = xenevtchn_bind_interdomain(p->xce, p->domid, remote);

	if (port < 0)
		return -errno;
	p->bus_port = port;
	return 0;
}

/**
 * ports_bind_static() - Take a port that the hypervisor has made itself
 * @p: the ports
 * @port: our end, which is the port for messages from now on
 *
 * libxenevtchn knows nothing of such ports, and Linux since 6.6. It does not
 * close them when we do.
 *
 * Return: 0 or a negative errno; -ENOSYS if the kernel is too old
 */
int ports_bind_static(struct ports *p, uint32_t port)
{
	struct {
		unsigned int port;
	} bind = { .port = port };

	if (ioctl(xenevtchn_fd(p->xce), IOCTL_BIND_STATIC, &bind) < 0)
		return -errno;
	p->bus_port = port;
	return 0;
}

static int reserve(struct ports *p, uint32_t port)
{
	uint32_t len = port + 1;
	uint8_t *t;

	if (port >= MAX_PORT)
		return -ENOSPC;
	if (len <= p->queue_of_len)
		return 0;
	t = realloc(p->queue_of, len);
	if (!t)
		return -ENOMEM;
	memset(t + p->queue_of_len, 0, len - p->queue_of_len);
	p->queue_of = t;
	p->queue_of_len = len;
	return 0;
}

/* Have the kernel connect a port with the queue's eventfds. */
static int tie_queue(struct ports *p, unsigned int index, uint32_t remote)
{
	struct vqueue *q = &p->dev->queues[index];
	struct vhost_xen_tie tie = {
		.remote_port = remote, .domid = p->domid,
		.kick = q->kick, .call = q->call,
	};

	if (ioctl(p->tie_fd, VHOST_XEN_TIE, &tie) < 0)
		return -errno;
	p->tied[index] = true;
	q->port = tie.port;
	p->on_tied(p, index, true);
	return 0;
}

static void untie_queue(struct ports *p, unsigned int index)
{
	struct vqueue *q = &p->dev->queues[index];

	if (ioctl(p->tie_fd, VHOST_XEN_UNTIE, &q->port) < 0)
		log_err("port %u can't be untied: %s", q->port, strerror(errno));
	p->tied[index] = false;
	q->port = 0;
	p->on_tied(p, index, false);
}

static int bind_queue(struct device *dev, unsigned int index, uint32_t remote)
{
	struct ports *p = dev->ports_priv;
	xenevtchn_port_or_error_t port;
	int err;

	/* A port number beyond this wraps on its way through the hypercall. */
	if (remote >= MAX_PORT)
		return -EINVAL;
	if (p->tie_fd >= 0 && !dev->be->ops->kick)
		return tie_queue(p, index, remote);
	port = xenevtchn_bind_interdomain(p->xce, p->domid, remote);
	if (port < 0)
		return -errno;
	err = reserve(p, port);
	if (err) {
		xenevtchn_unbind(p->xce, port);
		return err;
	}
	p->queue_of[port] = index + 1;
	dev->queues[index].port = port;
	return 0;
}

static void unbind_queue(struct device *dev, unsigned int index)
{
	struct ports *p = dev->ports_priv;
	uint32_t port = dev->queues[index].port;

	if (p->tied[index]) {
		untie_queue(p, index);
		return;
	}
	p->queue_of[port] = 0;
	dev->queues[index].port = 0;
	if (xenevtchn_unbind(p->xce, port) < 0)
		log_err("port %u can't be unbound: %s", port, strerror(errno));
}

/**
 * ports_close_queues() - Close all event channels but that for messages
 * @p: the ports
 */
void ports_close_queues(struct ports *p)
{
	unsigned int i;

	for (i = 0; i < MAX_QUEUES; i++)
		if (p->dev->queues[i].port)
			unbind_queue(p->dev, i);
}

const struct port_ops xen_port_ops = { .bind = bind_queue, .unbind = unbind_queue };
