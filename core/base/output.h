/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard output and standard error, which the process shares with others: a pipe to a log shipper or a pager, a
 * terminal, a file. Whoever reads them may stop reading for ever, and that must stop no thread of ours.
 *
 * The descriptor itself stays as it was inherited: O_NONBLOCK on it would hit every program that shares it. A pipe or a
 * terminal is opened a second time instead, which gives a file description of our own. A socket is written to with
 * MSG_DONTWAIT. Where the second opening is refused (a pipe of another user), it is looked at before each write; only
 * another process that fills a pipe between the look and the write can block the writing thread then.
 *
 * What is written at once is at most PIPE_BUF bytes, ends at a line where it is longer, and so never mixes with what
 * other processes write to the same pipe, as long as no line is longer than that. Any thread.
 */
#ifndef GW_BASE_OUTPUT_H
#define GW_BASE_OUTPUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long all threads together wait for a reader, before what does not fit is lost at once. Every tenth of the time
 * that passes is given back, so that a slow reader costs a tenth of the throughput at the most. */
enum { GW_OUTPUT_PATIENCE_MS = 500 };

enum gw_output_kind {
    GW_OUTPUT_FILE,   /* never waits for a reader */
    GW_OUTPUT_OWN,    /* opened again, with O_NONBLOCK */
    GW_OUTPUT_SOCKET, /* written to with MSG_DONTWAIT */
    GW_OUTPUT_SHARED  /* looked at before each write */
};

struct gw_output {
    int fd;
    int given; /* the descriptor that was inherited */
    enum gw_output_kind kind;
    bool is_terminal;
    bool is_torn; /* a text was cut short by what could not be written: the next begins on a line of its own */
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

/* Writes all of a text, and waits for the reader while there is patience left. Returns 0, else an errno and the text
 * counts as lost: EAGAIN when nobody reads. */
int gw_output_write(struct gw_output *output, const char *bytes, size_t len);

/* Writes it if that needs no waiting; lost, it is not counted. For what is shown again soon. */
int gw_output_offer(struct gw_output *output, const char *bytes, size_t len);

/* Writes as much of it as can be written now, up to the end of a line. Returns how much; -1 with errno: EAGAIN when it
 * has to be waited for. */
ssize_t gw_output_write_some(struct gw_output *output, const char *bytes, size_t len);

/* The same on standard output or standard error; any other descriptor is written to as it is. Returns bytes or -errno.
 */
int64_t gw_output_write_stream(int fd, const char *bytes, size_t len);

/* From now on no lock is waited for, because its holder may never return: the process is about to end.
 * Async-signal-safe, as are writing and offering after it. */
void gw_output_unlock(struct gw_output *output);

/* How many texts were lost so far. */
uint64_t gw_output_lost(const struct gw_output *output);

#endif
