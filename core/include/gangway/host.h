/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services that a plugin may call: a table of functions, so that a plugin links no symbol of the core and can be
 * tested with a table of the test's own.
 *
 * Life cycle
 *
 *   open     An instance gets its table, and keeps the pointer. Each instance has a table of its own.
 *   work     Every function may be called in every slot, except where it says otherwise.
 *   stop     wait returns CANCELLED from now on, so that a slot that waits ends soon. settle and close may still wait:
 *            for them it waits for some seconds more.
 *   close    After close has returned the table is gone. A thread of a foreign library must have ended by then.
 *
 * Threads
 *
 *   log, metric, write, digest and the clocks: any thread, also those of a foreign library, several at the same time.
 *   wait, is_stopping: only the thread that the core called the slot on, because they keep its component alive.
 *
 * Ownership: texts that are handed in are borrowed for the call, and copied where the core keeps them. Texts in the
 * table are static for the instance.
 *
 * Units: times are milliseconds; a deadline is a value of monotonic_ms, never a duration.
 *
 * A test of a plugin makes a table of its own:
 *
 *     struct gw_host host = {.size = sizeof host, .component = "orders", .log = keep_line, .wait = poll_until, ...};
 *
 *     status = gw_plugin_descriptor.open(&host, &config, &self, &error);
 *
 * What is not in the table a plugin does itself, or asks its foreign library for: files, sockets, memory, threads of a
 * library. What it must not do is block without wait or is_stopping, log to standard error, change the process
 * (signals, umask, locale, working directory), or end it.
 *
 * Figures that nobody outside can see, such as a connection's state, go to metric; events that an operator acts on go
 * to log, with a code of their own; everything else that a slot finds out is its return value and its error.
 *
 * No function fails in a way that a plugin has to handle but wait and write; both say how.
 */
#ifndef GANGWAY_HOST_H
#define GANGWAY_HOST_H

#include <gangway/error.h>
#include <gangway/event_code.h>
#include <gangway/message.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to wait for, and what wait found: there is something to read, or the other side has closed; there is room to
 * write. An error on the descriptor is found as both. */
enum { GW_WAIT_READ = 1u << 0, GW_WAIT_WRITE = 1u << 1 };

/*
 * The table. It may be longer than this one, never shorter: the loader refuses a plugin whose minor version is above
 * the core's. A plugin that is loaded has at least the functions of the minor version that it was built with, so it may
 * call those of its own headers without looking at size.
 *
 *     status = host->wait(host, socket, GW_WAIT_READ, host->monotonic_ms(host) + 5000, &ready);
 *     if (status != GW_OK)
 *         return gw_error_set(reterr, status, "waiting for an answer");
 *     if (ready == 0)
 *         return gw_error_set(reterr, GW_TRANSIENT, "no answer within 5 s");
 */
struct gw_host {
    uint32_t size;
    uint32_t reserved;
    void *context; /* the core's; pass the table itself as the first argument */

    /* The id of this component in the bootstrap file. Static for the instance. */
    const char *component;

    /* Writes a log record that carries the component's id, for what an operator should know and no return value can
     * say: a reconnect, a broker's warning. code is an event code (gangway/event_code.h), NUL-terminated, whose letter
     * is the record's level; NULL is a record for debugging. Both are borrowed for the call. Any thread. */
    void (*log)(const struct gw_host *host, const char *code, struct gw_text text);

    /* Waits until fd is ready for one of the wanted (GW_WAIT_...) or deadline_ms (monotonic_ms) has come; fd -1 only
     * waits. While it waits the core keeps the thread's entrypoint alive, so this is the only way to wait there.
     * OK and *ret_ready (may be 0 at the deadline); CANCELLED at shutdown: return at once, with CANCELLED. */
    enum gw_status (*wait)(const struct gw_host *host, int32_t fd, uint32_t wanted, int64_t deadline_ms,
                           uint32_t *ret_ready);

    /* Milliseconds that never go back; for deadlines. Any thread. */
    int64_t (*monotonic_ms)(const struct gw_host *host);

    /* Milliseconds since 1970 (UTC); for what people read and what other machines compare. Any thread. */
    int64_t (*unix_ms)(const struct gw_host *host);

    /* The descriptor for lines that a person reads: standard output, or standard error where standard output belongs to
     * a publisher that writes its events there. Belongs to the process: never closed by a plugin. */
    int32_t console;

    /* Which of the component's instances this is, from 0: an entrypoint has one for each worker. */
    uint32_t instance;

    /* The `service` of the bootstrap file. Static for the instance. */
    const char *service;

    /* Reports a value of the metric at this index of the plugin's table (gangway/metric.h), until the next report; a
     * value below 0 says that it is no longer known. label is the value of the metric's label, and is copied; empty for
     * a metric without one. An index that the table does not have is ignored. Any thread. Cheap enough for once a
     * second and label, not for each message. */
    void (*metric)(const struct gw_host *host, uint32_t index, struct gw_text label, int64_t value);

    /* Writes to a stream what it takes now, and never blocks. fd is standard output or standard error (1, 2, console),
     * which others share: they stay as they are; or a descriptor that the plugin opened with O_NONBLOCK. A text that is
     * longer than a pipe takes in one piece (4,096 bytes) is cut behind a newline if there is one, so that lines of
     * several writers do not mix. Returns how many bytes were written; or -errno: -EAGAIN when wait has to come first,
     * or a moment's wait when fd seems ready. Any thread. */
    int64_t (*write)(const struct gw_host *host, int32_t fd, struct gw_text bytes);

    /* BLAKE2b-128 of bytes, without a key: the digest of an oversized message (gangway/message.h), and the function by
     * which the core compares the bodies of messages. A plugin that has to tell contents apart, such as a consumer
     * whose messages have no ids, uses it instead of a library of its own. It keeps nothing and cannot fail. Any
     * thread. */
    void (*digest)(const struct gw_host *host, struct gw_text bytes, uint8_t ret_digest[GW_DIGEST_BYTES]);

    /* Whether wait would return CANCELLED now: 1, else 0. Never blocks longer than wait does for a sign of life.
     *
     * A destination's plugin (publisher, notifier) may block inside a foreign library that has no descriptor to wait
     * for, up to the deadline of its slot, if it calls this at least once a second: from a progress callback, or
     * between two slices of the library's own timeout. Each call is a sign of life, as wait is: the core renews the
     * destination's lease during it, at most once a second. At 1 the slot gives up and returns CANCELLED; in close it
     * ends what it can. Where a call comes later than after a second, another gateway may take the destination over,
     * and what is under way may be delivered twice.
     *
     * An entrypoint still waits through wait only: between two requests of its library it may ask, but nothing is kept
     * alive meanwhile. The same thread as wait, so never from a thread of the foreign library. */
    int32_t (*is_stopping)(const struct gw_host *host);
};

/* Where the check of a plugin (gangway/plugin.h) reports what it found. Made by the core, borrowed for the call. */
struct gw_report {
    uint32_t size; /* sizeof(struct gw_report) in the core */

    /* For a repository: how many sessions `run` with this file would hold at the same time, one for each worker, one
     * for each relay, and the main thread's. A repository on a server compares it with what the server admits. Else 0.
     */
    uint32_t sessions;

    void *context; /* the core's; pass the table itself as the first argument */

    /* One finding: status GW_OK or why not, the thing looked at, and what was seen. The texts are copied. */
    void (*line)(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding);
};

/* Formats and logs, as printf does; code is as in gw_host.log. What is longer than 1,023 bytes is cut. Any thread. */
GW_PRINTF(3, 4)
static inline void gw_host_log(const struct gw_host *host, const char *code, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (written < 0)
        return;
    host->log(host, code, gw_text_of(text));
}

/* Formats a finding of check, as printf does, and reports it. What is longer than 1,023 bytes is cut. Returns status,
 * so that the finding that decides is `return gw_report_line(...)`. */
GW_PRINTF(4, 5)
static inline enum gw_status gw_report_line(const struct gw_report *report, enum gw_status status, const char *subject,
                                            const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    report->line(report, (int32_t)status, gw_text_of(subject), gw_text_of(text));
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
