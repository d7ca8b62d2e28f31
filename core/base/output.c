/* SPDX-License-Identifier: Apache-2.0 */
/* See output.h. After gw_output_unlock everything but the opening is async-signal-safe. */
#include "base/output.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LOCK_MS = 1000, GIVEN_BACK = 10 };

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* The master side of a terminal: opening its name again would create another terminal. */
static bool is_terminal_master(int fd)
{
    int number;

    return ioctl(fd, TIOCGPTN, &number) == 0;
}

/* Opens the same pipe or terminal with a file description of its own; -1 if the kernel refuses. */
static int open_again(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static enum gw_output_kind kind_of(int fd)
{
    struct stat seen;

    if (fstat(fd, &seen) != 0 || S_ISREG(seen.st_mode) || S_ISBLK(seen.st_mode))
        return GW_OUTPUT_FILE;
    if (S_ISSOCK(seen.st_mode))
        return GW_OUTPUT_SOCKET;
    if (S_ISFIFO(seen.st_mode) || (isatty(fd) && !is_terminal_master(fd)))
        return GW_OUTPUT_OWN;
    return GW_OUTPUT_SHARED;
}

void gw_output_init(struct gw_output *output, int fd)
{
    *output = (struct gw_output){.fd = fd,
                                 .given = fd,
                                 .kind = kind_of(fd),
                                 .is_terminal = isatty(fd) == 1,
                                 .patience_ms = GW_OUTPUT_PATIENCE_MS,
                                 .refilled_ms = gw_clock_monotonic_ms()};
    (void)pthread_mutex_init(&output->lock, NULL);
    if (output->kind != GW_OUTPUT_OWN)
        return;
    output->fd = open_again(fd);
    if (output->fd >= 0)
        return;
    output->fd = fd;
    output->kind = GW_OUTPUT_SHARED;
}

void gw_output_done(struct gw_output *output)
{
    if (output->fd != output->given)
        (void)close(output->fd);
    (void)pthread_mutex_destroy(&output->lock);
}

static struct gw_output standard[2];

static void open_standard(void)
{
    gw_output_init(&standard[0], STDOUT_FILENO);
    gw_output_init(&standard[1], STDERR_FILENO);
}

struct gw_output *gw_output_standard(int fd)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, open_standard);
    return &standard[fd == STDOUT_FILENO ? 0 : 1];
}

/* ---- the lock --------------------------------------------------------------------------------------------------- */

/* The holder of the lock waits at most for its patience, unless a write blocks it in the kernel. */
static bool take(struct gw_output *output)
{
    int64_t until_ms = gw_clock_monotonic_ms() + LOCK_MS;

    if (atomic_load(&output->is_unlocked))
        return true;
    while (pthread_mutex_trylock(&output->lock) != 0) {
        if (gw_clock_monotonic_ms() >= until_ms)
            return false;
        (void)poll(NULL, 0, 1);
    }
    return true;
}

static void give(struct gw_output *output)
{
    if (!atomic_load(&output->is_unlocked))
        (void)pthread_mutex_unlock(&output->lock);
}

void gw_output_unlock(struct gw_output *output)
{
    atomic_store(&output->is_unlocked, true);
}

/* ---- one write -------------------------------------------------------------------------------------------------- */

/* The length of one write: whole lines, as many as a pipe takes atomically. */
static size_t piece_of(const char *bytes, size_t len)
{
    const char *newline;

    if (len <= PIPE_BUF)
        return len;
    newline = memrchr(bytes, '\n', PIPE_BUF);
    return newline != NULL ? (size_t)(newline - bytes) + 1 : PIPE_BUF;
}

static bool is_ready(const struct gw_output *output, int64_t timeout_ms)
{
    struct pollfd waiting = {.fd = output->fd, .events = POLLOUT};

    return poll(&waiting, 1, (int)timeout_ms) > 0;
}

/* Asks the kernel not to block where it supports that: for pipes since Linux 6.4. */
static ssize_t write_shared(const struct gw_output *output, const char *bytes, size_t len)
{
    struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    ssize_t written;

    if (!is_ready(output, 0)) {
        errno = EAGAIN;
        return -1;
    }
    written = pwritev2(output->fd, &piece, 1, -1, RWF_NOWAIT);
    if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != ESPIPE))
        return written;
    return write(output->fd, bytes, len);
}

static ssize_t write_piece(const struct gw_output *output, const char *bytes, size_t len)
{
    switch (output->kind) {
    case GW_OUTPUT_FILE:
        return write(output->fd, bytes, len);
    case GW_OUTPUT_OWN:
        return write(output->fd, bytes, piece_of(bytes, len));
    case GW_OUTPUT_SOCKET:
        return send(output->fd, bytes, piece_of(bytes, len), MSG_DONTWAIT | MSG_NOSIGNAL);
    case GW_OUTPUT_SHARED:
        return write_shared(output, bytes, piece_of(bytes, len));
    }
    return -1;
}

ssize_t gw_output_write_some(struct gw_output *output, const char *bytes, size_t len)
{
    ssize_t written;

    if (!take(output)) {
        errno = EAGAIN;
        return -1;
    }
    written = write_piece(output, bytes, len);
    give(output);
    return written;
}

int64_t gw_output_write_stream(int fd, const char *bytes, size_t len)
{
    ssize_t written = fd == STDOUT_FILENO || fd == STDERR_FILENO
                          ? gw_output_write_some(gw_output_standard(fd), bytes, len)
                          : write(fd, bytes, piece_of(bytes, len));

    return written >= 0 ? written : -errno;
}

/* ---- whole texts ------------------------------------------------------------------------------------------------ */

static void refill(struct gw_output *output)
{
    int64_t now = gw_clock_monotonic_ms();
    int64_t more = (now - output->refilled_ms) / GIVEN_BACK;

    if (more <= 0)
        return;
    output->refilled_ms = now;
    output->patience_ms =
        more < GW_OUTPUT_PATIENCE_MS - output->patience_ms ? output->patience_ms + more : GW_OUTPUT_PATIENCE_MS;
}

/* Waits for the reader while patience is left. A descriptor that is ready but takes nothing costs patience, too. */
static bool wait_for_reader(struct gw_output *output)
{
    static const struct timespec a_millisecond = {.tv_nsec = 1000000};
    int64_t before = gw_clock_monotonic_ms();
    int64_t spent;

    if (output->patience_ms <= 0)
        return false;
    if (is_ready(output, output->patience_ms))
        (void)nanosleep(&a_millisecond, NULL);
    spent = gw_clock_monotonic_ms() - before;
    output->patience_ms -= spent > 0 ? spent : 1;
    output->refilled_ms = gw_clock_monotonic_ms();
    return true;
}

static int write_text(struct gw_output *output, bool waits, const char *bytes, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t written = write_piece(output, bytes + done, len - done);

        if (written > 0) {
            done += (size_t)written;
        } else if (written == 0 || (errno != EINTR && errno != EAGAIN)) {
            break;
        } else if (errno == EAGAIN && !(waits && wait_for_reader(output))) {
            errno = EAGAIN;
            break;
        }
    }
    if (done == len)
        return 0;
    output->is_torn = output->is_torn || done > 0;
    return errno != 0 ? errno : EIO;
}

static int write_locked(struct gw_output *output, bool waits, const char *bytes, size_t len)
{
    int failed = 0;

    refill(output);
    if (output->is_torn)
        failed = write_text(output, waits, "\n", 1);
    if (failed != 0)
        return failed;
    output->is_torn = false;
    return write_text(output, waits, bytes, len);
}

int gw_output_offer(struct gw_output *output, const char *bytes, size_t len)
{
    int failed = EAGAIN;

    if (take(output)) {
        failed = write_locked(output, false, bytes, len);
        give(output);
    }
    return failed;
}

int gw_output_write(struct gw_output *output, const char *bytes, size_t len)
{
    int failed = EAGAIN;

    if (take(output)) {
        failed = write_locked(output, true, bytes, len);
        give(output);
    }
    if (failed != 0) {
        atomic_fetch_add(&output->lost, 1);
        atomic_fetch_add(&output->unreported, 1);
    }
    return failed;
}

uint64_t gw_output_lost(const struct gw_output *output)
{
    return atomic_load(&output->lost);
}
