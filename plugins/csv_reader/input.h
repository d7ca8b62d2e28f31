/* SPDX-License-Identifier: Apache-2.0 */
/* The file that rows come from, and its name as a source. Knows nothing of rows. One thread. */
#ifndef CSV_READER_INPUT_H
#define CSV_READER_INPUT_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <stddef.h>
#include <stdint.h>

struct input {
    const char *component;
    const char *path;
    const char *written; /* as in the bootstrap file: the name of the source does not change when the folder moves */
    char *name;          /* of the source; NULL: not known yet */
    int fd;
};

void input_init(struct input *input, const char *component, const char *path, const char *written);
void input_done(struct input *input);

/* Opens the file unless it is open. OK; CONFIG: it does not exist, or is not a regular file; TRANSIENT. */
enum gw_status input_open(struct input *input, struct gw_error *reterr);

/* Makes the name COMPONENT:PATH; with the marks of the first two rows, a colon and a hash of them follow, which
 * distinguishes the file from others. */
enum gw_status input_name(struct input *input, const uint64_t *marks, struct gw_error *reterr);

/* Reads up to len bytes from offset on. *ret_read is 0 at the end of the file. */
enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr);
enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr);

/* Reports why the file cannot be opened; nothing if it can. */
enum gw_status input_check(const struct input *input, const struct gw_report *report);

#endif
