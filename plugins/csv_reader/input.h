/* SPDX-License-Identifier: Apache-2.0 */
/* The file that rows come from, and what it is called as a source. Knows nothing of rows. One thread. */
#ifndef CSV_READER_INPUT_H
#define CSV_READER_INPUT_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <stddef.h>
#include <stdint.h>

struct input {
    const char *component;
    const char *path;
    const char *written; /* as the bootstrap file writes it: the source keeps its name when the folder moves */
    char *name;          /* of the source; NULL: not known yet */
    int fd;
};

void input_init(struct input *input, const char *component, const char *path, const char *written);
void input_done(struct input *input);

/* Opens the file, if it is not open. CONFIG: it is not there, or no regular file; TRANSIENT. */
enum gw_status input_open(struct input *input, struct gw_error *reterr);

/* COMPONENT:PATH, and with marks of the first two rows a colon and what tells this file from another. */
enum gw_status input_name(struct input *input, const uint64_t *marks, struct gw_error *reterr);

/* Up to len bytes from offset on; *ret_read 0 at the end. */
enum gw_status input_read(const struct input *input, char *bytes, size_t len, int64_t offset, size_t *ret_read,
                          struct gw_error *reterr);
enum gw_status input_size(const struct input *input, int64_t *ret_size, struct gw_error *reterr);

/* Reports why the file cannot be opened; nothing when it can. */
enum gw_status input_check(const struct input *input, const struct gw_report *report);

#endif
