/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, naming and reading the file. See input.h. */
#include "input.h"

#include "files/file_status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum gw_status fail(const struct input *input, int os_error, struct gw_error *reterr)
{
    enum gw_status status = os_error == ENXIO ? GW_CONFIG : file_status(os_error);

    return gw_error_set_errno(reterr, status, os_error, "reading %s", input->path);
}

void input_init(struct input *input, const char *component, const char *path, const char *written)
{
    *input = (struct input){.component = component, .path = path, .written = written, .fd = -1};
}

void input_done(struct input *input)
{
    if (input->fd >= 0)
        (void)close(input->fd);
    free(input->name);
    input->fd = -1;
    input->name = NULL;
}

enum gw_status input_open(struct input *input, struct gw_error *reterr)
{
    struct stat seen;
    int os_error;

    if (input->fd >= 0)
        return GW_OK;
    /* O_NONBLOCK: opening a FIFO does not wait for a writer */
    input->fd = open(input->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (input->fd >= 0 && fstat(input->fd, &seen) == 0 && S_ISREG(seen.st_mode))
        return GW_OK;
    os_error = errno;
    if (input->fd < 0)
        return fail(input, os_error, reterr);
    (void)close(input->fd);
    input->fd = -1;
    return gw_error_set(reterr, GW_CONFIG, "%s is no regular file", input->path);
}

/* One number for both rows, the same on every machine. */
static uint64_t join_marks(const uint64_t marks[2])
{
    uint8_t bytes[2 * sizeof(uint64_t)], digest[crypto_generichash_BYTES_MIN];
    uint64_t joined = 0;

    for (size_t at = 0; at < sizeof bytes; at++)
        bytes[at] = (uint8_t)(marks[at / 8] >> (8 * (at % 8)));
    (void)crypto_generichash(digest, sizeof digest, bytes, sizeof bytes, NULL, 0);
    for (size_t at = 0; at < sizeof joined; at++)
        joined = joined << 8 | digest[at];
    return joined;
}

enum gw_status input_name(struct input *input, const uint64_t *marks, struct gw_error *reterr)
{
    char *name;
    int len;

    if (marks != NULL)
        len = asprintf(&name, "%s:%s:%016" PRIx64, input->component, input->written, join_marks(marks));
    else
        len = asprintf(&name, "%s:%s", input->component, input->written);
    if (len < 0)
        return gw_error_set(reterr, GW_NOMEM, "no memory to name %s", input->path);
    free(input->name);
    input->name = name;
    return GW_OK;
}

enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr)
{
    ssize_t got;

    do {
        got = pread(input->fd, bytes, len, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(input, errno, reterr);
    *ret_read = (size_t)got;
    return GW_OK;
}

enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr)
{
    struct stat seen;

    if (fstat(input->fd, &seen) != 0)
        return fail(input, errno, reterr);
    *ret_size = (int64_t)seen.st_size;
    return GW_OK;
}

enum gw_status input_check(const struct input *input, const struct gw_report *report)
{
    struct stat seen;

    if (stat(input->path, &seen) != 0)
        return gw_report_line(report, GW_CONFIG, input->path, "%s", strerror(errno));
    if (!S_ISREG(seen.st_mode))
        return gw_report_line(report, GW_CONFIG, input->path, "is no regular file");
    if (faccessat(AT_FDCWD, input->path, R_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, input->path, "cannot be read: %s", strerror(errno));
    return GW_OK;
}
