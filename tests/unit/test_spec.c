// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_spec.c - the parser of virtio-xen's device specifications
 *
 * Needs no Xen. Built with the address and undefined behaviour sanitizers, so
 * that the mutated specifications at the end can find what the others do not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Included, not linked: the bridge, which the other tests are linked with, has
 * names of its own for much the same things.
 */
#include "../../tools/virtio-xen/spec.c"
#include "../../tools/virtio-xen/values.c"

static int passed, failed;

static void check(int ok, const char *what, const char *detail)
{
	if (ok) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL: %s: %s\n", what, detail);
}

/* A specification that is right, and what one of its keys is then. */
static const struct {
	const char *text;
	enum spec_type type;
	enum spec_key key;
	const char *value;
} right[] = {
	{ "blk,target=/a", SPEC_BLK, KEY_TARGET, "/a" },
	{ "blk,target=/a", SPEC_BLK, KEY_READONLY, NULL },
	{ "blk,readonly,target=/a", SPEC_BLK, KEY_READONLY, "1" },
	{ "blk,target=/a,readonly=0", SPEC_BLK, KEY_READONLY, "0" },
	{ "blk,target=/a,readonly=off", SPEC_BLK, KEY_READONLY, "0" },
	{ "blk,target=/a,format=qcow2", SPEC_BLK, KEY_FORMAT, "qcow2" },
	{ "blk,target=/a,format=vhd", SPEC_BLK, KEY_FORMAT, "vpc" },
	{ "blk,target=/a,aio=io_uring", SPEC_BLK, KEY_AIO, "io_uring" },
	{ "blk,target=/a,cache=none", SPEC_BLK, KEY_CACHE, "none" },
	{ "blk,target=/a,server=kernel", SPEC_BLK, KEY_SERVER, "kernel" },
	{ "blk,target=/a,server=daemon", SPEC_BLK, KEY_SERVER, "daemon" },
	{ "blk,target=/a", SPEC_BLK, KEY_SERVER, NULL },
	{ "blk,target=/a,poll-us=50", SPEC_BLK, KEY_POLL_US, "50" },
	{ "blk,target=/a,queues=64", SPEC_BLK, KEY_QUEUES, "64" },
	{ "blk,target=/a,queue-size=1024", SPEC_BLK, KEY_QUEUE_SIZE, "1024" },
	{ "blk,target=/a,id=0", SPEC_BLK, KEY_ID, "0" },
	{ "blk,target=/a,id=4095", SPEC_BLK, KEY_ID, "4095" },
	{ "blk,target=/a,backend=disks", SPEC_BLK, KEY_BACKEND, "disks" },
	{ "blk,target=/a,kernel-notify=0", SPEC_BLK, KEY_KERNEL_NOTIFY, "0" },
	{ "blk,target=/a,queue-ports=0", SPEC_BLK, KEY_QUEUE_PORTS, "0" },
	{ "net,single-grants=1", SPEC_NET, KEY_SINGLE_GRANTS, "1" },
	/* commas, quotes and backslashes */
	{ "blk,target=/a\\,b", SPEC_BLK, KEY_TARGET, "/a,b" },
	{ "blk,target=/a\\\\,id=1", SPEC_BLK, KEY_TARGET, "/a\\" },
	{ "blk,target=/a\\nb", SPEC_BLK, KEY_TARGET, "/a\\nb" },
	{ "blk,target=\"/a,b\",id=1", SPEC_BLK, KEY_TARGET, "/a,b" },
	{ "blk,target='/a,b',id=1", SPEC_BLK, KEY_ID, "1" },
	{ "blk,target='/a\"b'", SPEC_BLK, KEY_TARGET, "/a\"b" },
	{ "blk,target='/a\\'b'", SPEC_BLK, KEY_TARGET, "/a'b" },
	{ "blk,target=/it's", SPEC_BLK, KEY_TARGET, "/it's" },
	{ "blk,target=/a=b", SPEC_BLK, KEY_TARGET, "/a=b" },
	{ "blk,target=/a='b", SPEC_BLK, KEY_TARGET, "/a='b" },
	{ "blk,target=/ a b ", SPEC_BLK, KEY_TARGET, "/ a b " },
	{ "blk,target=/\xc3\xa4", SPEC_BLK, KEY_TARGET, "/\xc3\xa4" },
	{ "net", SPEC_NET, KEY_MAC, NULL },
	{ "net,bridge=xenbr0", SPEC_NET, KEY_BRIDGE, "xenbr0" },
	{ "net,mac=00:16:3E:0a:Bc:de", SPEC_NET, KEY_MAC, "00:16:3E:0a:Bc:de" },
	{ "net,ifname=abcdefghijklmno", SPEC_NET, KEY_IFNAME, "abcdefghijklmno" },
	{ "net,mtu=68", SPEC_NET, KEY_MTU, "68" },
	{ "net,mtu=65535", SPEC_NET, KEY_MTU, "65535" },
	{ "net,poll-us=0", SPEC_NET, KEY_POLL_US, "0" },
	{ "net,poll-us=10000", SPEC_NET, KEY_POLL_US, "10000" },
	{ "net,batch=0", SPEC_NET, KEY_BATCH, "0" },
	{ "net,server=vhost", SPEC_NET, KEY_SERVER, "vhost" },
	{ "net,server=kernel", SPEC_NET, KEY_SERVER, "kernel" },
	{ "vhost-user,socket=/s,device=blk", SPEC_VHOST_USER, KEY_DEVICE, "blk" },
	{ "vhost-user,socket=/s,device=26,tag=t", SPEC_VHOST_USER, KEY_DEVICE, "fs" },
	{ "vhost-user,socket=/s,device=45", SPEC_VHOST_USER, KEY_DEVICE, "45" },
	{ "vhost-user,device=net,mac=02:00:00:00:00:01,socket=/s",
	  SPEC_VHOST_USER, KEY_MAC, "02:00:00:00:00:01" },
	{ "external,id=3", SPEC_EXTERNAL, KEY_ID, "3" },
};

/* One that is wrong, and what the complaint has to mention. */
static const struct {
	const char *text;
	const char *complaint;
} wrong[] = {
	{ "", "unknown type" },
	{ "disk", "unknown type 'disk'" },
	{ "BLK,target=/a", "unknown type" },
	{ "blk", "needs target=" },
	{ "blk,", "key is missing" },
	{ "blk,,target=/a", "key is missing" },
	{ "blk,target=/a,", "key is missing" },
	{ "blk,target", "needs a value" },
	{ "blk,target=", "empty" },
	{ "blk,target=''", "empty" },
	{ "blk,target=a", "full path" },
	{ "blk,target=/a,target=/b", "twice" },
	{ "blk,target=/a,readonly,readonly=0", "twice" },
	{ "blk,target=/a,readonly=maybe", "0 or 1" },
	{ "blk,target=/a,format=zip", "raw" },
	{ "blk,target=/a,aio=fast", "native" },
	{ "blk,target=/a,cache=all", "writeback" },
	{ "blk,target=/a,server=auto", "kernel, or daemon" },
	{ "blk,target=/a,server=vhost", "only for networks" },
	{ "blk,target=/a,server", "needs a value" },
	{ "blk,target=/a,bridge=b", "unknown key 'bridge': blk knows target" },
	{ "blk,target=/a,=b", "unknown key ''" },
	{ "blk,target=/a,queues=0", "1 to 64" },
	{ "blk,target=/a,queues=65", "1 to 64" },
	{ "blk,target=/a,queues=-1", "1 to 64" },
	{ "blk,target=/a,queues= 1", "1 to 64" },
	{ "blk,target=/a,queues=99999999999999999999", "1 to 64" },
	{ "blk,target=/a,queue-size=3", "power of two" },
	{ "blk,target=/a,queue-size=1", "power of two" },
	{ "blk,target=/a,id=-1", "0 to 4095" },
	{ "blk,target=/a,id=07", "0 to 4095" },
	{ "blk,target=/a,id=4096", "0 to 4095" },
	{ "blk,target=/a,id=1x", "0 to 4095" },
	{ "blk,target=/a,backend=a/b", "domain" },
	{ "blk,target=/a\nb", "control character" },
	{ "blk,target=\"/a", "closing quote" },
	{ "blk,target='/a'b", "comma must follow" },
	{ "net,mac=00:16:3e:00:00", "MAC" },
	{ "net,mac=00:16:3e:00:00:0g", "MAC" },
	{ "net,mac=00-16-3e-00-00-00", "MAC" },
	{ "net,mac=00:16:3e:00:00:000", "MAC" },
	{ "net,mac=01:16:3e:00:00:00", "multicast" },
	{ "net,mac=0b:16:3e:00:00:00", "multicast" },
	{ "net,mac=00:00:00:00:00:00", "zero" },
	{ "net,ifname=abcdefghijklmnop", "15 characters" },
	{ "net,ifname=a/b", "no name" },
	{ "net,ifname=tap%d", "no name" },
	{ "net,bridge=..", "no name" },
	{ "net,mtu=67", "68 to 65535" },
	{ "net,mtu=65536", "68 to 65535" },
	{ "net,poll-us=10001", "0 to 10000" },
	{ "net,poll-us=soon", "0 to 10000" },
	{ "net,batch=2", "0 or 1" },
	{ "blk,target=/a,batch=1", "unknown key" },
	{ "blk,target=/a,poll-us=10001", "0 to 10000" },
	{ "vhost-user,socket=/s,device=blk,poll-us=1", "unknown key" },
	{ "net,server=daemon", "only for disks" },
	{ "vhost-user,socket=/s,device=net,server=vhost", "unknown key" },
	{ "net,target=/a", "unknown key" },
	{ "external,queues=2", "unknown key 'queues': external knows id backend" },
	{ "vhost-user,device=blk", "needs socket=" },
	{ "vhost-user,socket=/s", "needs device=" },
	{ "vhost-user,socket=s,device=blk", "full path" },
	{ "vhost-user,socket=/s,device=disk", "virtio device id" },
	{ "vhost-user,socket=/s,device=0", "virtio device id" },
	{ "vhost-user,socket=/s,device=64", "virtio device id" },
	{ "vhost-user,socket=/s,device=fs", "needs tag=" },
	{ "vhost-user,socket=/s,device=blk,tag=t", "only for device=fs" },
	{ "vhost-user,socket=/s,device=blk,mac=02:00:00:00:00:01", "only for" },
	{ "vhost-user,socket=/s,device=fs,tag=0123456789012345678901234567890123456",
	  "36 characters" },
};

static void test_good(void)
{
	char error[SPEC_ERROR_MAX] = "";
	struct spec spec;
	size_t i;

	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		const char *value;
		int ok = !spec_parse(&spec, right[i].text, error);

		check(ok, right[i].text, error);
		value = spec.value[right[i].key];
		check(ok && spec.type == right[i].type &&
		      (value ? right[i].value && !strcmp(value, right[i].value) :
		       !right[i].value),
		      right[i].text, value ? value : "no value");
		spec_free(&spec);
	}
}

static void test_bad(void)
{
	char error[SPEC_ERROR_MAX];
	struct spec spec;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int result;

		strcpy(error, "no error");
		result = spec_parse(&spec, wrong[i].text, error);
		check(result == -1 && strstr(error, wrong[i].complaint),
		      wrong[i].text, error);
		check(!strchr(error, '\n') || strchr(wrong[i].text, '\n'),
		      wrong[i].text, "the complaint is one line");
		spec_free(&spec);
		spec_free(&spec);
	}
}

static void test_length(void)
{
	static const char start[] = "blk,target=/";
	char text[SPEC_VALUE_MAX * 2], error[SPEC_ERROR_MAX];
	struct spec spec;
	size_t length;

	for (length = SPEC_VALUE_MAX - 64; length < SPEC_VALUE_MAX + 64; length++) {
		size_t value = length + 1;	/* the slash */
		int result;

		strcpy(text, start);
		memset(text + strlen(start), 'x', length);
		text[strlen(start) + length] = '\0';
		result = spec_parse(&spec, text, error);
		check((result == 0) == (value <= SPEC_VALUE_MAX), "length",
		      result ? "refused" : "accepted");
		spec_free(&spec);
	}
}

static void test_properties(void)
{
	char error[SPEC_ERROR_MAX];
	struct spec spec;

	check(!spec_parse(&spec, "net,bridge=b,id=3", error) &&
	      spec_wants_mac(&spec), "net", "wants a MAC address");
	check(spec_id(&spec) == 3, "net", "id");
	check(!spec_set(&spec, "mac", "00:16:3e:00:00:01", error), "net", error);
	check(spec_set(&spec, "mac", "00:16:3e:00:00:02", error) == -1, "net",
	      "mac twice");
	spec_free(&spec);
	check(!spec_parse(&spec, "vhost-user,socket=/s,device=1", error) &&
	      spec_wants_mac(&spec) && spec_id(&spec) == -1,
	      "vhost-user net", "wants a MAC address");
	spec_free(&spec);
	check(!spec_parse(&spec, "vhost-user,socket=/s,device=rng", error) &&
	      !spec_wants_mac(&spec), "vhost-user rng", "wants none");
	spec_free(&spec);
	check(spec_key_unique(KEY_TARGET) && !spec_key_unique(KEY_BRIDGE),
	      "unique", "a bridge has room for many");
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* What a device gets in a guest of so many processors, and what is left as it is. */
static void test_queues(void)
{
	static const struct {
		const char *text;
		unsigned int vcpus;
		const char *queues, *size;
	} given[] = {
		{ "blk,target=/a", 0, NULL, NULL },
		{ "blk,target=/a", 1, NULL, NULL },
		{ "blk,target=/a", 2, "2", "128" },
		{ "blk,target=/a", 3, "3", "64" },
		{ "blk,target=/a", 4, "4", "64" },
		{ "blk,target=/a", 64, "4", "64" },
		{ "blk,target=/a,queues=1", 4, "1", NULL },
		{ "blk,target=/a,queues=8,queue-size=32", 2, "8", "32" },
		{ "blk,target=/a,queue-size=512", 2, "2", "512" },
		{ "net,bridge=b", 1, NULL, NULL },
		{ "net,bridge=b", 2, "2", "128" },
		{ "net,bridge=b", 4, "2", "128" },
		{ "net,bridge=b,queues=1", 4, "1", NULL },
		{ "net,bridge=b,server=kernel", 2, "2", "128" },
		{ "net,bridge=b,server=vhost", 4, NULL, NULL },
		{ "net,bridge=b,single-grants=1", 4, NULL, NULL },
		{ "net,bridge=b,single-grants=0", 2, "2", "128" },
		{ "vhost-user,socket=/s,device=blk", 4, NULL, NULL },
		{ "external", 4, NULL, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		char error[SPEC_ERROR_MAX] = "";
		struct spec spec;

		check(!spec_parse(&spec, given[i].text, error) &&
		      !spec_spread_queues(&spec, given[i].vcpus, error),
		      given[i].text, error);
		check(same(spec.value[KEY_QUEUES], given[i].queues),
		      given[i].text, "queues");
		check(same(spec.value[KEY_QUEUE_SIZE], given[i].size),
		      given[i].text, "queue-size");
		spec_free(&spec);
	}
}

/* Every specification above with one byte changed must not upset the parser. */
static void test_mutations(void)
{
	static const char bytes[] = { ',', '=', '"', '\'', '\\', '\0', '\n', '0',
				      'a', (char)0x80, (char)0xff };
	char error[SPEC_ERROR_MAX];
	struct spec spec;
	size_t i, at, k;
	int accepted = 0;

	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		size_t length = strlen(right[i].text);

		for (at = 0; at < length; at++) {
			for (k = 0; k < sizeof(bytes); k++) {
				/* Its own allocation: the sanitizer sees its end. */
				char *text = strdup(right[i].text);

				if (!text)
					exit(1);
				text[at] = bytes[k];
				memset(error, 'E', sizeof(error));
				if (!spec_parse(&spec, text, error))
					accepted++;
				else if (!memchr(error, '\0', sizeof(error)))
					check(0, text, "error has no end");
				spec_free(&spec);
				free(text);
			}
		}
	}
	check(accepted > 0, "mutations", "none was accepted");
}

int main(void)
{
	test_good();
	test_bad();
	test_length();
	test_properties();
	test_queues();
	test_mutations();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
