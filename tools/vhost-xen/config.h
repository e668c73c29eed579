/* SPDX-License-Identifier: GPL-2.0-only */
/* config.h - what the toolstack wrote about a device */
#ifndef VX_CONFIG_H
#define VX_CONFIG_H

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_QUEUES		64
#define DEFAULT_QUEUE_SIZE	256
#define MAX_QUEUE_SIZE		1024
#define DEFAULT_NET_POLL_US	0	/* of vhost-net */
#define DEFAULT_NET_HOLD_US	2000	/* of vhost_xen_net: at most, of what it learns */
#define DEFAULT_BLK_POLL_US	1000	/* at most, and after a request that comes alone none */
#define MAX_POLL_US		10000
#define FS_TAG_LEN		36
#define SOCKET_PATH_LEN		108	/* sizeof(sockaddr_un.sun_path) */

enum dev_type { DEV_BLK, DEV_NET, DEV_VHOST_USER };
enum dev_cache { CACHE_AUTO, CACHE_NONE, CACHE_WRITEBACK };
enum dev_server { SERVER_AUTO, SERVER_KERNEL, SERVER_DAEMON, SERVER_VHOST };

/**
 * struct dev_config - the nodes under config/, checked
 * @type: which backend serves the device
 * @device_id: virtio device id
 * @queues: virtqueues, of a network device pairs of them; 0: as many as the
 *	backend likes
 * @queue_size: largest size of a queue, entries
 * @queue_ports: offer event channels per queue
 * @kernel_notify: notifications go through the kernel alone where it can
 * @single_grants: offer to serve buffers outside the windows
 * @target: blk: file or block device
 * @format: blk: raw, qcow2 or another format of the storage daemon
 * @aio: blk: native, threads or io_uring; empty: the best that works
 * @cache: blk: whether the host's page cache is used
 * @server: blk, net: who serves the device
 * @readonly: blk: refuse writes
 * @bridge: net: bridge that the interface joins, or empty
 * @ifname: net: name of the interface, or empty
 * @has_mac: @mac was given
 * @mac: net: the guest's address
 * @mtu: net: 0 if not given
 * @has_poll_us: @poll_us was given
 * @poll_us: net, and blk served by the kernel: microseconds for which queues are
 *	watched before their notifications are waited for, or notifications held back
 * @batch: net: vhost-net's thread waits for its turn with the processor
 * @socket: vhost-user: path of the daemon's socket
 * @tag: fs: name of the file system
 */
struct dev_config {
	enum dev_type type;
	uint32_t device_id;
	unsigned int queues;
	unsigned int queue_size;
	bool queue_ports;
	bool kernel_notify;
	bool single_grants;
	char target[PATH_MAX];
	char format[32];
	char aio[16];
	enum dev_cache cache;
	enum dev_server server;
	bool readonly;
	char bridge[IFNAMSIZ];
	char ifname[IFNAMSIZ];
	bool has_mac;
	uint8_t mac[6];
	uint16_t mtu;
	bool has_poll_us;
	unsigned int poll_us;
	bool batch;
	char socket[SOCKET_PATH_LEN];
	char tag[FS_TAG_LEN + 1];
};

/* Returns the value of config/<key> in memory from malloc(), or NULL. */
typedef char *(*config_getter)(void *ctx, const char *key);

int config_read(struct dev_config *cfg, config_getter get, void *ctx, char *why, size_t len);
int config_parse_uint(const char *s, unsigned long max, unsigned long *out);

#endif /* VX_CONFIG_H */
