/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the admin socket's file: see admin_socket.h. Knows no HTTP. */
#include "admin/admin_socket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 64, LOCK_PATH_MAX = GW_ADMIN_PATH_MAX + 8, SERVICE_MAX = 32 };

/* ---- the lock --------------------------------------------------------------------------------------------------- */

static void lock_path(const char *path, char ret_path[LOCK_PATH_MAX])
{
    (void)snprintf(ret_path, LOCK_PATH_MAX, "%s.lock", path);
}

/* Whether the file that was locked still is the one of this name: its owner removes it before it unlocks it. */
static bool is_current(int lock, const char *path)
{
    struct stat held;
    struct stat named;

    return fstat(lock, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

/* The descriptor of the lock; -1 with errno, EWOULDBLOCK: a process that is alive has it. */
static int take_lock(const char *socket_path, int flags)
{
    char path[LOCK_PATH_MAX];

    lock_path(socket_path, path);
    for (;;) {
        int lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
        int failed;

        if (lock < 0)
            return -1;
        if (flock(lock, LOCK_EX | LOCK_NB) == 0 && is_current(lock, path))
            return lock;
        failed = errno;
        (void)close(lock);
        if (failed == EWOULDBLOCK) {
            errno = failed;
            return -1;
        }
    }
}

/* The lock is removed while it is held, so nobody else can hold a lock of this name. */
static void drop_lock(const char *socket_path, int lock)
{
    char path[LOCK_PATH_MAX];

    lock_path(socket_path, path);
    if (is_current(lock, path))
        (void)unlink(path);
    (void)close(lock);
}

/* ---- the socket ------------------------------------------------------------------------------------------------- */

/* Whether somebody listens at a socket whose lock is free: a program that is no gateway. */
static bool is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_refused;

    if (fd < 0)
        return true; /* it is not known */
    is_refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return !is_refused;
}

/* The caller has the lock. */
static enum gw_status remove_stale(const struct sockaddr_un *address, struct gw_error *reterr)
{
    struct stat found;

    if (lstat(address->sun_path, &found) != 0) {
        if (errno == ENOENT)
            return GW_OK;
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "admin socket %s", address->sun_path);
    }
    if (!S_ISSOCK(found.st_mode))
        return gw_error_set(reterr, GW_CONFIG, "admin socket %s: a file that is no socket has this name",
                            address->sun_path);
    if (is_answered(address))
        return gw_error_set(reterr, GW_CONFIG, "admin socket %s: another program listens there", address->sun_path);
    if (unlink(address->sun_path) != 0)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "removing the stale admin socket %s", address->sun_path);
    return GW_OK;
}

/* fchmod before bind decides the mode of the file, so it is never open to others. */
static enum gw_status listen_at(struct gw_admin_socket *admin, struct gw_error *reterr)
{
    admin->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (admin->fd >= 0 && fchmod(admin->fd, 0600) == 0 &&
        bind(admin->fd, (const struct sockaddr *)&admin->address, sizeof admin->address) == 0 &&
        listen(admin->fd, BACKLOG) == 0)
        return GW_OK;
    return gw_error_set_errno(reterr, GW_CONFIG, errno, "admin socket %s", admin->address.sun_path);
}

static enum gw_status open_locked(struct gw_admin_socket *admin, struct gw_error *reterr)
{
    enum gw_status status = remove_stale(&admin->address, reterr);

    if (status == GW_OK)
        status = listen_at(admin, reterr);
    if (status == GW_OK)
        return GW_OK;
    if (admin->fd >= 0)
        (void)close(admin->fd);
    drop_lock(admin->address.sun_path, admin->lock);
    admin->fd = admin->lock = -1;
    return status;
}

static enum gw_status create_directory(const char *path, struct gw_error *reterr)
{
    char directory[GW_ADMIN_PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path)
        return GW_OK;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path);
    if (mkdir(directory, 0700) == 0 || errno == EEXIST)
        return GW_OK;
    return gw_error_set_errno(reterr, GW_CONFIG, errno, "creating the directory %s of the admin socket", directory);
}

enum gw_status gw_admin_socket_open(const char *path, struct gw_admin_socket *ret_socket, struct gw_error *reterr)
{
    enum gw_status status;

    *ret_socket = (struct gw_admin_socket){.fd = -1, .lock = -1, .address = {.sun_family = AF_UNIX}};
    if (strlen(path) >= sizeof ret_socket->address.sun_path)
        return gw_error_set(reterr, GW_CONFIG, "admin socket %s: the path has %zu bytes, expected at most %zu", path,
                            strlen(path), sizeof ret_socket->address.sun_path - 1);
    (void)memcpy(ret_socket->address.sun_path, path, strlen(path));
    status = create_directory(path, reterr);
    if (status != GW_OK)
        return status;
    ret_socket->lock = take_lock(path, O_CREAT);
    if (ret_socket->lock < 0 && errno == EWOULDBLOCK)
        return gw_error_set(reterr, GW_CONFIG, "admin socket %s: another gateway that is running has it", path);
    if (ret_socket->lock < 0)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "the lock of the admin socket %s", path);
    return open_locked(ret_socket, reterr);
}

void gw_admin_socket_close(struct gw_admin_socket *admin)
{
    if (admin->fd < 0)
        return;
    (void)unlink(admin->address.sun_path);
    (void)close(admin->fd);
    drop_lock(admin->address.sun_path, admin->lock);
    admin->fd = admin->lock = -1;
}

bool gw_admin_socket_is_live(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char lock[LOCK_PATH_MAX];
    bool is_connected;
    int fd;

    lock_path(path, lock);
    if (access(lock, F_OK) != 0)
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    (void)strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    is_connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
    (void)close(fd);
    return is_connected;
}

/* ---- the runtime directory -------------------------------------------------------------------------------------- */

bool gw_admin_runtime_directory(char *ret_path, size_t size)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    int length = snprintf(ret_path, size, "%s", base != NULL && base[0] == '/' ? base : "/run/gangway");

    return length > 0 && (size_t)length < size;
}

/* A directory that another user could change would let that user replace the socket. */
static enum gw_status own_directory(const char *path, struct gw_error *reterr)
{
    struct stat found;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "creating %s", path);
    if (lstat(path, &found) != 0)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "%s", path);
    if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 022) != 0)
        return gw_error_set(reterr, GW_CONFIG, "%s is not a directory that only this user can write", path);
    return GW_OK;
}

static void remove_if_stale(const char *directory, const char *name)
{
    struct gw_admin_socket admin = {.address = {.sun_family = AF_UNIX}};
    struct gw_error error = {0};
    int length = snprintf(admin.address.sun_path, sizeof admin.address.sun_path, "%s/%s", directory, name);

    if (length < 0 || (size_t)length >= sizeof admin.address.sun_path)
        return;
    admin.lock = take_lock(admin.address.sun_path, 0);
    if (admin.lock < 0)
        return;
    if (remove_stale(&admin.address, &error) == GW_OK)
        drop_lock(admin.address.sun_path, admin.lock);
    else
        (void)close(admin.lock);
}

/* SERVICE.PID.sock, see name_service. */
static bool is_default_name(const char *name)
{
    const char *pid = strchr(name, '.');
    size_t digits = pid != NULL ? strspn(pid + 1, "0123456789") : 0;

    return digits > 0 && strcmp(pid + 1 + digits, ".sock") == 0;
}

/* What processes left that were killed; their names do not come again. */
static void sweep(const char *directory)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;

    if (entries == NULL)
        return;
    while ((entry = readdir(entries)) != NULL)
        if (is_default_name(entry->d_name))
            remove_if_stale(directory, entry->d_name);
    (void)closedir(entries);
}

/* The service as part of a file's name. */
static void name_service(const char *service, char ret_name[SERVICE_MAX])
{
    size_t length = 0;

    for (; service[length] != '\0' && length < SERVICE_MAX - 1; length++) {
        char byte = service[length];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                        byte == '-' || byte == '_';

        ret_name[length] = is_plain ? byte : '_';
    }
    ret_name[length] = '\0';
}

enum gw_status gw_admin_socket_open_default(const char *service, struct gw_admin_socket *ret_socket,
                                            struct gw_error *reterr)
{
    char directory[GW_ADMIN_PATH_MAX];
    char path[sizeof directory + SERVICE_MAX + 32];
    char name[SERVICE_MAX];
    enum gw_status status;

    *ret_socket = (struct gw_admin_socket){.fd = -1, .lock = -1};
    if (!gw_admin_runtime_directory(directory, sizeof directory))
        return gw_error_set(reterr, GW_CONFIG, "the path in XDG_RUNTIME_DIR is too long for a socket");
    status = own_directory(directory, reterr);
    if (status != GW_OK)
        return status;
    sweep(directory);
    name_service(service, name);
    (void)snprintf(path, sizeof path, "%s/%s.%ld.sock", directory, name, (long)getpid());
    return gw_admin_socket_open(path, ret_socket, reterr);
}
