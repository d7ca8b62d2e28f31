/* SPDX-License-Identifier: Apache-2.0 */
/* The slot poll: names the source, reads, and makes messages of rows. See reader.h. Knows nothing of positions. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_BYTES = 4 * 1024 * 1024 }; /* the highest number of bytes that one poll reads, not counting its last row */

/* ---- reading --------------------------------------------------------------------------------------------------- */

enum gw_status reader_next_row(struct reader *self, struct row *ret_row, struct gw_error *reterr)
{
    for (;;) {
        size_t got = 0;
        size_t len = 0;
        char *room;
        enum gw_status status;

        if (rows_next(&self->rows, false, ret_row))
            return GW_OK;
        room = rows_room(&self->rows, &len);
        if (room == NULL)
            return gw_error_set(reterr, GW_NOMEM, "no memory to read %s", self->input.path);
        status = input_read(&self->input, room, len, rows_read_offset(&self->rows), &got, reterr);
        if (status != GW_OK)
            return status;
        rows_filled(&self->rows, got);
        if (got == 0)
            return rows_next(&self->rows, true, ret_row) ? GW_OK : GW_END;
    }
}

enum gw_status reader_read_header(struct reader *self, struct gw_error *reterr)
{
    struct row row;
    enum gw_status status;

    rows_rewind(&self->rows);
    self->has_row = false;
    status = reader_next_row(self, &row, reterr);
    if (status != GW_OK)
        return status;
    return header_take(&self->header, &row, self->rows.cells, &self->config->header, reterr);
}

/* The first row and the one behind it name the source, because many files have the same column names. */
enum gw_status reader_name_source(struct reader *self, struct gw_error *reterr)
{
    struct row row;
    struct gw_error cause = {0};
    enum gw_status status = input_open(&self->input, reterr);
    uint64_t marks[2] = {0, 0};

    if (status != GW_OK)
        return status;
    status = reader_read_header(self, &cause);
    if (status == GW_PERMANENT)
        return gw_error_wrap(reterr, &cause, "%s", self->input.path);
    if (status != GW_OK && reterr != NULL)
        *reterr = cause;
    if (status != GW_OK || self->config->reread)
        return status == GW_OK ? input_name(&self->input, NULL, reterr) : status;
    rows_rewind(&self->rows);
    for (int i = 0; i < 2 && status == GW_OK; i++) {
        status = reader_next_row(self, &row, reterr);
        if (status == GW_OK)
            marks[i] = row_mark(&row);
    }
    return status == GW_OK ? input_name(&self->input, marks, reterr) : status;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

/* A row that is a command becomes a JSON object. Any other row is passed on unchanged, to be refused and stored. */
static struct payload *make_payload(struct reader *self, const struct row *row)
{
    char fault[FAULT_BYTES];
    struct gw_text text = row->text;
    struct payload *payload;

    header_find_fault(&self->header, row, self->rows.cells, fault);
    if (row->kind == ROW_CELLS && fault[0] == '\0') {
        header_object(&self->header, self->rows.cells, &self->object);
        if (self->object.has_failed)
            return NULL;
        text = gw_buffer_text(&self->object);
    }
    payload = malloc(sizeof *payload + text.len);
    if (payload == NULL)
        return NULL;
    memcpy(payload->fault, fault, sizeof fault);
    payload->len = text.len;
    memcpy(payload->bytes, text.ptr, text.len);
    return payload;
}

static enum gw_status give(struct reader *self, const struct row *row, int64_t received_unix_ms,
                           struct gw_entrypoint_sink *sink, struct gw_error *reterr)
{
    struct payload *payload = make_payload(self, row);
    struct gw_message message = {
        .size = sizeof message,
        .flags = row->kind == ROW_OVERSIZED ? GW_MESSAGE_OVERSIZED : 0,
        .handle = (uint64_t)(uintptr_t)payload,
        .type = self->type,
        .source = gw_text_of(self->input.name),
        .offset = self->base + row->offset,
        .next = self->base + row->next,
        .mark = row_mark(row),
        .line = row->line,
        .received_unix_ms = received_unix_ms,
    };

    if (payload == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for line %llu of %s", (unsigned long long)row->line,
                            self->input.path);
    message.payload = gw_text_span(payload->bytes, payload->len);
    message.fault = gw_text_of(payload->fault);
    message.full_len = row->kind == ROW_OVERSIZED ? row->full_len : payload->len;
    if (row->kind == ROW_OVERSIZED)
        memcpy(message.digest, row->digest, sizeof message.digest);
    if (sink->message(sink, &message) != GW_OK) {
        free(payload);
        return gw_error_set(reterr, GW_NOMEM, "no memory for line %llu of %s", (unsigned long long)row->line,
                            self->input.path);
    }
    payload->previous = NULL;
    payload->next = self->lent;
    if (self->lent != NULL)
        self->lent->previous = payload;
    self->lent = payload;
    self->lent_count++;
    return GW_OK;
}

enum gw_status reader_refuse(struct reader *self, const struct gw_error *error, struct gw_error *reterr)
{
    self->refusal = *error;
    self->state = READER_REFUSED;
    return gw_error_set(reterr, (enum gw_status)error->status, "%s", error->text);
}

static enum gw_status check_size(struct reader *self, struct gw_error *reterr)
{
    struct gw_error error = {0};
    int64_t size = 0;
    enum gw_status status = input_size(&self->input, &size, reterr);

    if (status != GW_OK || size >= rows_read_offset(&self->rows))
        return status;
    (void)gw_error_set(&error, GW_PERMANENT,
                       "%s was truncated while it was read: byte %lld had been reached, it has %lld now; restart to "
                       "read what is in it now",
                       self->input.path, (long long)rows_read_offset(&self->rows), (long long)size);
    return reader_refuse(self, &error, reterr);
}

static enum gw_status read_rows(struct reader *self, uint32_t max, struct gw_entrypoint_sink *sink,
                                struct gw_error *reterr)
{
    int64_t received_unix_ms = self->host->unix_ms(self->host);
    int64_t from = self->rows.offset;

    for (uint32_t given = 0; given < max && self->rows.offset - from < TURN_BYTES; given++) {
        enum gw_status status = self->has_row ? GW_OK : reader_next_row(self, &self->row, reterr);

        if (status == GW_END) {
            status = check_size(self, reterr);
            return status != GW_OK || self->lent_count > given ? status : GW_END;
        }
        if (status != GW_OK)
            return status;
        self->has_row = true;
        status = give(self, &self->row, received_unix_ms, sink, reterr);
        if (status != GW_OK)
            return status;
        self->has_row = false;
    }
    return GW_OK;
}

static enum gw_status report(struct reader *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr)
{
    enum gw_status status = reader_name_source(self, reterr);

    if (status != GW_OK)
        return status;
    if (sink->opened(sink, gw_text_of(self->input.name)) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to open %s", self->input.path);
    self->state = READER_OPENED;
    return GW_OK;
}

enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr)
{
    struct reader *self = opaque;
    const struct gw_host *host = self->host;
    uint32_t ready;

    switch (self->state) {
    case READER_NEW:
        return report(self, sink, reterr);
    case READER_STARTED:
        return read_rows(self, max, sink, reterr);
    case READER_REFUSED:
        return gw_error_set(reterr, (enum gw_status)self->refusal.status, "%s", self->refusal.text);
    default:
        return host->wait(host, -1, 0, host->monotonic_ms(host) + timeout_ms, &ready);
    }
}

void reader_give_back(struct reader *self, struct payload *payload)
{
    if (payload->next != NULL)
        payload->next->previous = payload->previous;
    *(payload->previous != NULL ? &payload->previous->next : &self->lent) = payload->next;
    self->lent_count--;
    free(payload);
}
