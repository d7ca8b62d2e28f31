/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of the reader, shared by its slots in csv_reader.c and turn.c. Belongs to the worker's thread. */
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

/* A payload that the core borrows until its message is settled. Its address is the message's handle. */
struct payload {
    struct payload *next;
    struct payload *previous;
    size_t len;
    char fault[FAULT_BYTES];
    char bytes[];
};

enum reader_state {
    READER_NEW,
    READER_OPENED, /* the core has not said yet where to start */
    READER_STARTED,
    READER_REFUSED /* the file in its current state is refused: `refusal` says why */
};

struct reader {
    const struct gw_host *host;
    const struct reader_config *config;
    struct gw_text type;
    enum reader_state state;
    struct input input;
    struct rows rows;
    struct header header;
    struct gw_buffer object; /* of the row in hand; kept for its memory */
    struct gw_error refusal;
    struct payload *lent;
    uint64_t lent_count;
    int64_t base; /* reread: the offset that earlier runs reached; offsets continue from it */
    bool has_row; /* row was split off, and its message could not be made yet */
    struct row row;
};

/* Reads the next row of the file. OK; END; a status of reading. */
enum gw_status reader_next_row(struct reader *reader, struct row *ret_row, struct gw_error *reterr);

/* Reads the first row again, and continues behind it. END: there is none; PERMANENT: the file is refused. */
enum gw_status reader_read_header(struct reader *reader, struct gw_error *reterr);

/* Opens the file and names the source. The position in the file is undefined afterwards. END: there is nothing to read
 * yet; PERMANENT: the file is refused. */
enum gw_status reader_name_source(struct reader *reader, struct gw_error *reterr);

/* Makes every later poll return this error. Returns its status. */
enum gw_status reader_refuse(struct reader *reader, const struct gw_error *error, struct gw_error *reterr);

/* Frees a payload that is settled. */
void reader_give_back(struct reader *reader, struct payload *payload);

/* The slot poll of entrypoint.h. */
enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr);

#endif
