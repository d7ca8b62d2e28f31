/* SPDX-License-Identifier: Apache-2.0 */
/* A FIFO is opened without waiting for a writer, so that the caller can refuse it. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int gw_file_open(const char *path, struct stat *ret_stat)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int failed;

    if (fd < 0 || fstat(fd, ret_stat) == 0)
        return fd;
    failed = errno;
    (void)close(fd);
    errno = failed;
    return -1;
}

ssize_t gw_file_read(int fd, char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (ssize_t)done;
        done += (size_t)got;
    }
    return (ssize_t)done;
}
