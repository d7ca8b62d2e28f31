/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens, repairs and appends. See output.h.
 *
 * The file is locked while a group is appended (files/write_lock.h). So two gateways may share a file, under whatever
 * names: the text behind the last newline is then never the unfinished line of another gateway. On a file system
 * without locks it appends without one. If a program that may only read the file prevents the lock, events are appended
 * too, but nothing is cut off.
 */
#include "output.h"

#include "event_line.h"
#include "files/file_status.h"
#include "files/write_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAUSE_MS = 5,         /* the pause if poll reports a stream as ready but it accepts nothing */
    TAIL_MAX = 64 * 1024, /* no line of this plugin is longer */
    LOCK_RETRY_MS = 20
};

void output_init(struct output *output, const struct gw_host *host, const char *path, int is_sync)
{
    *output = (struct output){.host = host, .path = path, .fd = -1, .is_sync = is_sync, .end = -1};
}

static int is_stdout(const struct output *output)
{
    return strcmp(output->path, "-") == 0;
}

static const char *output_name(const struct output *output)
{
    return is_stdout(output) ? "standard output" : output->path;
}

void output_close(struct output *output)
{
    if (output->fd >= 0 && !is_stdout(output))
        (void)close(output->fd);
    output->fd = -1;
    output->end = -1;
}

/* A standard output whose reader has gone is CONFIG, because no retry brings it back. */
static enum gw_status output_status(const struct output *output, int os_error)
{
    return os_error == EPIPE && is_stdout(output) ? GW_CONFIG : file_status(os_error);
}

static enum gw_status output_fail(const struct output *output, int os_error, const char *doing, struct gw_error *reterr)
{
    return gw_error_set_errno(reterr, output_status(output, os_error), os_error, "%s %s", doing, output_name(output));
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

/* The name of a new file is durable only after its directory is synced. */
static int sync_directory(const char *path)
{
    char copy[PATH_MAX];
    int fd;
    int result;

    if (strlen(path) >= sizeof copy) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(copy, path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    result = fsync(fd);
    (void)close(fd);
    return result;
}

/* The file is opened for reading too, to find an incomplete last line. O_NONBLOCK: opening a FIFO does not wait for a
 * reader. */
static int open_path(const struct output *output)
{
    int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct stat seen;
    int fd;

    if (stat(output->path, &seen) == 0 && !S_ISREG(seen.st_mode))
        return open(output->path, (flags & ~O_ACCMODE) | O_WRONLY);
    fd = open(output->path, flags);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    fd = open(output->path, flags | O_CREAT, 0666);
    if (fd >= 0 && output->is_sync && sync_directory(output->path) != 0) {
        int os_error = errno;
        (void)close(fd);
        errno = os_error;
        return -1;
    }
    return fd;
}

static enum gw_status output_open(struct output *output, struct gw_error *reterr)
{
    struct stat seen;
    int fd = is_stdout(output) ? STDOUT_FILENO : open_path(output);

    if (fd < 0 && errno == ENXIO)
        return gw_error_set(reterr, GW_TRANSIENT, "%s has no reader", output_name(output));
    if (fd < 0)
        return output_fail(output, errno, "opening", reterr);
    if (fstat(fd, &seen) != 0) {
        int os_error = errno;
        if (!is_stdout(output))
            (void)close(fd);
        return output_fail(output, os_error, "looking at", reterr);
    }
    output->fd = fd;
    output->is_regular = !is_stdout(output) && S_ISREG(seen.st_mode);
    output->end = -1;
    return GW_OK;
}

/* Closes a file that was renamed (log rotation) or deleted, because the path names another file now, or will. */
static enum gw_status output_reopen(struct output *output, struct gw_error *reterr)
{
    struct stat mine;
    struct stat named;

    if (output->fd >= 0 && output->is_regular &&
        (fstat(output->fd, &mine) != 0 || stat(output->path, &named) != 0 || mine.st_ino != named.st_ino ||
         mine.st_dev != named.st_dev))
        output_close(output);
    return output->fd >= 0 ? GW_OK : output_open(output, reterr);
}

/* ---- a file ---------------------------------------------------------------------------------------------------- */

static enum gw_status file_lock(struct output *output, int64_t deadline_ms, struct gw_error *reterr)
{
    const struct gw_host *host = output->host;

    enum write_lock_result result;
    long pid;

    while ((result = write_lock_take(output->fd, WRITE_LOCK_FIRST, &pid)) == WRITE_LOCK_HELD) {
        int64_t now = host->monotonic_ms(host);
        int64_t next = now + LOCK_RETRY_MS < deadline_ms ? now + LOCK_RETRY_MS : deadline_ms;
        uint32_t ready;

        if (now >= deadline_ms)
            return gw_error_set(reterr, GW_TRANSIENT, "another gateway, process %ld, is writing to %s", pid,
                                output->path);
        if (host->wait(host, -1, 0, next, &ready) == GW_CANCELLED)
            return gw_error_set(reterr, GW_CANCELLED, "waiting for the lock on %s", output->path);
    }
    output->may_cut = result != WRITE_LOCK_OBSTRUCTED;
    return GW_OK;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        len -= (size_t)written;
    }
    return 0;
}

/* Removes an incomplete line of this plugin, whose event is sent again. Any other last line stays and gets a newline:
 * it may be a delivered event whose newline an editor removed, or text of another program. */
static int end_tail(struct output *output, off_t size, struct gw_text tail)
{
    off_t start = size - (off_t)tail.len;

    switch (tail_of(tail)) {
    case TAIL_EMPTY:
        return 0;
    case TAIL_TORN:
        if (!output->may_cut) {
            gw_host_log(
                output->host, GW_CODE_TORN_LINE_KEPT,
                "%s: the incomplete last line of %llu bytes was ended with a newline at byte %lld instead of cut off, "
                "because another program holds a read lock on the file; its event is written again",
                output->path, (unsigned long long)tail.len, (long long)size);
            return write_all(output->fd, "\n", 1);
        }
        gw_host_log(output->host, GW_CODE_TORN_LINE_CUT,
                    "%s: the incomplete last line of %llu bytes was cut off at byte %lld; its event is written again",
                    output->path, (unsigned long long)tail.len, (long long)start);
        return ftruncate(output->fd, start);
    default:
        gw_host_log(output->host, GW_CODE_NEWLINE_ADDED, "%s: the last line had no newline; one was added at byte %lld",
                    output->path, (long long)size);
        return write_all(output->fd, "\n", 1);
    }
}

/* Examines the text behind the last newline. */
static int repair(struct output *output, off_t size)
{
    size_t want = size < TAIL_MAX ? (size_t)size : TAIL_MAX;
    char *bytes = malloc(want > 0 ? want : 1);
    ssize_t got = bytes != NULL ? pread(output->fd, bytes, want, size - (off_t)want) : -1;
    int result = -1;

    if (got == (ssize_t)want) {
        const char *newline = memrchr(bytes, '\n', want);
        const char *tail = newline != NULL ? newline + 1 : bytes;

        result = end_tail(output, size, gw_text_span(tail, (uint64_t)(bytes + want - tail)));
    } else if (got >= 0) {
        errno = EAGAIN; /* another program is truncating the file */
    }
    free(bytes);
    return result;
}

static void note_leftover(struct output *output, off_t start)
{
    struct stat seen;

    gw_host_log(
        output->host, GW_CODE_GROUP_NOT_CUT,
        "%s: a group of events failed and could not be cut off at byte %lld: %s; retrying before the next group",
        output->path, (long long)start, strerror(errno));
    if (fstat(output->fd, &seen) == 0)
        output->leftover = (struct leftover){seen.st_dev, seen.st_ino, start, seen.st_size};
}

/* Removes what could not be removed before. If another writer has appended since, the text stays: its events then come
 * twice, with the same ids. */
static int cut_leftover(struct output *output, struct stat *seen)
{
    const struct leftover *leftover = &output->leftover;

    if (output->may_cut && leftover->end > leftover->start && leftover->end == seen->st_size &&
        leftover->inode == seen->st_ino && leftover->device == seen->st_dev) {
        if (ftruncate(output->fd, leftover->start) != 0)
            return -1;
        seen->st_size = leftover->start;
    }
    output->leftover = (struct leftover){0};
    return 0;
}

/* Removes the part of a failed group that was written: an incomplete line, or events that count as not sent. It also
 * closes the descriptor, because after a failed fsync that may hide the error. */
static enum gw_status file_give_up(struct output *output, off_t start, const char *doing, struct gw_error *reterr)
{
    enum gw_status status = output_fail(output, errno, doing, reterr);

    if (start >= 0 && output->may_cut && ftruncate(output->fd, start) != 0)
        note_leftover(output, start);
    output_close(output);
    return status;
}

static enum gw_status file_append_locked(struct output *output, struct gw_text group, struct gw_error *reterr)
{
    struct stat seen;
    off_t start;

    if (fstat(output->fd, &seen) != 0)
        return file_give_up(output, -1, "looking at", reterr);
    if (cut_leftover(output, &seen) != 0)
        return file_give_up(output, -1, "cutting a failed group off", reterr);
    if (seen.st_size != output->end && seen.st_size > 0 && repair(output, seen.st_size) != 0)
        return file_give_up(output, -1, "repairing the last line of", reterr);
    start = lseek(output->fd, 0, SEEK_END);
    if (start < 0)
        return file_give_up(output, -1, "looking at", reterr);
    if (write_all(output->fd, group.ptr, (size_t)group.len) != 0)
        return file_give_up(output, start, "writing to", reterr);
    if (output->is_sync && fdatasync(output->fd) != 0)
        return file_give_up(output, start, "syncing", reterr);
    output->end = start + (off_t)group.len;
    return GW_OK;
}

static enum gw_status file_append(struct output *output, struct gw_text group, int64_t deadline_ms,
                                  struct gw_error *reterr)
{
    enum gw_status status = file_lock(output, deadline_ms, reterr);

    if (status != GW_OK)
        return status;
    status = file_append_locked(output, group, reterr);
    if (output->fd >= 0)
        write_lock_drop(output->fd, WRITE_LOCK_FIRST);
    return status;
}

/* ---- a stream -------------------------------------------------------------------------------------------------- */

/* Writes whole lines, as many as a pipe accepts in one piece, and never blocks beyond the deadline. */
static enum gw_status stream_write(struct output *output, struct gw_text bytes, int64_t deadline_ms,
                                   struct gw_error *reterr)
{
    while (bytes.len > 0) {
        const struct gw_host *host = output->host;
        uint32_t ready = 0;
        enum gw_status status = host->wait(host, output->fd, GW_WAIT_WRITE, deadline_ms, &ready);
        int64_t written;

        if (status != GW_OK)
            return gw_error_set(reterr, status, "waiting for %s", output_name(output));
        if ((ready & GW_WAIT_WRITE) == 0)
            return gw_error_set(reterr, GW_TRANSIENT, "the reader of %s is too slow", output_name(output));
        written = host->write(host, output->fd, bytes);
        if (written == -EAGAIN)
            (void)host->wait(host, -1, 0, host->monotonic_ms(host) + PAUSE_MS, &ready);
        if (written == -EINTR || written == -EAGAIN)
            continue;
        if (written < 0)
            return output_fail(output, (int)-written, "writing to", reterr);
        output->is_torn = bytes.ptr[written - 1] != '\n';
        bytes = gw_text_span(bytes.ptr + written, bytes.len - (uint64_t)written);
    }
    return GW_OK;
}

static enum gw_status stream_append(struct output *output, struct gw_text group, int64_t deadline_ms,
                                    struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (output->is_torn)
        status = stream_write(output, gw_text_of("\n"), deadline_ms, reterr);
    if (status == GW_OK)
        status = stream_write(output, group, deadline_ms, reterr);
    if (status != GW_OK && status != GW_CANCELLED)
        output_close(output);
    return status;
}

enum gw_status output_append(struct output *output, struct gw_text group, int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = output_reopen(output, reterr);

    if (status != GW_OK)
        return status;
    return output->is_regular ? file_append(output, group, deadline_ms, reterr)
                              : stream_append(output, group, deadline_ms, reterr);
}

/* ---- check ----------------------------------------------------------------------------------------------------- */

static enum gw_status check_directory(const struct output *output, const struct gw_report *report)
{
    char copy[PATH_MAX];

    if (strlen(output->path) >= sizeof copy)
        return gw_report_line(report, GW_CONFIG, output->path, "is too long for a path");
    strcpy(copy, output->path);
    if (faccessat(AT_FDCWD, dirname(copy), W_OK | X_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, output->path, "cannot be created: %s", strerror(errno));
    return gw_report_line(report, GW_OK, output->path, "will be created");
}

enum gw_status output_check(const struct output *output, const struct gw_report *report)
{
    struct stat seen;

    if (is_stdout(output))
        return fcntl(STDOUT_FILENO, F_GETFL) < 0 ? gw_report_line(report, GW_CONFIG, "standard output", "is closed")
                                                 : gw_report_line(report, GW_OK, "standard output", "is open");
    if (stat(output->path, &seen) != 0 && errno == ENOENT)
        return check_directory(output, report);
    if (stat(output->path, &seen) != 0)
        return gw_report_line(report, GW_CONFIG, output->path, "%s", strerror(errno));
    if (S_ISDIR(seen.st_mode))
        return gw_report_line(report, GW_CONFIG, output->path, "is a directory");
    if (faccessat(AT_FDCWD, output->path, S_ISREG(seen.st_mode) ? R_OK | W_OK : W_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, output->path, "cannot be read and written: %s", strerror(errno));
    return gw_report_line(report, GW_OK, output->path, "can be written to");
}
