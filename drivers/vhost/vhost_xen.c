// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_xen.c - ties event channels to eventfds
 *
 * Theory of operation
 * -------------------
 * For the backend's domain. A virtqueue's event channel carries notifications
 * both ways; vhost and vhost-user know an eventfd for each way. Bringing the
 * two together takes a process, a wake-up and some system calls for each
 * notification, or a tie made here: an event signals the one eventfd from the
 * interrupt, and signalling the other sends an event from where that is done.
 *
 * Ties belong to the open file that they were made through and go with it. The
 * file's lock is held by who makes or undoes one; interrupts and signals take
 * no lock of ours. A tie's wait queue entry is gone before its interrupt is,
 * and the interrupt before the memory.
 *
 * Nobody tells us when the backend has seen a notification, so an event is
 * acknowledged at once, and the guest may send the next one. One that sends
 * without end has its channel masked for the rest of the tick (XSA-391).
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "../../include/vhost_xen.h"

/* More than a guest has reason to send through one channel: 200,000 a second. */
#define EVENTS_PER_TICK		(200000 / HZ)

/**
 * struct ties - what an open file stands for
 * @lock: held by who changes the others
 * @list: of struct tie
 * @nr: how many
 */
struct ties {
	struct mutex lock;	/* of list and nr */
	struct list_head list;
	unsigned int nr;
};

/**
 * struct tie - an event channel with its eventfds
 * @list: in struct ties
 * @port: our end of the channel
 * @irq: interrupt that it is bound to
 * @kick: is signalled by the interrupt
 * @call: sends an event when it is signalled
 * @wait: in @call's wait queue
 * @pt: with which it got there
 * @tick: of @events; both are the interrupt's
 * @events: since then
 * @unmask: acknowledges the event that was one too many
 * @masked: interrupt of that event
 * @name: of the interrupt
 */
struct tie {
	struct list_head list;
	evtchn_port_t port;
	int irq;
	struct eventfd_ctx *kick;
	struct eventfd_ctx *call;
	wait_queue_entry_t wait;
	poll_table pt;
	unsigned long tick;
	unsigned int events;
	struct delayed_work unmask;
	int masked;
	char name[32];
};

static irqreturn_t guest_event(int irq, void *data)
{
	struct tie *t = data;
	unsigned long now = jiffies;

	eventfd_signal(t->kick);

	if (t->tick != now) {
		t->tick = now;
		t->events = 0;
	}
	/* It does not come again before it is acknowledged. */
	if (++t->events <= EVENTS_PER_TICK) {
		xen_irq_lateeoi(irq, 0);
	} else {
		t->masked = irq;
		schedule_delayed_work(&t->unmask, 1);
	}

	return IRQ_HANDLED;
}

static void unmask(struct work_struct *work)
{
	struct tie *t = container_of(to_delayed_work(work), struct tie, unmask);

	xen_irq_lateeoi(t->masked, 0);
}

/* Called with the wait queue's lock held, and interrupts off. */
static int backend_signal(wait_queue_entry_t *wait, unsigned int mode,
			  int sync, void *key)
{
	struct tie *t = container_of(wait, struct tie, wait);

	if (key_to_poll(key) & EPOLLIN)
		notify_remote_via_irq(t->irq);
	return 0;
}

static void add_to_queue(struct file *file, wait_queue_head_t *head,
			 poll_table *pt)
{
	struct tie *t = container_of(pt, struct tie, pt);

	add_wait_queue(head, &t->wait);
}

static void close_port(evtchn_port_t port)
{
	struct evtchn_close close = { .port = port };

	/* It is ours: there is no reason to refuse. */
	WARN_ON(HYPERVISOR_event_channel_op(EVTCHNOP_close, &close));
}

static int bind_port(struct tie *t, const struct vhost_xen_tie *arg)
{
	struct evtchn_bind_interdomain bind = {
		.remote_dom = arg->domid,
		.remote_port = arg->remote_port,
	};
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &bind);
	if (err)
		return err;

	t->port = bind.local_port;
	snprintf(t->name, sizeof(t->name), "vhost-xen-%u-%u", arg->domid,
		 arg->remote_port);
	err = bind_evtchn_to_irqhandler_lateeoi(t->port, guest_event, 0,
						t->name, t);
	if (err < 0) {
		close_port(t->port);
		return err;
	}

	/* Nothing that an event does needs it: there may have been one. */
	t->irq = err;
	return 0;
}

static void unbind_port(struct tie *t)
{
	/* The interrupt starts the work, so it must be over first. */
	disable_irq(t->irq);
	cancel_delayed_work_sync(&t->unmask);
	/* Closes the port as well. */
	unbind_from_irqhandler(t->irq, t);
}

/* Have the eventfd's signals send events. */
static int watch_call(struct tie *t, int fd)
{
	struct file *file = eventfd_fget(fd);

	if (IS_ERR(file))
		return PTR_ERR(file);

	t->call = eventfd_ctx_fileget(file);
	if (IS_ERR(t->call)) {
		fput(file);
		return PTR_ERR(t->call);
	}

	init_waitqueue_func_entry(&t->wait, backend_signal);
	init_poll_funcptr(&t->pt, add_to_queue);
	/* What was signalled before nobody has told the guest of. */
	if (vfs_poll(file, &t->pt) & EPOLLIN)
		notify_remote_via_irq(t->irq);
	fput(file);
	return 0;
}

static void unwatch_call(struct tie *t)
{
	u64 count;

	eventfd_ctx_remove_wait_queue(t->call, &t->wait, &count);
	eventfd_ctx_put(t->call);
}

static struct tie *make_tie(const struct vhost_xen_tie *arg)
{
	struct tie *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	int err;

	if (!t)
		return ERR_PTR(-ENOMEM);

	INIT_DELAYED_WORK(&t->unmask, unmask);
	t->kick = eventfd_ctx_fdget(arg->kick);
	if (IS_ERR(t->kick)) {
		err = PTR_ERR(t->kick);
		goto err_free;
	}
	err = bind_port(t, arg);
	if (err)
		goto err_kick;
	err = watch_call(t, arg->call);
	if (err)
		goto err_port;
	return t;

err_port:
	unbind_port(t);
err_kick:
	eventfd_ctx_put(t->kick);
err_free:
	kfree(t);
	return ERR_PTR(err);
}

static void undo_tie(struct ties *ties, struct tie *t)
{
	list_del(&t->list);
	ties->nr--;
	unwatch_call(t);
	unbind_port(t);
	eventfd_ctx_put(t->kick);
	kfree(t);
}

static long tie(struct ties *ties, struct vhost_xen_tie __user *user)
{
	struct vhost_xen_tie arg;
	struct tie *t;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.pad || arg.domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (ties->nr >= VHOST_XEN_MAX_TIES)
		return -ENOSPC;

	t = make_tie(&arg);
	if (IS_ERR(t))
		return PTR_ERR(t);

	list_add(&t->list, &ties->list);
	ties->nr++;
	if (put_user(t->port, &user->port)) {
		undo_tie(ties, t);
		return -EFAULT;
	}
	return 0;
}

static long untie(struct ties *ties, const u32 __user *user)
{
	struct tie *t;
	u32 port;

	if (get_user(port, user))
		return -EFAULT;

	list_for_each_entry(t, &ties->list, list) {
		if (t->port == port) {
			undo_tie(ties, t);
			return 0;
		}
	}
	return -ENOENT;
}

static long vhost_xen_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct ties *ties = file->private_data;
	void __user *user = (void __user *)arg;
	long ret = -ENOTTY;

	mutex_lock(&ties->lock);
	if (cmd == VHOST_XEN_TIE)
		ret = tie(ties, user);
	else if (cmd == VHOST_XEN_UNTIE)
		ret = untie(ties, user);
	mutex_unlock(&ties->lock);

	return ret;
}

static int vhost_xen_open(struct inode *inode, struct file *file)
{
	struct ties *ties = kzalloc(sizeof(*ties), GFP_KERNEL);

	if (!ties)
		return -ENOMEM;

	mutex_init(&ties->lock);
	INIT_LIST_HEAD(&ties->list);
	file->private_data = ties;
	return stream_open(inode, file);
}

static int vhost_xen_release(struct inode *inode, struct file *file)
{
	struct ties *ties = file->private_data;
	struct tie *t, *next;

	list_for_each_entry_safe(t, next, &ties->list, list)
		undo_tie(ties, t);
	kfree(ties);
	return 0;
}

static const struct file_operations vhost_xen_fops = {
	.owner = THIS_MODULE,
	.open = vhost_xen_open,
	.release = vhost_xen_release,
	.unlocked_ioctl = vhost_xen_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* As /dev/xen/evtchn, it is for root: it opens other domains' channels. */
static struct miscdevice vhost_xen_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-xen",
	.fops = &vhost_xen_fops,
	.mode = 0600,
};

static int __init vhost_xen_init(void)
{
	if (!xen_domain())
		return -ENODEV;

	return misc_register(&vhost_xen_misc);
}

static void __exit vhost_xen_exit(void)
{
	misc_deregister(&vhost_xen_misc);
}

module_init(vhost_xen_init);
module_exit(vhost_xen_exit);

MODULE_DESCRIPTION("Event channels tied to eventfds, for virtio backends");
MODULE_LICENSE("GPL");
