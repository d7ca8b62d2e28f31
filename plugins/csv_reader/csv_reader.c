/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every row of a CSV file is a command, and the first row names its fields. The input is finite: it ends
 * with the file. rows.h splits bytes into rows, header.h makes JSON of a row, input.h opens the file and names it as a
 * source, turn.c has the slot poll; this file has the options and the other slots. All slots run on the worker's
 * thread.
 */
#include "reader.h"

#include <gangway/plugin.h>

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MIN = ROW_HEAD_MAX };

static const struct gw_option reader_options[] = {
    {.name = "path",
     .help = "The file to read: the first row names the fields, every other row is a command.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct reader_config, path),
     .written = offsetof(struct reader_config, written)},
    {.name = "command",
     .help = "The command of every row; with auto the column `type` names it.",
     .fallback = "auto",
     .type = GW_OPTION_COMMAND,
     .offset = offsetof(struct reader_config, command),
     .written = offsetof(struct reader_config, header.fields)},
    {.name = "numbers",
     .help = "The fields in which an integer is a number; in all others it is text, so that 17 can be an order id.",
     .fallback = "[qty]",
     .type = GW_OPTION_LIST,
     .item_type = GW_OPTION_TEXT,
     .offset = offsetof(struct reader_config, header.numbers)},
    {.name = "columns",
     .help =
         "The names of columns in the file that differ from the names of their fields, such as {orderid: Order No}.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_TEXT,
     .offset = offsetof(struct reader_config, header.columns)},
    {.name = "reread",
     .help = "Whether to read the whole file at every run, because people edit it, instead of continuing behind the "
             "last row of the run before.",
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
    enum gw_status status = header_check_options(&options->header, reterr);
    struct reader *self;

    if (status != GW_OK)
        return status;
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
    gw_buffer_init(&self->object, SIZE_MAX); /* max_message bounds the row that it is made of */
    *ret_self = self;
    return GW_OK;
}

static void reader_close(void *opaque)
{
    struct reader *self = opaque;

    if (self == NULL)
        return;
    while (self->lent != NULL)
        reader_give_back(self, self->lent);
    gw_buffer_done(&self->object);
    header_done(&self->header);
    rows_done(&self->rows);
    input_done(&self->input);
    free(self);
}

/* ---- start ----------------------------------------------------------------------------------------------------- */

static enum gw_status misplaced(const struct reader *self, int64_t offset, const char *what, struct gw_error *reterr)
{
    const char *slash = strrchr(self->input.path, '/'); /* the name of the source has the folder */

    return gw_error_set(reterr, GW_CONFIG, "%.120s was read up to byte %lld, but %s",
                        slash != NULL ? slash + 1 : self->input.path, (long long)offset, what);
}

/* Skips the rows before the offset. The last of them must end at the offset. A line end that was added behind the last
 * row of a file belongs to that row. */
static enum gw_status pass_over(struct reader *self, const struct gw_start *start, struct gw_error *reterr)
{
    struct row row = {0};
    int64_t end = self->rows.offset;
    uint64_t mark = 0;

    while (end < start->offset) {
        enum gw_status status = reader_next_row(self, &row, reterr);

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
        return misplaced(self, start->offset, "the row before it has changed", reterr);
    return GW_OK;
}

static enum gw_status start_one(struct reader *self, struct gw_start *start, struct gw_error *reterr)
{
    enum gw_status status = reader_read_header(self, reterr);

    if (status == GW_END)
        return gw_error_set(reterr, GW_PERMANENT, "truncated before it was read");
    if (status != GW_OK)
        return status;
    if (start->offset == GW_OFFSET_NONE)
        start->offset = 0;
    self->base = self->config->reread ? start->offset : 0;
    if (!self->config->reread && start->offset > 0)
        status = pass_over(self, start, reterr);
    return status;
}

/* Starts the source. A source that cannot start delivers nothing, and its struct gw_start says why; the function then
 * returns OK, too. If the file became unreadable since the source was named, the next poll reports it. NOMEM,
 * CANCELLED. */
static enum gw_status start_or_stop(struct reader *self, struct gw_start *start, struct gw_error *reterr)
{
    struct gw_error error = {0};
    enum gw_status status = start_one(self, start, &error);

    self->state = status == GW_OK ? READER_STARTED : READER_OPENED;
    if (status == GW_PERMANENT) {
        (void)gw_error_wrap(&error, &error, "%s", self->input.path);
        (void)reader_refuse(self, &error, NULL);
    }
    if (status == GW_NOMEM || status == GW_CANCELLED)
        return gw_error_wrap(reterr, &error, "looking at %s", self->input.path);
    if (status != GW_OK)
        gw_start_refuse(start, status == GW_PERMANENT ? GW_CONFIG : status, "%s", error.text);
    return GW_OK;
}

static enum gw_status reader_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    struct reader *self = opaque;

    for (uint32_t i = 0; i < count; i++)
        if (self->input.name != NULL && gw_text_is(starts[i].source, self->input.name))
            return start_or_stop(self, &starts[i], reterr);
    return GW_OK;
}

/* ---- the other slots ------------------------------------------------------------------------------------------- */

static enum gw_status reader_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                                    struct gw_error *reterr)
{
    struct reader *self = opaque;

    (void)reterr;
    for (uint32_t i = 0; i < count; i++)
        reader_give_back(self, (struct payload *)(uintptr_t)settlements[i].handle); /* NOLINT: our own, from give */
    return GW_OK;
}

/* Uses a reader of its own, which reads the first row too. */
static enum gw_status reader_check(void *opaque, const struct gw_report *report)
{
    const struct reader *self = opaque;
    enum gw_status status = input_check(&self->input, report);
    struct gw_error error = {0};
    void *other = NULL;
    struct reader *looking;
    int64_t size = 0;

    if (status != GW_OK)
        return status;
    status = reader_open(self->host, self->config, &other, &error);
    if (status != GW_OK)
        return gw_report_line(report, status, self->input.path, "%s", error.text);
    looking = other;
    status = input_open(&looking->input, &error);
    if (status == GW_OK)
        status = input_size(&looking->input, &size, &error);
    if (status == GW_OK)
        status = reader_read_header(looking, &error);
    reader_close(other);
    if (status != GW_OK && status != GW_END)
        return gw_report_line(report, status, self->input.path, "%s", error.text);
    return gw_report_line(report, GW_OK, self->input.path, "can be read, %lld bytes", (long long)size);
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

/* Uses a reader of its own, so that a turn in progress is not disturbed. */
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
    status = reader_name_source(looking, reterr);
    if (status == GW_END || (status == GW_OK && !gw_text_is(source, looking->input.name)))
        status = gw_error_set(reterr, GW_NOT_FOUND, "%s is another file now", self->input.path);
    if (status == GW_OK)
        status = reader_read_header(looking, reterr);
    *ret_offset = 0;
    while (status == GW_OK && gw_text_is(word, "latest") && (status = reader_next_row(looking, &row, reterr)) == GW_OK)
        *ret_offset = row.next;
    reader_close(other);
    return status == GW_END ? GW_OK : status;
}

/* ---- descriptor ------------------------------------------------------------------------------------------------ */

static const struct gw_entrypoint_ops reader_ops = {
    .size = sizeof(struct gw_entrypoint_ops),
    .poll = reader_poll,
    .settle = reader_settle,
    .start = reader_start,
    .progress = reader_progress,
    .resolve = reader_resolve,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(ENTRYPOINT),
    .features = GW_ENTRYPOINT_ORDERED | GW_ENTRYPOINT_SINGLE,
    .name = "csv_reader",
    .version = "0.1.0",
    .summary = "Reads commands from a CSV file, one row each",
    .ops = &reader_ops,
    GW_PLUGIN_OPTIONS(reader_options, struct reader_config),
    .open = reader_open,
    .close = reader_close,
    .check = reader_check,
};
