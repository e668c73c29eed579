// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_network.c - who serves a network, and what all networks look like
 */
#include <endian.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "config.h"
#include "harness.h"
#include "network.h"
#include "util.h"

#define THERE		"/dev/null"
#define NOT_THERE	"/nonexistent/vhost"

#define F(name)		BIT_ULL(VIRTIO_NET_F_##name)

static char why[256];

static int choose(const struct dev_config *cfg, const char *device)
{
	memset(why, 'E', sizeof(why));
	return network_server(cfg, device, why, sizeof(why));
}

static void the_module_serves_if_it_is_there(void)
{
	struct dev_config cfg = { .type = DEV_NET };

	CHECK_EQ(choose(&cfg, THERE), SERVER_KERNEL);
	CHECK(!why[0]);
	CHECK_EQ(choose(&cfg, NOT_THERE), SERVER_VHOST);
	CHECK(strstr(why, NOT_THERE));
}

static void one_may_be_insisted_on(void)
{
	struct dev_config cfg = { .type = DEV_NET, .server = SERVER_VHOST };

	CHECK_EQ(choose(&cfg, THERE), SERVER_VHOST);
	CHECK(!why[0]);
	/* They are to hear what opening it says. */
	cfg.server = SERVER_KERNEL;
	CHECK_EQ(choose(&cfg, NOT_THERE), SERVER_KERNEL);
}

static void single_grants_are_vhost_nets(void)
{
	struct dev_config cfg = { .type = DEV_NET, .single_grants = true };

	CHECK_EQ(choose(&cfg, THERE), SERVER_VHOST);
	CHECK(strstr(why, "single-grants=1"));
	cfg.server = SERVER_KERNEL;
	CHECK(choose(&cfg, THERE) < 0);
	CHECK(strstr(why, "single-grants=1"));
	cfg.server = SERVER_VHOST;
	CHECK_EQ(choose(&cfg, THERE), SERVER_VHOST);
}

static void names(void)
{
	struct backend_host host = { .name = "12.3" };
	struct dev_config cfg = { .type = DEV_NET };
	char name[IFNAMSIZ];

	network_name(name, &host, &cfg);
	CHECK(!strcmp(name, "vx12.3"));
	host.name = "32751.409600000";
	network_name(name, &host, &cfg);
	CHECK(!strcmp(name, "vx%d"));
	strcpy(cfg.ifname, "mine");
	network_name(name, &host, &cfg);
	CHECK(!strcmp(name, "mine"));
}

static void config_space(void)
{
	static const uint8_t mac[6] = { 0, 0x16, 0x3e, 1, 2, 3 };
	struct dev_config cfg = { .type = DEV_NET, .has_mac = true, .mtu = 9000 };
	struct backend be = { .features = F(CSUM) };
	struct virtio_net_config c;

	memcpy(cfg.mac, mac, sizeof(mac));
	network_describe(&be, &cfg, 1);
	CHECK_EQ(be.nqueues, 2);
	CHECK_EQ(be.features, F(CSUM) | F(MAC) | F(STATUS) | F(MTU));
	CHECK_EQ(be.config_size, 12);
	memcpy(&c, be.config, be.config_size);
	CHECK(!memcmp(c.mac, mac, sizeof(mac)));
	CHECK_EQ(le16toh(c.status), VIRTIO_NET_S_LINK_UP);
	CHECK_EQ(le16toh(c.max_virtqueue_pairs), 1);
	CHECK_EQ(le16toh(c.mtu), 9000);

	cfg.has_mac = false;
	cfg.mtu = 0;
	be.features = 0;
	network_describe(&be, &cfg, 1);
	CHECK_EQ(be.features, F(MAC) | F(STATUS));
	/* Made up: nobody's, and not a group's. */
	CHECK_EQ(be.config[0] & 3, 2);
}

static void several_pairs_have_a_control_queue(void)
{
	struct dev_config cfg = { .type = DEV_NET };
	struct backend be = { .features = F(CTRL_VQ) | F(MQ) };
	struct virtio_net_config c;

	network_describe(&be, &cfg, 3);
	CHECK_EQ(be.nqueues, 7);
	CHECK_EQ(be.features, F(CTRL_VQ) | F(MQ) | F(MAC) | F(STATUS));
	memcpy(&c, be.config, be.config_size);
	CHECK_EQ(le16toh(c.max_virtqueue_pairs), 3);

	network_describe(&be, &cfg, 1);
	CHECK_EQ(be.nqueues, 2);
	CHECK_EQ(be.features, F(MAC) | F(STATUS));
}

static void vhost_net_has_one_pair(void)
{
	struct dev_config cfg = { .type = DEV_NET, .queues = 2 };

	CHECK_EQ(choose(&cfg, THERE), SERVER_KERNEL);
	CHECK_EQ(choose(&cfg, NOT_THERE), SERVER_VHOST);
	cfg.server = SERVER_VHOST;
	CHECK(choose(&cfg, THERE) < 0);
	CHECK(strstr(why, "one pair"));
}

int main(void)
{
	RUN(the_module_serves_if_it_is_there);
	RUN(one_may_be_insisted_on);
	RUN(single_grants_are_vhost_nets);
	RUN(names);
	RUN(config_space);
	RUN(several_pairs_have_a_control_queue);
	RUN(vhost_net_has_one_pair);
	return test_done();
}
