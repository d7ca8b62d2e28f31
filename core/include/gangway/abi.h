/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ABI between the core and its plugins: the numbers, what each of them promises, and every change to them.
 *
 * A plugin carries the numbers of the headers that it was compiled with. The core loads it when the major numbers are
 * equal and its minor numbers are not above the core's own: a minor change only adds, at the end of a struct that
 * starts with its size or is read by its stride, or as a slot that may be NULL.
 *
 * Life cycle of a plugin's file
 *
 *   build     The headers put their numbers into the descriptor (GW_PLUGIN in plugin.h) and into the size of each
 * struct. load      The loader compares the numbers, then the sizes. A refusal names both sides. use       Either side
 * reads of a struct only what its size says is there, and calls a slot that was added later only if it is not NULL.
 * Nothing is negotiated after the load. unload    Never. A newer file of the same name needs a restart of the gateway.
 *
 * Rules for what crosses the boundary: arrays are pointer, count and stride (struct gw_array); a struct that a caller
 * makes on its stack is frozen, or starts with its size; integers have fixed widths; no enum, bool or size_t inside a
 * struct; what one side allocates, that side frees, so results cross through visitors.
 *
 * The descriptor, the option table and the host table share one number; each port has one of its own, so that a
 * change to the repository port breaks no notifier.
 *
 * Log of changes
 * 2026-11-21  abi 1.0, entrypoint 1.0, repository 1.0, publisher 1.0, notifier 1.0: the first.
 * 2026-11-21  Before they were released: the host table got instance, service and gauge; struct gw_start got a status
 *             and a reason; an entrypoint is closed on its worker's thread; a look at the outbox may ask for numbers.
 * 2026-11-29  Before they were released: the repository port got stamps, counters of events, old quantities of batches,
 *             forget_position and running time (advance, expire), and waits instead of times; gw_start.is_once; the
 *             host table got write, the descriptor lint, an entrypoint's sink passed; an option may be `off`, and one
 *             of type COMMAND may ask for the fields of its command; poll may return PERMANENT; a publication's
 *             sequence has 20 digits on the wire; of a header that decides type or id and is repeated an entrypoint
 *             takes nothing; GW_ESCAPE_TERMINAL, GW_MESSAGE_EVENT_ID, log_pace.h.
 * 2026-11-30  Before they were released: check moved from the ports to the descriptor, with one signature; the sessions
 *             that a repository's check compares are in gw_report; GW_PLUGIN, GW_PLUGIN_OPTIONS; open and check may run
 *             on any thread before the instance's own thread starts. Metrics are declared in a table of the descriptor
 *             (metric.h) and reported with host->metric, which replaces gauge. An entrypoint hands over headers as they
 *             came, and the core reads type and id from them: GW_MESSAGE_EVENT_ID is gone. A publication carries the
 *             attributes of CloudEvents. Options have the flags IDENTITY and EXCLUSIVE, templates the escapes HEADER,
 *             HTML and URL. A notice lists its events, with SKU, sequence and headers; a notifier may have keepalive; a
 *             verdict with retry_after_ms pauses the whole destination. A settlement has a reason code and, of a
 *             duplicate, the outcome of the first message. The host's log takes an event code instead of a level
 *             (event_code.h). A message has received_unix_ms and deliveries. The host table has digest and is_stopping.
 *             dead_requeue takes targets, and moves all entries or none. A figure of the outbox may name the holder of
 *             the lease. Options of type PATH have the flag CONTENTS. A figure of the
 *             outbox has the age of the oldest row by the repository's clock. A publication has the texts of the
 *             plugin's templates (rendered); gw_rendered moved to publisher.h.
 */
#ifndef GANGWAY_ABI_H
#define GANGWAY_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MAJOR changes when something existing changes: plugins of another major are refused. MINOR changes when something is
 * added: plugins of an older minor load, those of a newer one are refused, since they may call what this core lacks.
 * The ABI is unreleased: until it is, changes are logged above and the numbers stay. */
enum {
    GW_PLUGIN_MAGIC = 0x47574159, /* "GWAY"; frozen for all time */

    GW_ABI_MAJOR = 1,
    GW_ABI_MINOR = 0,

    GW_ENTRYPOINT_MAJOR = 1,
    GW_ENTRYPOINT_MINOR = 0,
    GW_REPOSITORY_MAJOR = 1,
    GW_REPOSITORY_MINOR = 0,
    GW_PUBLISHER_MAJOR = 1,
    GW_PUBLISHER_MINOR = 0,
    GW_NOTIFIER_MAJOR = 1,
    GW_NOTIFIER_MINOR = 0
};

/*
 * X(name, number, word). A plugin implements exactly one port, and the header of that port is its manual:
 *
 * ENTRYPOINT   where commands come from      gangway/port/entrypoint.h
 * REPOSITORY   where the state lives         gangway/port/repository.h
 * PUBLISHER    where events go               gangway/port/publisher.h
 * NOTIFIER     how people are notified       gangway/port/notifier.h
 *
 * Numbers are never used again for another port.
 */
#define GW_PORT_LIST(X)            \
    X(ENTRYPOINT, 1, "entrypoint") \
    X(REPOSITORY, 2, "repository") \
    X(PUBLISHER, 3, "publisher")   \
    X(NOTIFIER, 4, "notifier")

enum gw_port {
#define GW_PORT_ENUM(name, number, word) GW_PORT_##name = number,
    GW_PORT_LIST(GW_PORT_ENUM)
#undef GW_PORT_ENUM
};

/* count items, each stride bytes after the one before; an item may be longer than the reader's struct, never shorter
 * than the struct of the same major version. Borrowed like any pointer. */
struct gw_array {
    const void *items;
    uint32_t count;
    uint32_t stride;
};

/* The item at index, which must be below count. */
static inline const void *gw_array_at(const struct gw_array *array, uint32_t index)
{
    return (const char *)array->items + (uint64_t)index * array->stride;
}

#ifdef __cplusplus
}
#endif

#endif
