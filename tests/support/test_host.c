/* SPDX-License-Identifier: Apache-2.0 */
/* The test's host: poll for waiting, in short slices so that a cancel from another thread is seen. */
#include "test_host.h"

#include <gangway/metric.h>

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

enum { SLICE_MS = 5, PIECE_BYTES = 4096 };

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t host_monotonic_ms(const struct gw_host *host)
{
    struct test_host *test = host->context;

    return clock_ms(CLOCK_MONOTONIC) + atomic_load(&test->moved_ms);
}

static int64_t host_unix_ms(const struct gw_host *host)
{
    return clock_ms(CLOCK_REALTIME) + ((const struct test_host *)host->context)->unix_offset_ms;
}

static void host_log(const struct gw_host *host, const char *code, struct gw_text text)
{
    struct test_host *test = host->context;
    size_t used;

    (void)pthread_mutex_lock(&test->lock);
    used = strlen(test->log);
    (void)snprintf(test->log + used, sizeof test->log - used, "%s %.*s\n", code != NULL ? code : "debug", (int)text.len,
                   text.ptr);
    (void)pthread_mutex_unlock(&test->lock);
}

static void host_metric(const struct gw_host *host, uint32_t index, struct gw_text label, int64_t value)
{
    struct test_host *test = host->context;

    if (index == 0 && label.len == 0)
        atomic_store(&test->connection_up, value);
}

static uint32_t ready_of(short revents)
{
    uint32_t ready = 0;

    if (revents & (POLLIN | POLLHUP | POLLERR))
        ready |= GW_WAIT_READ;
    if (revents & (POLLOUT | POLLERR))
        ready |= GW_WAIT_WRITE;
    return ready;
}

static void host_digest(const struct gw_host *host, struct gw_text bytes, uint8_t ret_digest[GW_DIGEST_BYTES])
{
    (void)host;
    (void)crypto_generichash(ret_digest, GW_DIGEST_BYTES, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
}

static void note_sign_of_life(struct test_host *test)
{
    int64_t now_ms = clock_ms(CLOCK_MONOTONIC);
    int64_t silent_ms = now_ms - atomic_exchange(&test->alive_ms, now_ms);

    if (silent_ms > atomic_load(&test->silent_ms))
        atomic_store(&test->silent_ms, silent_ms);
}

static int32_t host_is_stopping(const struct gw_host *host)
{
    struct test_host *test = host->context;

    note_sign_of_life(test);
    return atomic_load(&test->cancelled);
}

static enum gw_status host_wait(const struct gw_host *host, int32_t fd, uint32_t wanted, int64_t deadline_ms,
                                uint32_t *ret_ready)
{
    struct test_host *test = host->context;
    struct pollfd item = {.fd = fd};

    item.events =
        (short)((wanted & GW_WAIT_READ ? POLLIN : 0) | (wanted & GW_WAIT_WRITE ? POLLOUT : 0)); /* fd -1: ignored */
    atomic_fetch_add(&test->waits, 1);
    for (;;) {
        int64_t left = deadline_ms - host_monotonic_ms(host);
        int found;

        note_sign_of_life(test);
        if (atomic_load(&test->cancelled))
            return GW_CANCELLED;
        found = poll(&item, 1, (int)(left <= 0 ? 0 : left < SLICE_MS ? left : SLICE_MS));
        if (found > 0 || (found == 0 && left <= 0)) {
            if (ret_ready != NULL)
                *ret_ready = found > 0 ? ready_of(item.revents) & wanted : 0;
            return GW_OK;
        }
    }
}

static int64_t host_write(const struct gw_host *host, int32_t fd, struct gw_text bytes)
{
    ssize_t written = write(fd, bytes.ptr, bytes.len < PIECE_BYTES ? (size_t)bytes.len : PIECE_BYTES);

    (void)host;
    return written >= 0 ? written : -errno;
}

void test_host_init(struct test_host *test, const char *component)
{
    memset(test, 0, sizeof *test);
    atomic_init(&test->connection_up, GW_METRIC_UNKNOWN);
    test->host = (struct gw_host){
        .size = sizeof test->host,
        .context = test,
        .component = component,
        .log = host_log,
        .wait = host_wait,
        .monotonic_ms = host_monotonic_ms,
        .unix_ms = host_unix_ms,
        .console = 1,
        .service = "shop",
        .metric = host_metric,
        .write = host_write,
        .digest = host_digest,
        .is_stopping = host_is_stopping,
    };
    (void)pthread_mutex_init(&test->lock, NULL);
}

void test_host_begin(struct test_host *test)
{
    atomic_store(&test->alive_ms, clock_ms(CLOCK_MONOTONIC));
    atomic_store(&test->silent_ms, 0);
}

int64_t test_host_silence_ms(struct test_host *test)
{
    note_sign_of_life(test);
    return atomic_load(&test->silent_ms);
}

void test_host_cancel(struct test_host *test)
{
    atomic_store(&test->cancelled, true);
}

bool test_host_has_logged(struct test_host *test, const char *code, const char *fact)
{
    size_t code_len = strlen(code);
    bool has_it = false;

    (void)pthread_mutex_lock(&test->lock);
    for (const char *line = test->log; *line != '\0' && !has_it;) {
        const char *end = line + strcspn(line, "\n");
        const char *found = strstr(line, fact);

        has_it = strncmp(line, code, code_len) == 0 && line[code_len] == ' ' && found != NULL && found <= end;
        line = *end == '\n' ? end + 1 : end;
    }
    (void)pthread_mutex_unlock(&test->lock);
    return has_it;
}
