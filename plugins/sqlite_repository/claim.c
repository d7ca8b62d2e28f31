/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claim: flock, because it belongs to the open file and not to the process, so that closing some other descriptor does
 * not give it up. Never on the database itself: closing a descriptor of that would drop SQLite's own locks. The file
 * stays when the claim ends; removing it would let two processes lock two files of one name.
 */
#include "claim.h"

#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Two names of one database must have one lock. A file that is not there yet has only the name that was given. */
static enum gw_status lock_path(const char *path, char lock[PATH_MAX], struct gw_error *reterr)
{
    char real[PATH_MAX];

    if (realpath(path, real) == NULL)
        (void)snprintf(real, sizeof real, "%s", path);
    if (snprintf(lock, PATH_MAX, "%s.lock", real) >= PATH_MAX)
        return gw_error_set(reterr, GW_CONFIG, "%s: the path is too long", path);
    return GW_OK;
}

static enum gw_status refuse(int fd, const char *path, struct gw_error *reterr)
{
    char pid[32] = "";
    ssize_t len = pread(fd, pid, sizeof pid - 1, 0);

    pid[len > 0 ? len : 0] = '\0';
    pid[strspn(pid, "0123456789")] = '\0';
    return gw_error_set(reterr, GW_CONFIG, "another gateway runs on %s already: process %s", path,
                        pid[0] != '\0' ? pid : "unknown");
}

static enum gw_status lock(int fd, const char *path, struct gw_error *reterr)
{
    char pid[32];
    int len;

    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return refuse(fd, path, reterr);
        return gw_error_set_errno(reterr, sqlite_open_status(errno), errno, "locking %s.lock", path);
    }
    /* The lock is what counts; a disk too full for the pid only makes a poorer message. */
    len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        (void)!ftruncate(fd, 0);
    return GW_OK;
}

enum gw_status claim_take(const char *path, int *ret_fd, struct gw_error *reterr)
{
    char lock_file[PATH_MAX];
    enum gw_status status = lock_path(path, lock_file, reterr);
    int fd;

    if (status != GW_OK)
        return status;
    fd = open(lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return gw_error_set_errno(reterr, sqlite_open_status(errno), errno, "opening %s", lock_file);
    status = lock(fd, path, reterr);
    if (status != GW_OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return GW_OK;
}

void claim_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
