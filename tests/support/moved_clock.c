/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD that moves the wall clock of a program: by as many seconds as a shared file says at the
 * moment of the call. The monotonic clocks stay as they are. Driven by moved_clock.py. What libc calls inside itself is
 * not seen, and neither is a wait for an absolute time of the wall clock.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { NS_PER_US = 1000 };

static _Atomic int64_t none;
static _Atomic int64_t *moved_s = &none;

/* A program that cannot read the file would pass the test with the true clock. */
__attribute__((constructor)) static void find_file(void)
{
    const char *path = getenv("MOVED_CLOCK");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *place = fd >= 0 ? mmap(NULL, sizeof *moved_s, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (place == MAP_FAILED)
        _exit(127);
    (void)close(fd);
    moved_s = place;
}

static int read_clock(clockid_t id, struct timespec *ret_time)
{
    int result = (int)syscall(SYS_clock_gettime, id, ret_time);

    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        ret_time->tv_sec += atomic_load(moved_s);
    return result;
}

EXPORT int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    return read_clock(id, ret_time);
}

EXPORT int gettimeofday(struct timeval *ret_time, void *zone)
{
    struct timespec now;
    int result = read_clock(CLOCK_REALTIME, &now);

    (void)zone;
    ret_time->tv_sec = now.tv_sec;
    ret_time->tv_usec = now.tv_nsec / NS_PER_US;
    return result;
}

EXPORT time_t time(time_t *ret_time)
{
    struct timespec now = {0};

    (void)read_clock(CLOCK_REALTIME, &now);
    if (ret_time != NULL)
        *ret_time = now.tv_sec;
    return now.tv_sec;
}
