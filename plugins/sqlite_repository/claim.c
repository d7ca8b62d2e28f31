/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claim: three write locks (files/write_lock.h). Two are on the database: one for the gateway that runs on it, and one
 * in a group of ranges that represents the name through which it is used. The group is derived from the folder's inode
 * and the name within it. So a bind mount of the folder gives the same group, and a bind mount of the file another one.
 * Each process first takes a range of its own and then checks the other groups; of two processes that start at the same
 * time, at least one sees the other.
 *
 * The third, on PATH.lock, is for the gateway too, because another file can replace a database under its name. The lock
 * file stays when the claim ends, because removing it would let two processes lock two files of one name. Only its
 * owner may open it.
 */
#include "claim.h"

#include "database.h"
#include "files/write_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GROUP_BITS = 20,
    SLOT_BITS = 16,
    SLOT_TRIES = 8,
    NEW_DATABASE_MODE = 0644,
    LOCK_MODE = 0600,
    LOCK_OTHERS = 0077
};

#define GATEWAY_LOCK   WRITE_LOCK_FIRST
#define GROUP_STEP     (WRITE_LOCK_STEP << SLOT_BITS)
#define FIRST_GROUP    (WRITE_LOCK_FIRST + GROUP_STEP)
#define LAST_GROUP_END (FIRST_GROUP + (GROUP_STEP << GROUP_BITS))

void claim_init(struct claim *claim)
{
    *claim = (struct claim){.file_fd = -1, .lock_fd = -1};
}

static void drop(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void claim_done(struct claim *claim)
{
    drop(&claim->lock_fd);
    drop(&claim->file_fd);
}

static enum gw_status fail(int os_error, const char *doing, const char *path, struct gw_error *reterr)
{
    return gw_error_set_errno(reterr, sqlite_open_status(os_error), os_error, "%s %s", doing, path);
}

/* ---- the name -------------------------------------------------------------------------------------------------- */

static uint64_t hash(uint64_t seed, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        seed = (seed ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return seed;
}

/* Resolves all symbolic links. */
static enum gw_status real_path(const char *path, char real[PATH_MAX], struct gw_error *reterr)
{
    return realpath(path, real) != NULL ? GW_OK : fail(errno, "looking at", path, reterr);
}

/* Finds the group for the name that the file has here. */
static enum gw_status find_group(const char *path, int64_t *ret_group, struct gw_error *reterr)
{
    char real[PATH_MAX];
    char folder[PATH_MAX];
    struct stat seen;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    enum gw_status status = real_path(path, real, reterr);
    const char *name;

    if (status != GW_OK)
        return status;
    (void)snprintf(folder, sizeof folder, "%s", real);
    name = strrchr(real, '/') + 1;
    if (stat(dirname(folder), &seen) != 0)
        return fail(errno, "looking at", folder, reterr);
    sum = hash(sum, &seen.st_dev, sizeof seen.st_dev);
    sum = hash(sum, &seen.st_ino, sizeof seen.st_ino);
    sum = hash(sum, name, strlen(name));
    *ret_group = FIRST_GROUP + (int64_t)((sum ^ sum >> 32) & ((1u << GROUP_BITS) - 1)) * GROUP_STEP;
    return GW_OK;
}

static enum gw_status check_links(int fd, const char *path, struct gw_error *reterr)
{
    struct stat seen;

    if (fstat(fd, &seen) != 0)
        return fail(errno, "looking at", path, reterr);
    if (!S_ISREG(seen.st_mode))
        return gw_error_set(reterr, GW_CONFIG, "%s is no regular file", path);
    if (seen.st_nlink > 1)
        return gw_error_set(
            reterr, GW_CONFIG,
            "%s has %llu names (hard links); SQLite loses what is committed under one of several names: "
            "remove all names but one",
            path, (unsigned long long)seen.st_nlink);
    return GW_OK;
}

static enum gw_status refuse_name(const char *path, long pid, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "process %ld uses the file of %s under another name, such as a bind mount of the file alone; "
                        "SQLite loses what is committed under one of two names: stop it, or mount the folder",
                        pid, path);
}

static enum gw_status check_names(int fd, const char *path, int64_t group, struct gw_error *reterr)
{
    long pid = write_lock_holder(fd, FIRST_GROUP, group);

    if (pid == 0)
        pid = write_lock_holder(fd, group + GROUP_STEP, LAST_GROUP_END);
    return pid == 0 ? GW_OK : refuse_name(path, pid, reterr);
}

/* ---- locks ----------------------------------------------------------------------------------------------------- */

/* If a lock is prevented by a reader or by the file system, it is left out, because a stranger must not stop the
 * gateway. */
static void log_missing_lock(const struct gw_host *host, const char *path, enum write_lock_result result)
{
    gw_host_log(host, GW_CODE_SQLITE_NOT_LOCKED,
                "%s cannot be locked: %s; a second gateway that uses it under another name cannot be detected", path,
                result == WRITE_LOCK_OBSTRUCTED ? "another program holds a read lock on it"
                                                : "its file system has no locks");
}

/* Takes a range in the group. Other processes in the group use the same name, and do not conflict. */
static enum gw_status join_group(int fd, const char *path, int64_t group, const struct gw_host *host,
                                 struct gw_error *reterr)
{
    enum write_lock_result result = WRITE_LOCK_HELD;
    long pid;

    for (int tries = 0; tries < SLOT_TRIES && result == WRITE_LOCK_HELD; tries++) {
        uint16_t slot;

        sqlite3_randomness(sizeof slot, &slot);
        result = write_lock_take(fd, group + slot * WRITE_LOCK_STEP, &pid);
    }
    if (result == WRITE_LOCK_FAILED || result == WRITE_LOCK_HELD)
        return fail(result == WRITE_LOCK_FAILED ? errno : EAGAIN, "locking", path, reterr);
    if (result != WRITE_LOCK_TAKEN)
        log_missing_lock(host, path, result);
    return GW_OK;
}

static enum gw_status take_gateway_lock(int fd, const char *path, const struct gw_host *host, struct gw_error *reterr)
{
    long pid;
    enum write_lock_result result = write_lock_take(fd, GATEWAY_LOCK, &pid);

    if (result == WRITE_LOCK_FAILED)
        return fail(errno, "locking", path, reterr);
    if (result == WRITE_LOCK_HELD && pid > 0)
        return gw_error_set(reterr, GW_CONFIG, "another gateway runs on %s already: process %ld", path, pid);
    if (result == WRITE_LOCK_HELD)
        return gw_error_set(reterr, GW_CONFIG, "another gateway runs on %s already", path);
    if (result != WRITE_LOCK_TAKEN)
        log_missing_lock(host, path, result);
    return GW_OK;
}

static enum gw_status open_lock_file(const char *path, int *ret_fd, struct gw_error *reterr)
{
    char real[PATH_MAX];
    char name[PATH_MAX];
    enum gw_status status = real_path(path, real, reterr);
    int fd;

    if (status != GW_OK)
        return status;
    if (snprintf(name, sizeof name, "%s.lock", real) >= (int)sizeof name)
        return gw_error_set(reterr, GW_CONFIG, "%s: the path is too long", path);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, WRITE_LOCK_FILE_MODE);
    if (fd < 0)
        return fail(errno, "opening", name, reterr);
    *ret_fd = fd;
    return GW_OK;
}

/* ---- the claim ------------------------------------------------------------------------------------------------- */

static enum gw_status open_database(const char *path, int flags, int *ret_fd, struct gw_error *reterr)
{
    /* O_NONBLOCK: opening a FIFO does not wait */
    *ret_fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, NEW_DATABASE_MODE);
    if (*ret_fd >= 0)
        return GW_OK;
    if (errno == ENOENT && (flags & O_CREAT) == 0)
        return gw_error_set(reterr, GW_CONFIG, "%s does not exist: run `gangway migrate`", path);
    return fail(errno, "opening", path, reterr);
}

static enum gw_status join(int fd, const char *path, const struct gw_host *host, struct gw_error *reterr)
{
    int64_t group = 0;
    enum gw_status status = check_links(fd, path, reterr);

    if (status == GW_OK)
        status = find_group(path, &group, reterr);
    if (status == GW_OK)
        status = join_group(fd, path, group, host, reterr);
    return status == GW_OK ? check_names(fd, path, group, reterr) : status;
}

enum gw_status claim_join(struct claim *claim, const char *path, bool is_making, const struct gw_host *host,
                          struct gw_error *reterr)
{
    enum gw_status status;

    if (claim->file_fd >= 0)
        return GW_OK;
    status = open_database(path, is_making ? O_RDWR | O_CREAT : O_RDWR, &claim->file_fd, reterr);
    if (status == GW_OK)
        status = join(claim->file_fd, path, host, reterr);
    if (status != GW_OK)
        drop(&claim->file_fd);
    return status;
}

/* The lock file comes first: a refusal then does not touch the database, which this process may have open. */
enum gw_status claim_take(struct claim *claim, const char *path, const struct gw_host *host, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (claim->lock_fd >= 0)
        return GW_OK;
    if (access(path, F_OK) != 0)
        status = claim_join(claim, path, true, host, reterr);
    if (status == GW_OK)
        status = open_lock_file(path, &claim->lock_fd, reterr);
    if (status == GW_OK)
        status = take_gateway_lock(claim->lock_fd, path, host, reterr);
    if (status == GW_OK)
        status = claim_join(claim, path, true, host, reterr);
    if (status == GW_OK)
        status = take_gateway_lock(claim->file_fd, path, host, reterr);
    if (status == GW_OK)
        write_lock_mark_file(claim->lock_fd);
    else
        drop(&claim->lock_fd); /* connections through this claim may be open, so the database is not closed */
    return status;
}

enum gw_status claim_check(const struct claim *claim, const char *path, struct gw_error *reterr)
{
    struct stat joined;
    struct stat found;

    if (claim->file_fd < 0)
        return GW_OK;
    if (fstat(claim->file_fd, &joined) != 0)
        return fail(errno, "looking at", path, reterr);
    if (stat(path, &found) != 0) {
        if (errno != ENOENT)
            return fail(errno, "looking at", path, reterr);
        return gw_error_set(
            reterr, GW_CONFIG,
            "%s was removed or renamed while this process uses it; nothing more is committed to it: put "
            "it back, or restart",
            path);
    }
    if (joined.st_dev == found.st_dev && joined.st_ino == found.st_ino)
        return GW_OK;
    return gw_error_set(reterr, GW_CONFIG,
                        "%s is another file than the one that this process uses; nothing more is committed to the old "
                        "one: restart to use the new one",
                        path);
}

enum gw_status claim_look(const char *path, struct gw_error *reterr)
{
    int64_t group = 0;
    int fd = -1;
    enum gw_status status = open_database(path, O_RDONLY, &fd, reterr);

    if (status == GW_OK)
        status = check_links(fd, path, reterr);
    if (status == GW_OK)
        status = find_group(path, &group, reterr);
    if (status == GW_OK)
        status = check_names(fd, path, group, reterr);
    drop(&fd);
    return status;
}
