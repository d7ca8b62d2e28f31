/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard output and standard error, which other processes share: a pipe to a log shipper or a pager, a terminal, a
 * file. Their reader may stop reading for ever, and that must not block a thread.
 *
 * The inherited descriptor is not changed, because O_NONBLOCK would affect every program that shares it. A pipe or a
 * terminal is opened a second time, which gives a file description of its own. Sockets use MSG_DONTWAIT. If the second
 * open is refused (a pipe of another user), the descriptor is polled before each write; then only another process that
 * fills the pipe between poll and write can block the writing thread.
 *
 * One write has at most PIPE_BUF bytes and ends at the end of a line, so lines up to PIPE_BUF never mix with the output
 * of other processes on the same pipe. Any thread.
 */
#ifndef GW_BASE_OUTPUT_H
#define GW_BASE_OUTPUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long all threads together wait for a reader; afterwards, output that does not fit is dropped at once. A tenth of
 * the time that passes is added again, so a slow reader costs at most a tenth of the throughput. */
enum { GW_OUTPUT_PATIENCE_MS = 500 };

enum gw_output_kind {
    GW_OUTPUT_FILE,   /* never waits for a reader */
    GW_OUTPUT_OWN,    /* opened again, with O_NONBLOCK */
    GW_OUTPUT_SOCKET, /* written to with MSG_DONTWAIT */
    GW_OUTPUT_SHARED  /* polled before each write */
};

struct gw_output {
    int fd;
    int given; /* the descriptor that was inherited */
    enum gw_output_kind kind;
    bool is_terminal;
    bool is_torn; /* the last text is incomplete: the next one begins on a new line */
    pthread_mutex_t lock;
    int64_t patience_ms;
    int64_t refilled_ms;
    atomic_bool is_unlocked;
    atomic_uint_fast64_t lost;       /* texts that were not written, or not whole */
    atomic_uint_fast64_t unreported; /* those of them that the log has not reported yet */
};

/* For the life of the process: standard output (1), standard error (2). */
struct gw_output *gw_output_standard(int fd);

/* For another descriptor, which stays the caller's. */
void gw_output_init(struct gw_output *output, int fd);
void gw_output_done(struct gw_output *output);

/* Writes a whole text, and waits for the reader while patience is left. Returns 0 or an errno; the text is then counted
 * as lost. EAGAIN: nobody reads. */
int gw_output_write(struct gw_output *output, const char *bytes, size_t len);

/* Writes a text only if that does not block. A dropped text is not counted. For output that is soon repeated. */
int gw_output_offer(struct gw_output *output, const char *bytes, size_t len);

/* Writes as many whole lines as possible without blocking. Returns the number of bytes, or -1 with errno: EAGAIN if it
 * would block. */
ssize_t gw_output_write_some(struct gw_output *output, const char *bytes, size_t len);

/* The same for standard output or standard error; any other descriptor is written directly. Returns bytes or -errno.
 */
int64_t gw_output_write_stream(int fd, const char *bytes, size_t len);

/* Stops waiting for locks, because their holders may never return: the process is about to end.
 * Async-signal-safe, as are writing and offering after it. */
void gw_output_unlock(struct gw_output *output);

/* How many texts were lost so far. */
uint64_t gw_output_lost(const struct gw_output *output);

#endif
