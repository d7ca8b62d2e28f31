/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to F_OFD_GETLK has the range of the conflicting lock. A query for a read lock only finds write locks. */
#include "write_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 8, /* while owners come and go */ RIGHTS_OF_OTHERS = 0077 };

static struct flock range_of(short type, int64_t at, int64_t len)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = (off_t)len};
}

/* Whether another open file has a write lock in [from, to). *ret_pid is its process. */
static bool has_writer(int fd, int64_t from, int64_t to, long *ret_pid)
{
    struct flock found = range_of(F_RDLCK, from, to - from);

    *ret_pid = 0;
    if (fcntl(fd, F_OFD_GETLK, &found) != 0 || found.l_type != F_WRLCK)
        return false;
    if (found.l_len > 0 && found.l_len < WRITE_LOCK_STEP)
        *ret_pid = (long)found.l_len;
    return true;
}

/* Whether a read lock conflicts. If the owner of the lock has just released it, none does. */
static bool has_reader(int fd, int64_t at)
{
    struct flock found = range_of(F_WRLCK, at, (int64_t)getpid());

    return fcntl(fd, F_OFD_GETLK, &found) == 0 && found.l_type == F_RDLCK;
}

static enum write_lock_result try_taking(int fd, int64_t at)
{
    struct flock wanted = range_of(F_WRLCK, at, (int64_t)getpid());

    if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
        return WRITE_LOCK_TAKEN;
    if (errno == EAGAIN || errno == EACCES)
        return WRITE_LOCK_HELD;
    if (errno == EINVAL || errno == ENOSYS || errno == ENOLCK || errno == EOPNOTSUPP)
        return WRITE_LOCK_UNSUPPORTED;
    return WRITE_LOCK_FAILED;
}

enum write_lock_result write_lock_take(int fd, int64_t at, long *ret_pid)
{
    enum write_lock_result result = WRITE_LOCK_HELD;

    *ret_pid = 0;
    for (int tries = 0; tries < TRIES && result == WRITE_LOCK_HELD; tries++) {
        result = try_taking(fd, at);
        if (result == WRITE_LOCK_HELD && has_writer(fd, at, at + WRITE_LOCK_STEP, ret_pid))
            break;
        if (result == WRITE_LOCK_HELD && has_reader(fd, at))
            result = WRITE_LOCK_OBSTRUCTED;
    }
    return result;
}

void write_lock_drop(int fd, int64_t at)
{
    struct flock mine = range_of(F_UNLCK, at, WRITE_LOCK_STEP);

    (void)fcntl(fd, F_OFD_SETLK, &mine);
}

long write_lock_holder(int fd, int64_t from, int64_t to)
{
    long pid;

    return has_writer(fd, from, to, &pid) ? pid : 0;
}

void write_lock_mark_file(int fd)
{
    struct stat seen;
    char pid[32];
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

    if (fstat(fd, &seen) == 0 && (seen.st_mode & RIGHTS_OF_OTHERS) != 0)
        (void)!fchmod(fd, WRITE_LOCK_FILE_MODE);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        (void)!ftruncate(fd, 0);
}
