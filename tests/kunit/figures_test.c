// SPDX-License-Identifier: GPL-2.0-only
/*
 * figures_test.c - protects what the administrator reads and sets: the files in
 *	debugfs, and the device's attributes
 *
 * They are read as any program reads them: found by their path, opened and read
 * through the file system.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uio.h>

#include "../../drivers/sysfs.h"
#include "fake_backend.h"

#define TEXT	4096
#define DEVICE	"virtio_xen/" FAKE_XENBUS_NAME "/"

static char *text;
static struct vfsmount *debugfs;

/* Read a file of debugfs into text; its bytes, or an error. */
static ssize_t read_text(const char *path)
{
	struct kvec vec = { .iov_base = text, .iov_len = TEXT - 1 };
	struct path root = { .mnt = debugfs, .dentry = debugfs->mnt_root };
	struct iov_iter iter;
	struct kiocb kiocb;
	struct file *file;
	ssize_t ret;

	memset(text, 0, TEXT);
	file = file_open_root(&root, path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	init_sync_kiocb(&kiocb, file);
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, vec.iov_len);
	ret = seq_read_iter(&kiocb, &iter);
	/* At once, not when this task ends. */
	__fput_sync(file);
	return ret;
}

/* The line "name value" of what was read. */
static bool has(const char *name, const char *value)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "%s %s\n", name, value);
	at = strstr(text, line);
	if (at && (at == text || at[-1] == '\n'))
		return true;
	pr_info("no line \"%s %s\" in:\n%s", name, value, text);
	return false;
}

static bool has_number(const char *name, unsigned long long value)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", value);
	return has(name, number);
}

/* ---- debugfs ---- */

static void an_idle_device_says_so(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	be->silent = true;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_GT(test, read_text(DEVICE "state"), 0L);
	KUNIT_EXPECT_STREQ(test, text, "state idle\nbackend_domid 7\n");
	KUNIT_EXPECT_GT(test, read_text(DEVICE "stat"), 0L);
	KUNIT_EXPECT_TRUE(test, has("windows", "0"));
	KUNIT_EXPECT_TRUE(test, has("grants", "0"));
	KUNIT_EXPECT_NULL(test, strstr(text, "queue"));
}

static void a_device_that_is_online_says_what_it_has(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;

	KUNIT_EXPECT_GT(test, read_text(DEVICE "state"), 0L);
	KUNIT_EXPECT_TRUE(test, has("state", "online"));
	KUNIT_EXPECT_TRUE(test, has_number("bus_ref", be->page_ref));
	KUNIT_EXPECT_TRUE(test, has_number("bus_port", FAKE_PORT));
	KUNIT_EXPECT_TRUE(test, has("bus_features", "0x3"));
	KUNIT_EXPECT_TRUE(test, has("broken", "0"));
	KUNIT_EXPECT_TRUE(test, has_number("window_kib",
					   be->windows[0].frames * 4));
	KUNIT_EXPECT_TRUE(test, has_number("window_first_ref",
					   be->windows[0].first_ref));
	KUNIT_EXPECT_TRUE(test, has_number("window_frames",
					   be->windows[0].frames));
	KUNIT_EXPECT_TRUE(test, has_number("device_id", FAKE_DEVICE_ID));
	KUNIT_EXPECT_TRUE(test, has("features", "0x0000000300008000"));
	KUNIT_EXPECT_TRUE(test, has("status", "0x0f"));

	fake_backend_grow(test);
	vxen_bus_break(&vx->bus, "the test says so");
	KUNIT_EXPECT_GT(test, read_text(DEVICE "state"), 0L);
	KUNIT_EXPECT_TRUE(test, has_number("window1_first_ref",
					   be->windows[1].first_ref));
	KUNIT_EXPECT_TRUE(test, has("broken", "1"));
}

static void figures_are_what_was_done(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx = fake_backend_plug(test);
	struct vmsg_vq *q = fake_driver.vqs[1]->priv;

	virtqueue_notify(fake_driver.vqs[1]);
	virtqueue_notify(fake_driver.vqs[1]);
	fake_events_raise_port(be->ports[0]);
	vxen_count(vx->dma.stats, VXEN_STAT_OUT, 1234);
	KUNIT_EXPECT_GT(test, read_text(DEVICE "stat"), 0L);
	KUNIT_EXPECT_TRUE(test, has("bounced_out_bytes", "1234"));
	KUNIT_EXPECT_TRUE(test, has("windows", "1"));
	KUNIT_EXPECT_TRUE(test, has("windows_added", "0"));
	/* The window and the bus page. */
	KUNIT_EXPECT_TRUE(test, has_number("grants",
					   be->windows[0].frames + 1));
	KUNIT_EXPECT_TRUE(test, has_number("window_bytes", vx->dma.pool.size));
	KUNIT_EXPECT_TRUE(test,
			  has_number("slots_used_bytes",
				     vxen_pool_used(&vx->dma.pool)));
	KUNIT_EXPECT_TRUE(test, has_number("queue1_entries",
					   virtqueue_get_vring_size(q->vq)));
	KUNIT_EXPECT_TRUE(test, has("queue1_kicks", "2"));
	KUNIT_EXPECT_TRUE(test, has("queue0_interrupts", "1"));
	KUNIT_EXPECT_TRUE(test, has("queue0_spurious", "1"));
	KUNIT_EXPECT_TRUE(test, has("deferred", "0"));
	/* There are two queues of eight that it may have. */
	KUNIT_EXPECT_NULL(test, strstr(text, "queue2"));
}

static void what_is_held_back_is_seen(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	fake_backend_plug(test);
	be->holds = true;
	fake_xenbus_unplug();
	KUNIT_ASSERT_GT(test, fake_grants.frames, 0U);
	/* The device has gone, its files too; this one is of all. */
	KUNIT_EXPECT_EQ(test, read_text(DEVICE "state"), (ssize_t)-ENOENT);
	KUNIT_EXPECT_GT(test, read_text("virtio_xen/deferred"), 0L);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, FAKE_XENBUS_NAME));
}

static void nobody_has_to_wait_for_a_driver_that_hangs(struct kunit *test)
{
	fake_driver.hang = true;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_ASSERT_TRUE(test, fake_until(READ_ONCE(fake_driver.hanging)));
	/* Whoever reads can be interrupted. */
	set_tsk_thread_flag(current, TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, read_text(DEVICE "state"), (ssize_t)-ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, read_text(DEVICE "stat"), (ssize_t)-ERESTARTSYS);
	clear_tsk_thread_flag(current, TIF_SIGPENDING);
	complete_all(&fake_driver.go);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateConnected));
}

static void a_device_on_its_way_says_so(struct kunit *test)
{
	struct vxen_device *vx;

	vx = fake_backend_plug(test);
	/* As between the bus page and the virtio device. */
	vx->state = VXEN_BUS;
	KUNIT_EXPECT_GT(test, read_text(DEVICE "state"), 0L);
	KUNIT_EXPECT_TRUE(test, has("state", "connecting"));
	KUNIT_EXPECT_GT(test, read_text(DEVICE "stat"), 0L);
	vx->state = VXEN_ONLINE;
}

/* ---- attributes of the device ---- */

static struct device_attribute *attr_of(const char *name)
{
	struct attribute **attr;

	for (attr = vxen_groups[0]->attrs; *attr; attr++)
		if (!strcmp((*attr)->name, name))
			return container_of(*attr, struct device_attribute,
					    attr);
	return NULL;
}

static ssize_t store(struct kunit *test, const char *name, const char *value)
{
	struct device_attribute *attr = attr_of(name);

	KUNIT_ASSERT_NOT_NULL(test, attr);
	return attr->store(&fake_xenbus.xdev->dev, attr, value, strlen(value));
}

static const char *show(struct kunit *test, const char *name)
{
	struct device_attribute *attr = attr_of(name);
	ssize_t ret;

	KUNIT_ASSERT_NOT_NULL(test, attr);
	ret = attr->show(&fake_xenbus.xdev->dev, attr, text);
	KUNIT_EXPECT_EQ(test, ret, (ssize_t)strlen(text));
	return text;
}

static void the_limit_can_be_set(struct kunit *test)
{
	struct vxen_device *vx;

	vxen_window_max_kib = 4096;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_STREQ(test, show(test, "window_max_kib"), "4096\n");
	KUNIT_EXPECT_EQ(test, store(test, "window_max_kib", "8192\n"), 5L);
	KUNIT_EXPECT_STREQ(test, show(test, "window_max_kib"), "8192\n");
	KUNIT_EXPECT_EQ(test, vx->dma.pool.limits.max, (size_t)8192 << 10);
	KUNIT_EXPECT_EQ(test, vxen_window_max_kib, 4096U);
}

static void the_least_in_place_can_be_set(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);

	KUNIT_EXPECT_STREQ(test, show(test, "inplace_min"), "0\n");
	KUNIT_EXPECT_EQ(test, store(test, "inplace_min", "0x8000"), 6L);
	KUNIT_EXPECT_STREQ(test, show(test, "inplace_min"), "32768\n");
	KUNIT_EXPECT_EQ(test, vx->dma.inplace_min, 32768UL);
}

static void what_is_no_number_is_refused(struct kunit *test)
{
	static const char * const names[] = { "window_max_kib", "inplace_min" };
	static const char * const bad[] = {
		"", "\n", "much", "-1", "12 kib", "4294967296", "0x", " 1",
	};
	unsigned int i, j;

	vxen_window_max_kib = 4096;
	fake_backend_plug(test);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		for (j = 0; j < ARRAY_SIZE(bad); j++)
			KUNIT_EXPECT_LT(test, store(test, names[i], bad[j]),
					0L);
	KUNIT_EXPECT_STREQ(test, show(test, "window_max_kib"), "4096\n");
	KUNIT_EXPECT_STREQ(test, show(test, "inplace_min"), "0\n");
}

static int figures_test_init(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("debugfs");

	text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	if (!text || !type)
		return -ENODEV;
	debugfs = kern_mount(type);
	if (IS_ERR(debugfs))
		return PTR_ERR(debugfs);
	return fake_backend_init(test);
}

static void figures_test_exit(struct kunit *test)
{
	fake_backend_exit(test);
	if (!IS_ERR_OR_NULL(debugfs))
		kern_unmount(debugfs);
	debugfs = NULL;
}

static struct kunit_case figures_cases[] = {
	KUNIT_CASE(an_idle_device_says_so),
	KUNIT_CASE(a_device_that_is_online_says_what_it_has),
	KUNIT_CASE(figures_are_what_was_done),
	KUNIT_CASE(what_is_held_back_is_seen),
	KUNIT_CASE(nobody_has_to_wait_for_a_driver_that_hangs),
	KUNIT_CASE(a_device_on_its_way_says_so),
	KUNIT_CASE(the_limit_can_be_set),
	KUNIT_CASE(the_least_in_place_can_be_set),
	KUNIT_CASE(what_is_no_number_is_refused),
	{}
};

static struct kunit_suite figures_suite = {
	.name = "vxen-figures",
	.init = figures_test_init,
	.exit = figures_test_exit,
	.test_cases = figures_cases,
};

kunit_test_suite(figures_suite);
