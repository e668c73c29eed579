// SPDX-License-Identifier: GPL-2.0-only
/* test_config.c - the nodes under config/, and JSON that is made of them */
#include <string.h>

#include "config.h"
#include "harness.h"
#include "json.h"

static const char *const *fake_nodes;	/* key, value, key, value, NULL */

static char *fake_get(void *ctx, const char *key)
{
	const char *const *n;

	(void)ctx;
	for (n = fake_nodes; *n; n += 2)
		if (!strcmp(n[0], key))
			return strdup(n[1]);
	return NULL;
}

static struct dev_config cfg;
static char why[128];

static int read_nodes(const char *const *nodes)
{
	fake_nodes = nodes;
	why[0] = '\0';
	return config_read(&cfg, fake_get, NULL, why, sizeof(why));
}

#define READ(...)	read_nodes((const char *const[]){ __VA_ARGS__, NULL })
#define BLK		"type", "blk", "target", "/x"
#define NET		"type", "net"

static void numbers(void)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "-1", "+1", "0x10", "1.5", "a", "99999999999999999999", "11",
	};
	unsigned long v;
	unsigned int i;

	CHECK_EQ(config_parse_uint("10", 10, &v), 0);
	CHECK_EQ(v, 10);
	CHECK_EQ(config_parse_uint("007", 10, &v), 0);
	CHECK_EQ(v, 7);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(config_parse_uint(bad[i], 10, &v) < 0);
}

static void disks(void)
{
	CHECK_EQ(READ(BLK), 0);
	CHECK_EQ(cfg.device_id, 2);
	CHECK(!strcmp(cfg.format, "raw") && !cfg.readonly && cfg.queue_ports);
	CHECK(!cfg.single_grants && cfg.kernel_notify);
	CHECK_EQ(cfg.queue_size, DEFAULT_QUEUE_SIZE);
	CHECK_EQ(READ(BLK, "format", "qcow2", "readonly", "1", "queues", "4", "aio", "threads",
		      "cache", "writeback", "queue-ports", "0", "queue-size", "64",
		      "single-grants", "1", "kernel-notify", "0"), 0);
	CHECK(cfg.single_grants && !cfg.kernel_notify);
	CHECK(cfg.readonly && cfg.queues == 4 && cfg.cache == CACHE_WRITEBACK);
	CHECK(!cfg.queue_ports && cfg.queue_size == 64);
	CHECK_EQ(READ(BLK, "format", ""), 0);
	CHECK(!strcmp(cfg.format, "raw"));
	CHECK_EQ(READ(BLK), 0);
	CHECK_EQ(cfg.server, SERVER_AUTO);
	CHECK_EQ(cfg.poll_us, 1000);
	CHECK_EQ(READ(BLK, "server", "kernel", "poll-us", "50"), 0);
	CHECK_EQ(cfg.server, SERVER_KERNEL);
	CHECK_EQ(cfg.poll_us, 50);
	CHECK_EQ(READ(BLK, "server", "daemon"), 0);
	CHECK_EQ(cfg.server, SERVER_DAEMON);
	CHECK_EQ(READ(BLK, "server", ""), 0);
	CHECK_EQ(cfg.server, SERVER_AUTO);
	CHECK(READ(BLK, "server", "auto") < 0);
	CHECK(!strcmp(why, "config/server: bad value 'auto'"));
	CHECK(READ(BLK, "server", "Kernel") < 0);
	CHECK(READ(BLK, "poll-us", "10001") < 0);
	CHECK(READ("type", "blk") < 0);
	CHECK(!strcmp(why, "config/target is missing"));
	CHECK(READ(BLK, "queues", "0") < 0);
	CHECK(READ(BLK, "queues", "65") < 0);
	CHECK(READ(BLK, "readonly", "yes") < 0);
	CHECK(!strcmp(why, "config/readonly: bad value 'yes'"));
	CHECK(READ(BLK, "aio", "magic") < 0);
	CHECK(READ(BLK, "cache", "unsafe") < 0);
	CHECK(READ(BLK, "queue-size", "100") < 0);
	CHECK(READ(BLK, "queue-size", "2048") < 0);
}

static void networks(void)
{
	static const char *const bad_macs[] = {
		"00:16:3e:00:00", "00:16:3e:00:00:0g", "00:16:3e:00:00:00:00", "0:16:3e:0:0:0",
		"01:16:3e:00:00:00", "00:16:3e:00:00:00 ",
	};
	unsigned int i;

	CHECK_EQ(READ(NET), 0);
	CHECK(!cfg.has_mac && cfg.device_id == 1);
	CHECK_EQ(cfg.poll_us, 0);
	CHECK(!cfg.has_poll_us);
	CHECK(cfg.batch);
	CHECK_EQ(cfg.server, SERVER_AUTO);
	CHECK_EQ(READ(NET, "server", "kernel"), 0);
	CHECK_EQ(cfg.server, SERVER_KERNEL);
	CHECK_EQ(READ(NET, "server", "vhost"), 0);
	CHECK_EQ(cfg.server, SERVER_VHOST);
	CHECK(READ(NET, "server", "daemon") < 0);
	CHECK(READ(BLK, "server", "vhost") < 0);
	CHECK_EQ(READ(NET, "mac", "00:16:3e:Aa:bB:cc", "bridge", "br0", "mtu", "9000",
		      "ifname", "vif"), 0);
	CHECK(cfg.has_mac && !memcmp(cfg.mac, "\x00\x16\x3e\xaa\xbb\xcc", 6));
	CHECK_EQ(cfg.mtu, 9000);
	for (i = 0; i < sizeof(bad_macs) / sizeof(bad_macs[0]); i++)
		CHECK(READ(NET, "mac", bad_macs[i]) < 0);
	CHECK(READ(NET, "mtu", "67") < 0);
	CHECK(READ(NET, "mtu", "65536") < 0);
	CHECK_EQ(READ(NET, "poll-us", "200"), 0);
	CHECK_EQ(cfg.poll_us, 200);
	CHECK(cfg.has_poll_us);
	CHECK_EQ(READ(NET, "poll-us", "10000"), 0);
	CHECK_EQ(cfg.poll_us, 10000);
	CHECK(READ(NET, "poll-us", "10001") < 0);
	CHECK(READ(NET, "poll-us", "-1") < 0);
	CHECK_EQ(READ(NET, "batch", "0"), 0);
	CHECK(!cfg.batch);
	CHECK(READ(NET, "batch", "yes") < 0);
	CHECK(READ(NET, "ifname", "tap%d") < 0);
	CHECK(READ(NET, "bridge", "sixteen-letters-") < 0);
}

static void others(void)
{
	CHECK_EQ(READ("type", "vhost-user", "socket", "/s", "device", "fs", "tag", "t"), 0);
	CHECK_EQ(cfg.device_id, 26);
	CHECK_EQ(READ("type", "vhost-user", "socket", "/s", "device", "19"), 0);
	CHECK_EQ(cfg.device_id, 19);
	CHECK(READ("type", "vhost-user", "socket", "/s") < 0);
	CHECK(READ("type", "vhost-user", "device", "net") < 0);
	CHECK(READ("type", "vhost-user", "socket", "s", "device", "net") < 0);
	CHECK(READ("type", "vhost-user", "socket", "/s", "device", "0") < 0);
	CHECK(READ("type", "floppy") < 0);
	CHECK(READ("target", "/x") < 0);
}

static void json(void)
{
	char out[64];

	CHECK_EQ(json_escape(out, sizeof(out), "/a,b"), 0);
	CHECK(!strcmp(out, "/a,b"));
	CHECK_EQ(json_escape(out, sizeof(out), "\"\\\n\x01"), 0);
	CHECK(!strcmp(out, "\\\"\\\\\\u000a\\u0001"));
	CHECK(json_escape(out, 8, "0123456789") < 0);
	CHECK(json_escape(out, 8, "\x01\x02") < 0);
}

int main(void)
{
	RUN(numbers);
	RUN(disks);
	RUN(networks);
	RUN(others);
	RUN(json);
	return test_done();
}
