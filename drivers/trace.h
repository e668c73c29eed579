/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - tracepoints: events/virtio_xen in tracefs
 *
 * Sizes are bytes, addresses DMA addresses: what is a device's is told by its
 * windows' references (debugfs).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtio_xen

#if !defined(VXEN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VXEN_TRACE_H

#include <linux/tracepoint.h>

#define show_vxen_dir(dir)						\
	__print_symbolic(dir, { 0, "both" }, { 1, "to-device" },	\
			 { 2, "from-device" })

DECLARE_EVENT_CLASS(vxen_mapping,
	TP_PROTO(u64 addr, size_t size, int dir, bool inplace),
	TP_ARGS(addr, size, dir, inplace),
	TP_STRUCT__entry(
		__field(u64, addr)
		__field(size_t, size)
		__field(int, dir)
		__field(bool, inplace)
	),
	TP_fast_assign(
		__entry->addr = addr;
		__entry->size = size;
		__entry->dir = dir;
		__entry->inplace = inplace;
	),
	TP_printk("addr=%#llx size=%zu dir=%s %s", __entry->addr, __entry->size,
		  show_vxen_dir(__entry->dir),
		  __entry->inplace ? "in-place" : "window")
);

/* A buffer has got an address. */
DEFINE_EVENT(vxen_mapping, vxen_map,
	TP_PROTO(u64 addr, size_t size, int dir, bool inplace),
	TP_ARGS(addr, size, dir, inplace)
);

/* Its address is not valid any more. */
DEFINE_EVENT(vxen_mapping, vxen_unmap,
	TP_PROTO(u64 addr, size_t size, int dir, bool inplace),
	TP_ARGS(addr, size, dir, inplace)
);

/* Data was copied between a buffer and what is granted of it. */
TRACE_EVENT(vxen_bounce,
	TP_PROTO(u64 addr, size_t size, bool out),
	TP_ARGS(addr, size, out),
	TP_STRUCT__entry(
		__field(u64, addr)
		__field(size_t, size)
		__field(bool, out)
	),
	TP_fast_assign(
		__entry->addr = addr;
		__entry->size = size;
		__entry->out = out;
	),
	TP_printk("addr=%#llx size=%zu %s", __entry->addr, __entry->size,
		  __entry->out ? "out" : "in")
);

/* A mapping or an allocation found no room. */
TRACE_EVENT(vxen_exhausted,
	TP_PROTO(size_t size, size_t window),
	TP_ARGS(size, window),
	TP_STRUCT__entry(
		__field(size_t, size)
		__field(size_t, window)
	),
	TP_fast_assign(
		__entry->size = size;
		__entry->window = window;
	),
	TP_printk("size=%zu window=%zu", __entry->size, __entry->window)
);

/* A run of frames was granted. */
TRACE_EVENT(vxen_grant,
	TP_PROTO(u16 domid, u32 ref, unsigned int frames),
	TP_ARGS(domid, ref, frames),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u32, ref)
		__field(unsigned int, frames)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->ref = ref;
		__entry->frames = frames;
	),
	TP_printk("domid=%u ref=%u frames=%u", __entry->domid, __entry->ref,
		  __entry->frames)
);

/* The grants of a run of frames were ended, but for those that are busy. */
TRACE_EVENT(vxen_revoke,
	TP_PROTO(u16 domid, u32 ref, unsigned int frames, unsigned int busy),
	TP_ARGS(domid, ref, frames, busy),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u32, ref)
		__field(unsigned int, frames)
		__field(unsigned int, busy)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->ref = ref;
		__entry->frames = frames;
		__entry->busy = busy;
	),
	TP_printk("domid=%u ref=%u frames=%u busy=%u", __entry->domid,
		  __entry->ref, __entry->frames, __entry->busy)
);

#endif /* VXEN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
