/* SPDX-License-Identifier: Apache-2.0 */
/* Waits with poll(2) for the caller's descriptor and for the cancellation, in slices between two keepalives. */
#include "process/thread_host.h"

#include "base/clock.h"
#include "process/digest.h"
#include "process/wakeup.h"

#include <gangway/scope.h>

#include <poll.h>
#include <unistd.h>

enum { KEEPALIVE_MS = 1000 };

void gw_beat_note(gw_beat *beat)
{
    atomic_store_explicit(beat, gw_clock_monotonic_ms(), memory_order_relaxed);
}

int64_t gw_beat_silent_ms(const gw_beat *beat)
{
    int64_t beat_ms = atomic_load_explicit(beat, memory_order_relaxed);
    int64_t now_ms = gw_clock_monotonic_ms();

    return beat_ms < now_ms ? now_ms - beat_ms : 0;
}

static void beat(const struct gw_thread_host *host, int64_t ms)
{
    if (host->beat != NULL)
        atomic_store_explicit(host->beat, ms, memory_order_relaxed);
}

/* Returns the end of this slice. The keepalive itself may take long, because it asks a server. */
static int64_t keep_alive(struct gw_thread_host *host)
{
    if (host->keepalive == NULL)
        return INT64_MAX;
    if (gw_clock_monotonic_ms() >= host->next_keepalive_ms) {
        if (host->next_keepalive_ms != 0)
            host->keepalive(host->keepalive_context);
        host->next_keepalive_ms = gw_clock_monotonic_ms() + host->keepalive_ms;
    }
    return host->next_keepalive_ms;
}

static void host_log(const struct gw_host *table, const char *code, struct gw_text text)
{
    const struct gw_thread_host *host = gw_container_of(table, struct gw_thread_host, table);

    gw_log_event(host->log, code, table->component, "%.*s", (int)text.len, text.ptr);
}

static int64_t host_monotonic_ms(const struct gw_host *table)
{
    (void)table;
    return gw_clock_monotonic_ms();
}

static int64_t host_unix_ms(const struct gw_host *table)
{
    (void)table;
    return gw_clock_unix_ms();
}

static enum gw_status host_wait(const struct gw_host *table, int32_t fd, uint32_t wanted, int64_t deadline_ms,
                                uint32_t *ret_ready)
{
    return gw_thread_wait(gw_container_of(table, struct gw_thread_host, table), fd, wanted, deadline_ms, ret_ready);
}

static void host_metric(const struct gw_host *table, uint32_t index, struct gw_text label, int64_t value)
{
    const struct gw_thread_host *host = gw_container_of(table, struct gw_thread_host, table);

    if (host->metrics != NULL)
        gw_metrics_set(host->metrics, index, label, value);
}

static int64_t host_write(const struct gw_host *table, int32_t fd, struct gw_text bytes)
{
    (void)table;
    return gw_output_write_stream(fd, bytes.ptr, (size_t)bytes.len);
}

static void host_digest(const struct gw_host *table, struct gw_text bytes, uint8_t ret_digest[GW_DIGEST_BYTES])
{
    (void)table;
    gw_digest(bytes, ret_digest);
}

static int32_t host_is_stopping(const struct gw_host *table)
{
    struct gw_thread_host *host = gw_container_of(table, struct gw_thread_host, table);

    (void)keep_alive(host);
    beat(host, gw_clock_monotonic_ms());
    return gw_wakeup_is_raised(host->cancel);
}

void gw_thread_host_init(struct gw_thread_host *host, const char *service, const char *component,
                         const struct gw_log *log, int cancel)
{
    *host = (struct gw_thread_host){.table = {.size = sizeof host->table,
                                              .context = host,
                                              .component = component,
                                              .log = host_log,
                                              .wait = host_wait,
                                              .monotonic_ms = host_monotonic_ms,
                                              .unix_ms = host_unix_ms,
                                              .console = STDOUT_FILENO,
                                              .service = service,
                                              .metric = host_metric,
                                              .write = host_write,
                                              .digest = host_digest,
                                              .is_stopping = host_is_stopping},
                                    .log = log,
                                    .cancel = cancel,
                                    .also = -1,
                                    .keepalive_ms = KEEPALIVE_MS};
}

static uint32_t ready_bits(short revents)
{
    uint32_t ready = 0;

    if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        ready |= GW_WAIT_READ;
    if ((revents & (POLLOUT | POLLHUP | POLLERR)) != 0)
        ready |= GW_WAIT_WRITE;
    return ready;
}

/* Returns until when to wait. */
static int64_t run_loop(const struct gw_thread_host *host)
{
    if (host->loop == NULL)
        return INT64_MAX;
    gw_event_loop_run_due(host->loop);
    return gw_event_loop_due_ms(host->loop);
}

enum { CANCEL, WANTED, ALSO, LOOP, DESCRIPTORS };

/* Returns how many descriptors are ready, without the loop's. */
static int wait_until(const struct gw_thread_host *host, struct pollfd waiting[DESCRIPTORS], int64_t until_ms)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    int64_t slice = until_ms > now_ms ? until_ms - now_ms : 0;
    int ready;

    beat(host, GW_BEAT_WAITING);
    ready = poll(waiting, DESCRIPTORS, slice > 60000 ? 60000 : (int)slice);
    beat(host, gw_clock_monotonic_ms());
    return ready > 0 && waiting[LOOP].revents != 0 ? ready - 1 : ready;
}

enum gw_status gw_thread_wait(struct gw_thread_host *host, int fd, uint32_t wanted, int64_t deadline_ms,
                              uint32_t *ret_ready)
{
    struct pollfd waiting[DESCRIPTORS] = {[CANCEL] = {.fd = host->cancel, .events = POLLIN},
                                          [WANTED] = {.fd = fd},
                                          [ALSO] = {.fd = host->also, .events = POLLIN},
                                          [LOOP] = {.fd = -1, .events = POLLIN}};

    if ((wanted & GW_WAIT_READ) != 0)
        waiting[WANTED].events |= POLLIN;
    if ((wanted & GW_WAIT_WRITE) != 0)
        waiting[WANTED].events |= POLLOUT;
    if (host->loop != NULL)
        waiting[LOOP].fd = gw_event_loop_descriptor(host->loop);
    *ret_ready = 0;
    for (;;) {
        int64_t until = keep_alive(host);
        int64_t due = run_loop(host);

        if (due < until)
            until = due;
        if (wait_until(host, waiting, until < deadline_ms ? until : deadline_ms) > 0) {
            if (waiting[CANCEL].revents != 0)
                return GW_CANCELLED;
            *ret_ready = ready_bits(waiting[WANTED].revents) & (wanted | GW_WAIT_READ);
            return GW_OK;
        }
        if (gw_clock_monotonic_ms() >= deadline_ms)
            return GW_OK;
    }
}

enum gw_status gw_thread_pause(struct gw_thread_host *host, int64_t ms)
{
    uint32_t ready;

    return gw_thread_wait(host, -1, 0, gw_clock_monotonic_ms() + ms, &ready);
}
