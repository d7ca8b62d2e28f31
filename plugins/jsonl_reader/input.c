/* SPDX-License-Identifier: Apache-2.0 */
/* Opens, names, locates and reads one input. See input.h. */
#include "input.h"

#include "files/file_status.h"
#include "mark.h"
#include "splitter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SCAN_SIZE = 256 * 1024,
    SCAN_PAUSE = 64, /* blocks between two checks for a shutdown */
    FIRST_LINE_BYTES = 8,
    RANDOM_BYTES = 16
};

enum gw_status input_fail(struct gw_error *reterr, int os_error, const char *path)
{
    enum gw_status status = os_error == ENXIO ? GW_CONFIG : file_status(os_error);

    return gw_error_set_errno(reterr, status, os_error, "reading %s", path);
}

void input_free(struct input *input)
{
    if (input == NULL)
        return;
    if (input->fd > STDIN_FILENO)
        (void)close(input->fd);
    free(input->path);
    free(input->name);
    free(input);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr)
{
    ssize_t got;

    do {
        got = input->is_stream ? read(input->fd, bytes, len) : pread(input->fd, bytes, len, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return input_fail(reterr, errno, input->path);
    *ret_read = (size_t)got;
    return GW_OK;
}

enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr)
{
    struct stat seen;

    if (fstat(input->fd, &seen) != 0)
        return input_fail(reterr, errno, input->path);
    *ret_size = (int64_t)seen.st_size;
    return GW_OK;
}

/* Passes every block of [begin, end) to the visitor, which returns 0 to continue. */
static enum gw_status input_scan(const struct input *input, const struct gw_host *host, int64_t begin, int64_t end,
                                 int (*visit)(void *context, const char *bytes, size_t len), void *context,
                                 struct gw_error *reterr)
{
    char *bytes = malloc(SCAN_SIZE);
    enum gw_status status = bytes != NULL ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory to read %s", input->path);
    uint32_t blocks = 0;
    size_t got = 1;

    while (status == GW_OK && begin < end && got > 0) {
        size_t want = end - begin < SCAN_SIZE ? (size_t)(end - begin) : SCAN_SIZE;
        uint32_t ready;

        status = input_read(input, bytes, want, begin, &got, reterr);
        if (status == GW_OK && visit(context, bytes, got) != 0)
            break;
        begin += (int64_t)got;
        if (status == GW_OK && ++blocks % SCAN_PAUSE == 0 &&
            host->wait(host, -1, 0, host->monotonic_ms(host), &ready) == GW_CANCELLED)
            status = gw_error_set(reterr, GW_CANCELLED, "reading %s", input->path);
    }
    free(bytes);
    return status;
}

/* ---- the name -------------------------------------------------------------------------------------------------- */

/* The first line that is not white space. */
struct first_line {
    struct digest digest;
    size_t len;
    int is_blank;
    int is_found;
};

static void first_line_begin(struct first_line *first)
{
    digest_begin(&first->digest);
    first->len = 0;
    first->is_blank = 1;
}

static int first_line_visit(void *context, const char *bytes, size_t len)
{
    struct first_line *first = context;

    while (len > 0) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline != NULL ? (size_t)(newline - bytes) : len;

        digest_add(&first->digest, bytes, part);
        first->len += part;
        first->is_blank = first->is_blank && is_blank(bytes, part);
        if (newline == NULL)
            return 0;
        first->is_found = !first->is_blank;
        if (first->is_found)
            return 1;
        first_line_begin(first);
        bytes += part + 1;
        len -= part + 1;
    }
    return 0;
}

static char *join_name(const struct input_origin *origin, const uint8_t *bytes, size_t len)
{
    char hex[2 * RANDOM_BYTES + 1];
    char *name;

    (void)sodium_bin2hex(hex, sizeof hex, bytes, len);
    return asprintf(&name, "%s:%s:%s", origin->host->component, origin->written, hex) >= 0 ? name : NULL;
}

static enum gw_status name_by_first_line(struct input *input, const struct input_origin *origin,
                                         struct gw_error *reterr)
{
    struct first_line first = {0};
    uint8_t bytes[GW_DIGEST_BYTES];
    enum gw_status status;

    first_line_begin(&first);
    status = input_scan(input, origin->host, 0, INT64_MAX, first_line_visit, &first, reterr);
    if (status != GW_OK)
        return status;
    if (!first.is_found && (origin->is_growing || first.is_blank))
        return gw_error_set(reterr, GW_END, "%s has no line yet", input->path);
    digest_end(&first.digest, bytes);
    input->name = join_name(origin, bytes, FIRST_LINE_BYTES);
    return input->name != NULL ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory to name %s", input->path);
}

/* A stream has no position, because its bytes can be read only once. So each run gives it a random name. */
static enum gw_status name_by_chance(struct input *input, const struct input_origin *origin, struct gw_error *reterr)
{
    uint8_t bytes[RANDOM_BYTES];

    randombytes_buf(bytes, sizeof bytes);
    input->name = join_name(origin, bytes, sizeof bytes);
    return input->name != NULL ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory to name %s", input->path);
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static enum gw_status input_open_fd(struct input *input, const char *path, struct gw_error *reterr)
{
    /* O_NONBLOCK: opening a FIFO does not wait for a writer */
    input->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (input->fd < 0 || fstat(input->fd, &input->seen) != 0)
        return input_fail(reterr, errno, path);
    if (S_ISDIR(input->seen.st_mode))
        return gw_error_set(reterr, GW_CONFIG, "%s is a directory", path);
    input->is_stream = input->fd == STDIN_FILENO || !S_ISREG(input->seen.st_mode);
    return GW_OK;
}

/* Refuses a file whose lines would all become dead letters for the same reason. */
static enum gw_status input_check_text(const struct input *input, struct gw_error *reterr)
{
    static const struct {
        const char bytes[2];
        const char *text;
    } foreign[] = {{"\xff\xfe", "UTF-16; save it as UTF-8"},
                   {"\xfe\xff", "UTF-16; save it as UTF-8"},
                   {"{\0", "UTF-16; save it as UTF-8"},
                   {"\0{", "UTF-16; save it as UTF-8"},
                   {"\x1f\x8b", "compressed with gzip; unpack it"}};
    char first[2];
    size_t got = 0;
    enum gw_status status = input_read(input, first, sizeof first, 0, &got, reterr);

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0] && status == GW_OK && got == sizeof first; i++)
        if (memcmp(first, foreign[i].bytes, sizeof first) == 0)
            return gw_error_set(reterr, GW_PERMANENT, "%s is %s", input->path, foreign[i].text);
    return status;
}

enum gw_status input_open(const struct input_origin *origin, const char *path, struct input **ret_input,
                          struct gw_error *reterr)
{
    struct input *input = calloc(1, sizeof *input);
    enum gw_status status;

    if (input == NULL || (input->path = strdup(path)) == NULL) {
        free(input);
        return gw_error_set(reterr, GW_NOMEM, "no memory to open %s", path);
    }
    input->fd = -1;
    input->is_rotated = strcmp(path, origin->path) != 0;
    status = input_open_fd(input, path, reterr);
    if (status == GW_OK && !input->is_stream && !input->is_rotated && !origin->is_growing)
        status = input_check_text(input, reterr);
    if (status == GW_OK)
        status = input->is_stream ? name_by_chance(input, origin, reterr) : name_by_first_line(input, origin, reterr);
    if (status != GW_OK) {
        input_free(input);
        return status;
    }
    *ret_input = input;
    return GW_OK;
}

/* ---- locating -------------------------------------------------------------------------------------------------- */

/* The newlines before an offset: their number, and the offsets of the last two. */
struct newlines {
    int64_t at;
    int64_t last;
    int64_t before_last;
    uint64_t count;
};

static int newlines_visit(void *context, const char *bytes, size_t len)
{
    struct newlines *newlines = context;
    const char *from = bytes;
    const char *newline;

    while ((newline = memchr(from, '\n', len - (size_t)(from - bytes))) != NULL) {
        newlines->before_last = newlines->last;
        newlines->last = newlines->at + (newline - bytes);
        newlines->count++;
        from = newline + 1;
    }
    newlines->at += (int64_t)len;
    return 0;
}

struct line_bytes {
    struct digest digest;
    size_t len;
    char head[MARK_SHORT_MAX];
};

static int line_bytes_visit(void *context, const char *bytes, size_t len)
{
    struct line_bytes *line = context;

    if (line->len < sizeof line->head) {
        size_t room = sizeof line->head - line->len;
        memcpy(line->head + line->len, bytes, len < room ? len : room);
    }
    digest_add(&line->digest, bytes, len);
    line->len += len;
    return 0;
}

static enum gw_status mark_between(const struct input *input, const struct gw_host *host, int64_t begin, int64_t end,
                                   uint64_t *ret_mark, struct gw_error *reterr)
{
    struct line_bytes line = {0};
    uint8_t bytes[GW_DIGEST_BYTES];
    enum gw_status status;

    digest_begin(&line.digest);
    status = input_scan(input, host, begin, end, line_bytes_visit, &line, reterr);
    digest_end(&line.digest, bytes);
    *ret_mark = line.len <= sizeof line.head ? mark_of(gw_text_span(line.head, line.len)) : mark_of_digest(bytes);
    return status;
}

static enum gw_status misplaced(const struct input *input, int64_t offset, const char *what, struct gw_error *reterr)
{
    const char *slash = strrchr(input->path, '/'); /* the name of the source has the folder */

    return gw_error_set(reterr, GW_CONFIG, "%.120s was read up to byte %lld, but %s",
                        slash != NULL ? slash + 1 : input->path, (long long)offset, what);
}

/* Whether a line ends directly before offset: after a newline, at the end of the file, or before a newline that was
 * added after the last line had been read without one. */
static enum gw_status check_line_end(const struct input *input, int64_t offset, struct gw_error *reterr)
{
    char around[2] = {'\n', '\n'};
    size_t got = 0;
    enum gw_status status = input_read(input, around, 2, offset - 1, &got, reterr);

    if (status != GW_OK)
        return status;
    if (got == 0)
        return misplaced(input, offset, "it is shorter now", reterr);
    if (around[0] != '\n' && got > 1 && around[1] != '\n' && around[1] != '\r')
        return misplaced(input, offset, "no line ends there now", reterr);
    return GW_OK;
}

enum gw_status input_locate(const struct input *input, const struct gw_host *host, const struct gw_start *start,
                            uint64_t *ret_line, struct gw_error *reterr)
{
    struct newlines newlines = {.last = -1, .before_last = -1};
    uint64_t mark = 0;
    enum gw_status status;
    int is_ended;

    *ret_line = 1;
    if (start->offset == 0)
        return GW_OK;
    if (start->offset < 0)
        return misplaced(input, start->offset, "that is no place", reterr);
    status = check_line_end(input, start->offset, reterr);
    if (status == GW_OK)
        status = input_scan(input, host, 0, start->offset, newlines_visit, &newlines, reterr);
    if (status != GW_OK)
        return status;
    *ret_line = newlines.count + 1;
    if (!start->has_mark)
        return GW_OK;
    is_ended = newlines.last == start->offset - 1;
    status = mark_between(input, host, (is_ended ? newlines.before_last : newlines.last) + 1, start->offset - is_ended,
                          &mark, reterr);
    if (status == GW_OK && mark != start->mark)
        return misplaced(input, start->offset, "the line before it has changed", reterr);
    return status;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

enum gw_status input_last_line_end(const struct input *input, int64_t *ret_offset, struct gw_error *reterr)
{
    int64_t end = 0;
    enum gw_status status = input_size(input, &end, reterr);
    char bytes[LINE_HEAD_MAX];

    *ret_offset = 0;
    while (status == GW_OK && end > 0) {
        int64_t begin = end > (int64_t)sizeof bytes ? end - (int64_t)sizeof bytes : 0;
        size_t got = 0;
        const char *newline;

        status = input_read(input, bytes, (size_t)(end - begin), begin, &got, reterr);
        newline = status == GW_OK ? memrchr(bytes, '\n', got) : NULL;
        if (newline != NULL) {
            *ret_offset = begin + (newline - bytes) + 1;
            break;
        }
        end = begin;
    }
    return status;
}
