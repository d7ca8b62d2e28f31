/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of the reader, shared by its slots: csv_reader.c and turn.c. Belongs to its worker's thread. */
#ifndef CSV_READER_READER_H
#define CSV_READER_READER_H

#include "header.h"
#include "input.h"
#include "rows.h"

#include <gangway/port/entrypoint.h>

struct reader_config {
    const char *path;
    const char *written;
    const char *command;
    struct header_options header;
    uint32_t reread;
    int64_t max_message;
};

/* A payload that is lent until its message is settled; its address is the message's handle. */
struct payload {
    struct payload *next;
    struct payload *previous;
    size_t len;
    char fault[FAULT_BYTES];
    char bytes[];
};

enum reader_state {
    READER_NEW,
    READER_OPENED, /* the core has still to say from where */
    READER_STARTED,
    READER_REFUSED /* the file as it is cannot be read: `refusal` says why */
};

struct reader {
    const struct gw_host *host;
    const struct reader_config *config;
    struct gw_text type;
    enum reader_state state;
    struct input input;
    struct rows rows;
    struct header header;
    struct gw_error refusal;
    struct payload *lent;
    uint64_t lent_count;
    int64_t base; /* reread: how far earlier runs came; offsets count on from there */
    bool has_row; /* row was cut, and its message could not be made */
    struct row row;
};

/* The next row of the file: OK; END; whatever reading says. */
enum gw_status reader_next_row(struct reader *reader, struct row *ret_row, struct gw_error *reterr);

/* Reads the first row again, and stands behind it. END: there is none; PERMANENT: the file is refused. */
enum gw_status reader_read_header(struct reader *reader, struct gw_error *reterr);

/* Opens the file and names the source; where its rows stand afterwards is undefined. END: there is nothing to read yet;
 * PERMANENT: the file is refused. */
enum gw_status reader_name_source(struct reader *reader, struct gw_error *reterr);

/* Every poll says from now on why the file is refused. Returns the error's status. */
enum gw_status reader_refuse(struct reader *reader, const struct gw_error *error, struct gw_error *reterr);

/* Frees a payload that is no longer lent. */
void reader_give_back(struct reader *reader, struct payload *payload);

/* The slot poll of entrypoint.h. */
enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr);

#endif
