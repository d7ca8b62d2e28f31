/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD in which chosen calls of libc fail: the n-th of them, or all of them while a file is there.
 * On request a failed fsync also loses what was written since the last good one, as Linux may. Driven by faulty_libc.py
 * through the environment, whose names are read here and written there. What libc calls inside itself, as stdio
 * does, is not seen.
 *
 * The memory of whoever loads this comes from here too, so it does not go together with sanitizers.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { CALL_MAX = 24, FD_PATH_BYTES = 32, PATH_BYTES = 4096 };

/* What the test reads: a file of this layout, shared, so that it outlives the process however that ends. */
struct tally {
    uint64_t seen;   /* matching calls */
    uint64_t failed; /* of them */
    char first[CALL_MAX];
};

static struct plan {
    const char *calls;   /* `,NAME,NAME,`; NULL: nothing is watched */
    const char *part;    /* of the path that the call is about; NULL: any */
    const char *present; /* calls fail only while there is a file of this name; NULL: always */
    uint64_t first;      /* the number, from 1, of the first call that fails; 0: none */
    uint64_t count;      /* how many fail from then on; 0: all */
    uint64_t delay_ms;   /* a chosen call takes so much longer */
    bool loses;          /* a failed fsync undoes the writes since the last good one */
    int error;           /* errno; 0: it is only slow; -1: half of the bytes are transferred */
    struct tally *tally;
} plan;

static struct tally nowhere;

static uint64_t number_of(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static struct tally *map_tally(const char *path)
{
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = MAP_FAILED;

    if (fd >= 0) {
        mapped = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        (void)syscall(SYS_close, fd);
    }
    return mapped != MAP_FAILED ? mapped : &nowhere;
}

__attribute__((constructor)) static void read_plan(void)
{
    const char *error = getenv("FAULTY_ERROR");

    plan.part = getenv("FAULTY_PATH");
    plan.present = getenv("FAULTY_WHILE");
    plan.first = number_of("FAULTY_FIRST");
    plan.count = number_of("FAULTY_COUNT");
    plan.delay_ms = number_of("FAULTY_DELAY_MS");
    plan.loses = number_of("FAULTY_LOSES") != 0;
    plan.error = error != NULL ? atoi(error) : 0;
    plan.tally = map_tally(getenv("FAULTY_TALLY"));
    plan.calls = getenv("FAULTY_CALLS"); /* last: from now on calls count */
}

/* ---- choosing -------------------------------------------------------------------------------------------------- */

static bool is_chosen(const char *call)
{
    char quoted[CALL_MAX + 2];

    (void)snprintf(quoted, sizeof quoted, ",%s,", call);
    return strstr(plan.calls, quoted) != NULL;
}

static bool is_about(const char *path)
{
    return plan.part == NULL || (path != NULL && strstr(path, plan.part) != NULL);
}

static bool is_about_fd(int fd)
{
    char link[FD_PATH_BYTES];
    char path[PATH_BYTES];
    long len;

    if (plan.part == NULL)
        return true;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (len < 0)
        return false;
    path[len] = '\0';
    return is_about(path);
}

static void dawdle(void)
{
    struct timespec left = {.tv_sec = (time_t)(plan.delay_ms / 1000),
                            .tv_nsec = (long)(plan.delay_ms % 1000) * 1000000};

    while (plan.delay_ms > 0 && nanosleep(&left, &left) != 0)
        ;
}

/* Whether this call, which is one of those that are watched, is one of those that fail. */
static bool strikes(const char *call)
{
    uint64_t number;

    if (plan.present != NULL && syscall(SYS_faccessat, AT_FDCWD, plan.present, F_OK) != 0)
        return false;
    number = __atomic_add_fetch(&plan.tally->seen, 1, __ATOMIC_RELAXED);
    if (plan.first == 0 || number < plan.first || (plan.count != 0 && number >= plan.first + plan.count))
        return false;
    if (__atomic_fetch_add(&plan.tally->failed, 1, __ATOMIC_RELAXED) == 0)
        strncpy(plan.tally->first, call, CALL_MAX - 1);
    dawdle();
    if (plan.error == 0)
        return false;
    if (plan.error > 0)
        errno = plan.error;
    return true;
}

static bool fails(const char *call)
{
    return plan.calls != NULL && is_chosen(call) && plan.error >= 0 && strikes(call);
}

static bool fails_at_path(const char *call, const char *path)
{
    return plan.calls != NULL && is_chosen(call) && is_about(path) && plan.error >= 0 && strikes(call);
}

static bool fails_at_fd(const char *call, int fd)
{
    return plan.calls != NULL && is_chosen(call) && is_about_fd(fd) && plan.error >= 0 && strikes(call);
}

/* How many bytes a transfer may move: all, half of them, or none (-1), with errno. */
static ssize_t allowed(const char *call, int fd, size_t len)
{
    if (plan.calls == NULL || !is_chosen(call) || !is_about_fd(fd) || !strikes(call))
        return (ssize_t)len;
    return plan.error > 0 ? -1 : len > 1 ? (ssize_t)(len / 2) : (ssize_t)len;
}

/* ---- writes that no fsync has confirmed ------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void __libc_free(void *ptr);

/* What a write, or a truncation, has replaced. */
struct replaced {
    struct replaced *older;
    dev_t device;
    ino_t inode;
    off_t size; /* of the file before */
    off_t at;
    size_t len;
    char bytes[];
};

static struct replaced *newest_replaced;
static pthread_mutex_t replaced_lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_regular(int fd, struct stat *ret_seen)
{
    return syscall(SYS_fstat, fd, ret_seen) == 0 && S_ISREG(ret_seen->st_mode);
}

/* Saves the bytes from `at` on before len bytes of them are replaced. at is -1 for a write that appends. */
static void keep_replaced(int fd, off_t at, size_t len)
{
    struct replaced *kept;
    struct stat seen;
    long got;

    if (!plan.loses || plan.calls == NULL || !is_about_fd(fd) || !is_regular(fd, &seen))
        return;
    if (at < 0)
        at = seen.st_size;
    kept = __libc_malloc(sizeof *kept + len);
    if (kept == NULL)
        abort();
    got = syscall(SYS_pread64, fd, kept->bytes, len, at);
    pthread_mutex_lock(&replaced_lock);
    *kept = (struct replaced){newest_replaced, seen.st_dev, seen.st_ino, seen.st_size, at, got > 0 ? (size_t)got : 0};
    newest_replaced = kept;
    pthread_mutex_unlock(&replaced_lock);
}

/* A good fsync confirms the writes to its file; a failed one undoes them, the newest first. */
static void end_replaced(int fd, bool is_confirmed)
{
    struct replaced **link = &newest_replaced;
    struct stat seen;

    if (!plan.loses || !is_regular(fd, &seen))
        return;
    pthread_mutex_lock(&replaced_lock);
    while (*link != NULL) {
        struct replaced *kept = *link;

        if (kept->device != seen.st_dev || kept->inode != seen.st_ino) {
            link = &kept->older;
            continue;
        }
        if (!is_confirmed) {
            (void)syscall(SYS_pwrite64, fd, kept->bytes, kept->len, kept->at);
            (void)syscall(SYS_ftruncate, fd, kept->size);
        }
        *link = kept->older;
        __libc_free(kept);
    }
    pthread_mutex_unlock(&replaced_lock);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

EXPORT void *malloc(size_t size)
{
    return fails("malloc") ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fails("malloc") ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *ptr, size_t size)
{
    return fails("malloc") ? NULL : __libc_realloc(ptr, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return fails("malloc") ? NULL : __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void **ret_ptr, size_t alignment, size_t size)
{
    int before = errno;
    void *ptr = fails("malloc") ? NULL : __libc_memalign(alignment, size);

    errno = before;
    if (ptr == NULL)
        return ENOMEM;
    *ret_ptr = ptr;
    return 0;
}

/*
 * C++'s. The one that throws does not fail: only simdjson calls it, at its first use in a process, and terminates when
 * it throws, which core/json/json.cpp prevents as far as that is possible.
 */
void *_Znwm(size_t size);
void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow);
void *_ZnamRKSt9nothrow_t(size_t size, const void *nothrow);

EXPORT void *_Znwm(size_t size)
{
    void *ptr = __libc_malloc(size);

    if (ptr == NULL)
        abort();
    return ptr;
}

EXPORT void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow)
{
    (void)nothrow;
    return malloc(size);
}

EXPORT void *_ZnamRKSt9nothrow_t(size_t size, const void *nothrow)
{
    (void)nothrow;
    return malloc(size);
}

/* ---- files by name --------------------------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    return fails_at_path("open", path) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at(folder, path, flags, mode);
}

EXPORT int openat64(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at(folder, path, flags, mode);
}

static bool fails_at_rename(const char *from, const char *to)
{
    return fails_at_path("rename", is_about(from) ? from : to);
}

EXPORT int rename(const char *from, const char *to)
{
    return fails_at_rename(from, to) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return fails_at_rename(from, to) ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

EXPORT int unlink(const char *path)
{
    return fails_at_path("unlink", path) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

EXPORT int unlinkat(int folder, const char *path, int flags)
{
    return fails_at_path("unlink", path) ? -1 : (int)syscall(SYS_unlinkat, folder, path, flags);
}

EXPORT int mkdirat(int folder, const char *path, mode_t mode)
{
    return fails_at_path("mkdir", path) ? -1 : (int)syscall(SYS_mkdirat, folder, path, mode);
}

static int stat_at(int folder, const char *path, struct stat *ret_seen, int flags)
{
    return fails_at_path("stat", path) ? -1 : (int)syscall(SYS_newfstatat, folder, path, ret_seen, flags);
}

EXPORT int stat(const char *path, struct stat *ret_seen)
{
    return stat_at(AT_FDCWD, path, ret_seen, 0);
}

EXPORT int stat64(const char *path, struct stat64 *ret_seen)
{
    return stat_at(AT_FDCWD, path, (struct stat *)ret_seen, 0); /* the same on 64-bit machines */
}

EXPORT int fstatat(int folder, const char *path, struct stat *ret_seen, int flags)
{
    return stat_at(folder, path, ret_seen, flags);
}

/* ---- open files ------------------------------------------------------------------------------------------------ */

EXPORT int fstat(int fd, struct stat *ret_seen)
{
    return fails_at_fd("fstat", fd) ? -1 : (int)syscall(SYS_fstat, fd, ret_seen);
}

EXPORT int fstat64(int fd, struct stat64 *ret_seen)
{
    return fails_at_fd("fstat", fd) ? -1 : (int)syscall(SYS_fstat, fd, ret_seen);
}

static int sync_fd(int fd, long number)
{
    bool is_failed = fails_at_fd("fsync", fd);
    int error = errno;

    end_replaced(fd, !is_failed);
    errno = error;
    return is_failed ? -1 : (int)syscall(number, fd);
}

EXPORT int fsync(int fd)
{
    return sync_fd(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd)
{
    return sync_fd(fd, SYS_fdatasync);
}

static int truncate_fd(int fd, off_t len)
{
    struct stat seen;

    if (fails_at_fd("ftruncate", fd))
        return -1;
    if (is_regular(fd, &seen) && len < seen.st_size)
        keep_replaced(fd, len, (size_t)(seen.st_size - len));
    return (int)syscall(SYS_ftruncate, fd, len);
}

EXPORT int ftruncate(int fd, off_t len)
{
    return truncate_fd(fd, len);
}

EXPORT int ftruncate64(int fd, off64_t len)
{
    return truncate_fd(fd, len);
}

EXPORT int flock(int fd, int operation)
{
    return fails_at_fd("flock", fd) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

static ssize_t read_at(int fd, void *bytes, size_t len, off_t at)
{
    ssize_t some = allowed("read", fd, len);

    return some < 0 ? -1 : (ssize_t)syscall(SYS_pread64, fd, bytes, (size_t)some, at);
}

static ssize_t write_at(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t some = allowed("write", fd, len);

    if (some > 0)
        keep_replaced(fd, at, (size_t)some);
    return some < 0 ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, (size_t)some, at);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t len, off_t at)
{
    return read_at(fd, bytes, len, at);
}

EXPORT ssize_t pread64(int fd, void *bytes, size_t len, off64_t at)
{
    return read_at(fd, bytes, len, at);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return write_at(fd, bytes, len, at);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    return write_at(fd, bytes, len, at);
}

EXPORT ssize_t read(int fd, void *bytes, size_t len)
{
    ssize_t some = allowed("read", fd, len);

    return some < 0 ? -1 : (ssize_t)syscall(SYS_read, fd, bytes, (size_t)some);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t some = allowed("write", fd, len);

    if (some > 0) /* files are written like this at their end, or from their beginning */
        keep_replaced(fd, (syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) != 0 ? -1 : syscall(SYS_lseek, fd, 0, SEEK_CUR),
                      (size_t)some);
    return some < 0 ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, (size_t)some);
}

/* ---- waiting, and the network ---------------------------------------------------------------------------------- */

EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    struct timespec left = {.tv_sec = timeout / 1000, .tv_nsec = (long)(timeout % 1000) * 1000000};

    return fails("poll") ? -1 : ppoll(fds, count, timeout < 0 ? NULL : &left, NULL);
}

EXPORT int eventfd(unsigned int count, int flags)
{
    return fails("eventfd") ? -1 : (int)syscall(SYS_eventfd2, count, flags);
}

EXPORT int socket(int domain, int type, int protocol)
{
    return fails("socket") ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    return fails("connect") ? -1 : (int)syscall(SYS_connect, fd, address, len);
}

/* A connection is lost once a call has reported it as lost. */
static ssize_t allowed_socket(const char *call, int fd, size_t len)
{
    ssize_t some = allowed(call, fd, len);

    if (some < 0 && errno == ECONNRESET) {
        (void)syscall(SYS_shutdown, fd, SHUT_RDWR);
        errno = ECONNRESET;
    }
    return some;
}

EXPORT ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    ssize_t some = allowed_socket("send", fd, len);

    return some < 0 ? -1 : (ssize_t)syscall(SYS_sendto, fd, bytes, (size_t)some, flags, NULL, 0);
}

EXPORT ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    ssize_t some = allowed_socket("recv", fd, len);

    return some < 0 ? -1 : (ssize_t)syscall(SYS_recvfrom, fd, bytes, (size_t)some, flags, NULL, NULL);
}
