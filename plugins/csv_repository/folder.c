/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder: a rename replaces a file, so a reader sees all of the old or all of the new contents. The new file is written
 * under .gangway, where no program mistakes it for data. The lock is a write lock (files/write_lock.h) on a file that
 * only its owner may open; it ends with the process, however that ends.
 */
#include "folder.h"

#include "files/file_status.h"
#include "files/write_lock.h"
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char lock_name[] = RECORDS_FOLDER "/lock";

enum { NEW_FILE_MODE = 0666, NEW_FOLDER_MODE = 0777, PERMISSIONS = 07777, NEW_NAME_BYTES = 32 };

void folder_init(struct folder *folder, const char *path)
{
    *folder = (struct folder){.path = path, .fd = -1, .lock_fd = -1};
}

void folder_done(struct folder *folder)
{
    if (folder->lock_fd >= 0)
        (void)close(folder->lock_fd);
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder_init(folder, folder->path);
}

void folder_name(const struct folder *folder, const char *name, char ret_path[PATH_MAX])
{
    if (snprintf(ret_path, PATH_MAX, "%s/%s", folder->path, name) >= PATH_MAX)
        (void)snprintf(ret_path, PATH_MAX, "%s", name);
}

static enum gw_status folder_fail(const struct folder *folder, int os_error, const char *doing, const char *name,
                                  struct gw_error *reterr)
{
    return gw_error_set_errno(reterr, file_status(os_error), os_error, "%s %s%s%s", doing, folder->path,
                              name[0] != '\0' ? "/" : "", name);
}

enum gw_status folder_open(struct folder *folder, struct gw_error *reterr)
{
    if (folder->fd < 0)
        folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->fd >= 0 ? GW_OK : folder_fail(folder, errno, "opening the folder", "", reterr);
}

/* ---- the lock -------------------------------------------------------------------------------------------------- */

static enum gw_status refuse(const struct folder *folder, long pid, struct gw_error *reterr)
{
    char holder[32] = "unknown";

    if (pid > 0)
        (void)snprintf(holder, sizeof holder, "%ld", pid);
    return gw_error_set(reterr, GW_CONFIG,
                        "%s is in use by process %s; files of CSV have one writer at a time, so wait for it, or keep "
                        "the state in a database",
                        folder->path, holder);
}

/* A process that may write the lock file may write the whole folder, so its lock counts. The lock of a reader does not.
 */
static enum gw_status take_lock(const struct folder *folder, int fd, struct gw_error *reterr)
{
    long pid;
    enum write_lock_result result = write_lock_take(fd, WRITE_LOCK_FIRST, &pid);

    if (result == WRITE_LOCK_HELD)
        return refuse(folder, pid, reterr);
    if (result == WRITE_LOCK_FAILED || result == WRITE_LOCK_UNSUPPORTED)
        return folder_fail(folder, errno, "locking", lock_name, reterr);
    write_lock_mark_file(fd);
    return GW_OK;
}

enum gw_status folder_lock(struct folder *folder, struct gw_error *reterr)
{
    enum gw_status status;
    int fd;

    if (folder->lock_fd >= 0)
        return GW_OK;
    status = folder_open(folder, reterr);
    if (status != GW_OK)
        return status;
    if (mkdirat(folder->fd, RECORDS_FOLDER, NEW_FOLDER_MODE) != 0 && errno != EEXIST)
        return folder_fail(folder, errno, "making", RECORDS_FOLDER, reterr);
    fd = openat(folder->fd, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, WRITE_LOCK_FILE_MODE);
    if (fd < 0)
        return folder_fail(folder, errno, "opening", lock_name, reterr);
    status = take_lock(folder, fd, reterr);
    if (status == GW_OK)
        folder->lock_fd = fd;
    else
        (void)close(fd);
    return status;
}

long folder_holder(const struct folder *folder)
{
    int fd = openat(folder->fd, lock_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    long pid = 0;

    if (fd < 0)
        return 0;
    pid = write_lock_holder(fd, WRITE_LOCK_FIRST, WRITE_LOCK_FIRST + 1);
    (void)close(fd);
    return pid;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static enum gw_status read_all(const struct folder *folder, const char *name, int fd, size_t size, char **ret_bytes,
                               size_t *ret_len, struct gw_error *reterr)
{
    char *bytes = malloc(size + 1);
    size_t len = 0;

    if (bytes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to read %s/%s", folder->path, name);
    while (len < size) {
        ssize_t got = read(fd, bytes + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(bytes);
            return folder_fail(folder, errno, "reading", name, reterr);
        }
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return GW_OK;
}

static enum gw_status read_open(const struct folder *folder, const char *name, int fd, char **ret_bytes,
                                size_t *ret_len, struct stat *ret_seen, struct gw_error *reterr)
{
    struct stat seen;

    if (fstat(fd, &seen) != 0)
        return folder_fail(folder, errno, "reading", name, reterr);
    if (!S_ISREG(seen.st_mode))
        return gw_error_set(reterr, GW_CONFIG, "%s/%s is no regular file", folder->path, name);
    if (ret_seen != NULL)
        *ret_seen = seen;
    return read_all(folder, name, fd, (size_t)seen.st_size, ret_bytes, ret_len, reterr);
}

enum gw_status folder_read(const struct folder *folder, const char *name, char **ret_bytes, size_t *ret_len,
                           struct stat *ret_seen, struct gw_error *reterr)
{
    /* O_NONBLOCK: opening a FIFO does not wait */
    int fd = openat(folder->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    enum gw_status status;

    *ret_bytes = NULL;
    *ret_len = 0;
    if (ret_seen != NULL)
        memset(ret_seen, 0, sizeof *ret_seen);
    if (fd < 0)
        return errno == ENOENT ? GW_OK : folder_fail(folder, errno, "reading", name, reterr);
    status = read_open(folder, name, fd, ret_bytes, ret_len, ret_seen, reterr);
    (void)close(fd);
    return status;
}

void folder_look(const struct folder *folder, const char *name, struct stat *ret_seen)
{
    if (fstatat(folder->fd, name, ret_seen, 0) != 0)
        memset(ret_seen, 0, sizeof *ret_seen);
}

bool folder_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        len -= (size_t)done;
    }
    return 0;
}

/* Keeps owner and permissions of the old file. */
static int keep_permissions(const struct folder *folder, const char *name, int fd)
{
    struct stat old;

    if (fstatat(folder->fd, name, &old, 0) != 0)
        return 0;
    return fchmod(fd, old.st_mode & PERMISSIONS);
}

static void new_name(uint32_t index, char ret_name[NEW_NAME_BYTES])
{
    (void)snprintf(ret_name, NEW_NAME_BYTES, RECORDS_FOLDER "/new.%u", index);
}

static enum gw_status write_new(const struct folder *folder, uint32_t index, const struct new_file *file, int *ret_fd,
                                struct gw_error *reterr)
{
    char name[NEW_NAME_BYTES];
    int os_error;
    int fd;

    new_name(index, name);
    fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, NEW_FILE_MODE);
    if (fd < 0)
        return folder_fail(folder, errno, "writing", file->name, reterr);
    if (keep_permissions(folder, file->name, fd) == 0 && write_all(fd, file->bytes, file->len) == 0) {
        *ret_fd = fd;
        return GW_OK;
    }
    os_error = errno;
    (void)close(fd);
    return folder_fail(folder, os_error, "writing", file->name, reterr);
}

/* All files are written before the first is synced, so that the file system syncs them together. */
enum gw_status folder_replace(const struct folder *folder, const struct new_file *files, uint32_t count,
                              struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    uint32_t written = 0;
    int fds[NEW_FILES_MAX];

    for (; written < count && status == GW_OK; written += status == GW_OK)
        status = write_new(folder, written, &files[written], &fds[written], reterr);
    for (uint32_t i = 0; i < written && status == GW_OK; i++)
        if (fsync(fds[i]) != 0 || (files[i].ret_seen != NULL && fstat(fds[i], files[i].ret_seen) != 0))
            status = folder_fail(folder, errno, "writing", files[i].name, reterr);
    for (uint32_t i = 0; i < written; i++)
        (void)close(fds[i]);
    for (uint32_t i = 0; i < written && status == GW_OK; i++) {
        char name[NEW_NAME_BYTES];

        new_name(i, name);
        if (renameat(folder->fd, name, folder->fd, files[i].name) != 0)
            status = folder_fail(folder, errno, "replacing", files[i].name, reterr);
    }
    return status;
}

enum gw_status folder_sync(const struct folder *folder, bool is_all, struct gw_error *reterr)
{
    int fd = openat(folder->fd, RECORDS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced;
    int os_error;

    if (fd < 0)
        return folder_fail(folder, errno, "opening", RECORDS_FOLDER, reterr);
    is_synced = fsync(fd) == 0 && (!is_all || fsync(folder->fd) == 0);
    os_error = errno;
    (void)close(fd);
    return is_synced ? GW_OK : folder_fail(folder, os_error, "syncing", RECORDS_FOLDER, reterr);
}

enum gw_status folder_remove(const struct folder *folder, const char *name, struct gw_error *reterr)
{
    if (unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT)
        return GW_OK;
    return folder_fail(folder, errno, "removing", name, reterr);
}
