/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every row of a CSV file is a command, whose fields the first row names. A finite input: it ends with the
 * file. Bytes and rows are in rows.h, rows and JSON in header.h, the file and its name as a source in input.h; here are
 * the options and the slots. Called on its worker's thread only.
 */
#include "header.h"
#include "input.h"
#include "rows.h"

#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

#include <stdlib.h>
#include <string.h>

enum { TURN_BYTES = 4 * 1024 * 1024, MESSAGE_MIN = ROW_HEAD_MAX, FAULT_BYTES = 96 };

struct reader_config {
    const char *path;
    const char *written;
    const char *command;
    struct gw_option_list numbers;
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
    READER_STOPPED /* the file was truncated: an operator has to decide */
};

struct reader {
    const struct gw_host *host;
    const struct reader_config *config;
    struct gw_text type;
    enum reader_state state;
    struct input input;
    struct rows rows;
    struct header header;
    struct payload *lent;
    uint64_t lent_count;
    int64_t base; /* reread: how far earlier runs came; offsets count on from there */
    bool has_row; /* row was cut, and its message could not be made */
    struct row row;
};

static const struct gw_option reader_options[] = {
    {.name = "path",
     .help = "The file to read: the first row names the fields, every other row is a command.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct reader_config, path),
     .written = offsetof(struct reader_config, written)},
    {.name = "command",
     .help = "What every row is; with auto the column `type` says so.",
     .fallback = "auto",
     .type = GW_OPTION_COMMAND,
     .offset = offsetof(struct reader_config, command)},
    {.name = "numbers",
     .help =
         "The columns in which an integer is a number; in all others it is text, so that an order may be called 17.",
     .fallback = "[qty]",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .offset = offsetof(struct reader_config, numbers)},
    {.name = "reread",
     .help = "Whether to read the whole file at every run, because people edit it, instead of going on behind the last "
             "row of the run before.",
     .fallback = "false",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct reader_config, reread)},
    {.name = "max_message",
     .help = "The longest row that is a command; a longer one becomes a dead letter.",
     .fallback = "1MiB",
     .min = MESSAGE_MIN,
     .max = 64 * 1024 * 1024,
     .type = GW_OPTION_SIZE,
     .offset = offsetof(struct reader_config, max_message)},
};

/* ---- open and close -------------------------------------------------------------------------------------------- */

static enum gw_status reader_open(const struct gw_host *host, const void *config, void **ret_self,
                                  struct gw_error *reterr)
{
    const struct reader_config *options = config;
    struct reader *self;

    if (sodium_init() < 0)
        return gw_error_set(reterr, GW_CONFIG, "libsodium finds no random numbers");
    self = aligned_alloc(_Alignof(struct reader), sizeof *self);
    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a CSV reader");
    memset(self, 0, sizeof *self);
    self->host = host;
    self->config = options;
    if (options->command != NULL && strcmp(options->command, "auto") != 0)
        self->type = gw_text_of(options->command);
    input_init(&self->input, host->component, options->path,
               options->written != NULL ? options->written : options->path);
    rows_init(&self->rows, (size_t)options->max_message);
    *ret_self = self;
    return GW_OK;
}

static void give_back(struct reader *self, struct payload *payload)
{
    if (payload->next != NULL)
        payload->next->previous = payload->previous;
    *(payload->previous != NULL ? &payload->previous->next : &self->lent) = payload->next;
    self->lent_count--;
    free(payload);
}

static void reader_close(void *opaque)
{
    struct reader *self = opaque;

    if (self == NULL)
        return;
    while (self->lent != NULL)
        give_back(self, self->lent);
    header_done(&self->header);
    rows_done(&self->rows);
    input_done(&self->input);
    free(self);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* The next row of the file: OK; END. */
static enum gw_status next_row(struct reader *self, struct row *ret_row, struct gw_error *reterr)
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

/* Reads the first row again. END: there is none. */
static enum gw_status read_header(struct reader *self, struct gw_error *reterr)
{
    struct row row;
    struct gw_error cause = {0};
    enum gw_status status;

    rows_rewind(&self->rows);
    self->has_row = false;
    status = next_row(self, &row, reterr);
    if (status != GW_OK)
        return status;
    status = header_take(&self->header, &row, self->rows.cells, &self->config->numbers, &cause);
    return status == GW_OK ? GW_OK : gw_error_wrap(reterr, &cause, "%s", self->input.path);
}

/* The source is named by the first row and the one behind it: what the columns are called tells few files apart. */
static enum gw_status name_source(struct reader *self, struct gw_error *reterr)
{
    struct row row;
    enum gw_status status = input_open(&self->input, reterr);
    uint64_t marks[2] = {0, 0};

    if (status == GW_OK)
        status = read_header(self, reterr);
    if (status != GW_OK || self->config->reread)
        return status == GW_OK ? input_name(&self->input, NULL, reterr) : status;
    rows_rewind(&self->rows);
    for (int i = 0; i < 2 && status == GW_OK; i++) {
        status = next_row(self, &row, reterr);
        if (status == GW_OK)
            marks[i] = row_mark(&row);
    }
    return status == GW_OK ? input_name(&self->input, marks, reterr) : status;
}

/* ---- start ----------------------------------------------------------------------------------------------------- */

static enum gw_status misplaced(const struct reader *self, int64_t offset, const char *what, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "%s was read up to byte %lld, but %s; `gangway positions FILE --set %s OFFSET` decides",
                        self->input.path, (long long)offset, what, self->input.name);
}

/* Passes over the rows before the offset, which must end there with the row that was read last. A line end that was
 * added behind the last row of a file belongs to it. */
static enum gw_status pass_over(struct reader *self, const struct gw_start *start, struct gw_error *reterr)
{
    struct row row = {0};
    int64_t end = self->rows.offset;
    uint64_t mark = 0;

    while (end < start->offset) {
        enum gw_status status = next_row(self, &row, reterr);

        if (status == GW_END)
            return misplaced(self, start->offset, "it is shorter now", reterr);
        if (status != GW_OK)
            return status;
        end = row.next;
        if (row.offset + (int64_t)row.full_len == start->offset)
            end = start->offset;
        mark = row_mark(&row);
    }
    if (end > start->offset)
        return misplaced(self, start->offset, "no row ends there now", reterr);
    if (start->has_mark && mark != start->mark)
        return misplaced(self, start->offset, "another row stands before it now", reterr);
    return GW_OK;
}

static enum gw_status start_one(struct reader *self, struct gw_start *start, struct gw_error *reterr)
{
    enum gw_status status = read_header(self, reterr);

    if (status == GW_END)
        return gw_error_set(reterr, GW_CONFIG, "%s was truncated before it was read", self->input.path);
    if (status != GW_OK)
        return status;
    if (start->offset == GW_OFFSET_NONE)
        start->offset = 0;
    self->base = self->config->reread ? start->offset : 0;
    if (!self->config->reread && start->offset > 0)
        status = pass_over(self, start, reterr);
    if (status == GW_OK)
        self->state = READER_STARTED;
    return status;
}

static enum gw_status reader_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    struct reader *self = opaque;

    for (uint32_t i = 0; i < count; i++)
        if (self->input.name != NULL && gw_text_is(starts[i].source, self->input.name))
            return start_one(self, &starts[i], reterr);
    return GW_OK;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

/* Why a row is no command; empty: it is one, or too long. */
static void find_fault(const struct reader *self, const struct row *row, char ret_fault[FAULT_BYTES])
{
    ret_fault[0] = '\0';
    if (row->kind == ROW_WRONG)
        (void)snprintf(ret_fault, FAULT_BYTES, "%s", row->wrong);
    else if (row->kind == ROW_CELLS && row->cell_count != self->header.count)
        (void)snprintf(ret_fault, FAULT_BYTES, "expected %u cells, as in the first row; found %u", self->header.count,
                       row->cell_count);
}

/* A row that is a command becomes a JSON object; any other is handed on as it stands, to be refused and kept. */
static struct payload *make_payload(const struct reader *self, const struct row *row)
{
    bool is_command = row->kind == ROW_CELLS && row->cell_count == self->header.count;
    size_t size = is_command ? header_object_max(&self->header, row) : (size_t)row->text.len;
    struct payload *payload = malloc(sizeof *payload + size);

    if (payload == NULL)
        return NULL;
    find_fault(self, row, payload->fault);
    payload->len = size;
    if (is_command)
        payload->len = header_object(&self->header, self->rows.cells, payload->bytes);
    else
        memcpy(payload->bytes, row->text.ptr, size);
    return payload;
}

static enum gw_status give(struct reader *self, const struct row *row, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr)
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

static enum gw_status check_size(struct reader *self, struct gw_error *reterr)
{
    int64_t size = 0;
    enum gw_status status = input_size(&self->input, &size, reterr);

    if (status != GW_OK || size >= rows_read_offset(&self->rows))
        return status;
    self->state = READER_STOPPED;
    return gw_error_set(reterr, GW_CONFIG,
                        "%s was truncated while it was read: byte %lld had been reached, it has %lld now; restart to "
                        "read what is in it now",
                        self->input.path, (long long)rows_read_offset(&self->rows), (long long)size);
}

static enum gw_status read_rows(struct reader *self, uint32_t max, struct gw_entrypoint_sink *sink,
                                struct gw_error *reterr)
{
    int64_t from = self->rows.offset;

    for (uint32_t given = 0; given < max && self->rows.offset - from < TURN_BYTES; given++) {
        enum gw_status status = self->has_row ? GW_OK : next_row(self, &self->row, reterr);

        if (status == GW_END) {
            status = check_size(self, reterr);
            return status != GW_OK || self->lent_count > given ? status : GW_END;
        }
        if (status != GW_OK)
            return status;
        self->has_row = true;
        status = give(self, &self->row, sink, reterr);
        if (status != GW_OK)
            return status;
        self->has_row = false;
    }
    return GW_OK;
}

static enum gw_status report(struct reader *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr)
{
    enum gw_status status = name_source(self, reterr);

    if (status != GW_OK)
        return status;
    if (sink->opened(sink, gw_text_of(self->input.name)) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to open %s", self->input.path);
    self->state = READER_OPENED;
    return GW_OK;
}

static enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
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
    case READER_STOPPED:
        return gw_error_set(reterr, GW_CONFIG, "%s was truncated while it was read, and is stopped", self->input.path);
    default:
        return host->wait(host, -1, 0, host->monotonic_ms(host) + timeout_ms, &ready);
    }
}

static enum gw_status reader_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                                    struct gw_error *reterr)
{
    struct reader *self = opaque;

    (void)reterr;
    for (uint32_t i = 0; i < count; i++)
        give_back(self, (struct payload *)(uintptr_t)settlements[i].handle); /* NOLINT: our own, from give */
    return GW_OK;
}

static enum gw_status reader_check(void *opaque, const struct gw_report *report)
{
    const struct reader *self = opaque;

    return input_check(&self->input, report);
}

static void reader_progress(void *opaque, uint64_t *ret_done, uint64_t *ret_total)
{
    const struct reader *self = opaque;
    int64_t size = 0;

    *ret_done = 0;
    *ret_total = 0;
    if (self->state != READER_STARTED || input_size(&self->input, &size, NULL) != GW_OK)
        return;
    *ret_done = (uint64_t)self->rows.offset;
    *ret_total = (uint64_t)size;
}

/* Looks with a reader of its own, so that a running turn is not touched. */
static enum gw_status reader_resolve(void *opaque, struct gw_text source, struct gw_text word, int64_t *ret_offset,
                                     struct gw_error *reterr)
{
    const struct reader *self = opaque;
    struct row row;
    void *other = NULL;
    struct reader *looking;
    enum gw_status status;

    if (!gw_text_is(word, "earliest") && !gw_text_is(word, "latest"))
        return gw_error_set(reterr, GW_UNSUPPORTED, "a file knows earliest and latest");
    if (self->config->reread)
        return gw_error_set(reterr, GW_UNSUPPORTED, "%s is read whole at every run", self->input.path);
    status = reader_open(self->host, self->config, &other, reterr);
    if (status != GW_OK)
        return status;
    looking = other;
    if (name_source(looking, reterr) != GW_OK || !gw_text_is(source, looking->input.name))
        status = gw_error_set(reterr, GW_NOT_FOUND, "%s is not what it was called", self->input.path);
    if (status == GW_OK)
        status = read_header(looking, reterr);
    *ret_offset = 0;
    while (status == GW_OK && gw_text_is(word, "latest") && (status = next_row(looking, &row, reterr)) == GW_OK)
        *ret_offset = row.next;
    reader_close(other);
    return status == GW_END ? GW_OK : status;
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_entrypoint_ops reader_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .check = reader_check,
    .poll = reader_poll,
    .settle = reader_settle,
    .start = reader_start,
    .progress = reader_progress,
    .resolve = reader_resolve,
};

const struct gw_plugin gw_plugin_descriptor = {
    .magic = GW_PLUGIN_MAGIC,
    .struct_size = sizeof(struct gw_plugin),
    .abi_major = GW_ABI_MAJOR,
    .abi_minor = GW_ABI_MINOR,
    .port_major = GW_ENTRYPOINT_MAJOR,
    .port_minor = GW_ENTRYPOINT_MINOR,
    .port = GW_PORT_ENTRYPOINT,
    .features = GW_ENTRYPOINT_ORDERED | GW_ENTRYPOINT_SINGLE,
    .name = "csv_reader",
    .version = "0.1.0",
    .summary = "Reads commands from a CSV file, one row each",
    .ops = &reader_ops,
    .options = reader_options,
    .option_count = sizeof reader_options / sizeof reader_options[0],
    .option_size = sizeof(struct gw_option),
    .config_size = sizeof(struct reader_config),
    .open = reader_open,
    .close = reader_close,
};
