/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entrypoint: every line of a file, or of standard input, is a command. A finite input ends; a followed one waits for
 * further lines, across log rotations. input.h and inputs.h have the files, splitter.h splits bytes into lines, turn.c
 * has the slot poll. All slots run on the worker's thread; a read never blocks.
 */
#include "reader.h"

#include <gangway/plugin.h>
#include <gangway/port/entrypoint.h>

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader_config {
    const char *path;
    const char *written;
    uint32_t follow;
    const char *command;
    int64_t max_message;
};

static const struct gw_option reader_options[] = {
    {.name = "path",
     .help = "The file to read, one command per line; `-` is standard input.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_DASH | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct reader_config, path),
     .written = offsetof(struct reader_config, written)},
    {.name = "follow",
     .help = "Whether to wait for further lines at the end, across log rotations, like tail -F.",
     .fallback = "false",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct reader_config, follow)},
    {.name = "command",
     .help = "The command of every line; with auto each line names it.",
     .fallback = "auto",
     .type = GW_OPTION_COMMAND,
     .offset = offsetof(struct reader_config, command)},
    {.name = "max_message",
     .help = "The longest line that is a command; a longer one becomes a dead letter.",
     .fallback = "1MiB",
     .min = 1024,
     .max = 64 * 1024 * 1024,
     .type = GW_OPTION_SIZE,
     .offset = offsetof(struct reader_config, max_message)},
};

/* ---- open and close -------------------------------------------------------------------------------------------- */

static enum gw_status reader_lint(const void *config, const struct gw_lint *lint)
{
    const struct reader_config *options = config;

    if (options->follow && strcmp(options->path, "-") == 0)
        return gw_lint_line(lint, GW_CONFIG, "follow", NULL, "standard input cannot be followed: leave `follow` out");
    return GW_OK;
}

static enum gw_status reader_open(const struct gw_host *host, const void *config, void **ret_self,
                                  struct gw_error *reterr)
{
    const struct reader_config *options = config;
    struct reader *self;

    if (sodium_init() < 0)
        return gw_error_set(reterr, GW_CONFIG, "libsodium finds no random numbers");
    self = aligned_alloc(alignof(struct reader), sizeof *self);
    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a JSONL reader");
    memset(self, 0, sizeof *self);
    self->host = host;
    self->path = options->path;
    self->written = options->written != NULL ? options->written : options->path;
    if (options->command != NULL && strcmp(options->command, "auto") != 0)
        self->type = gw_text_of(options->command);
    splitter_init(&self->splitter, (size_t)options->max_message);
    inputs_init(&self->inputs, host, options->path, self->written, options->follow != 0);
    watch_init(&self->watch);
    *ret_self = self;
    return GW_OK;
}

static void reader_close(void *opaque)
{
    struct reader *self = opaque;

    if (self == NULL)
        return;
    watch_done(&self->watch);
    inputs_done(&self->inputs);
    splitter_done(&self->splitter);
    free(self);
}

/* Opens a finite file as a poll would. A followed one may become readable later. */
static enum gw_status check_text(const struct reader *self, struct gw_error *reterr)
{
    struct inputs inputs;
    struct stat seen;
    enum gw_status status;

    if (self->inputs.is_following || stat(self->path, &seen) != 0 || !S_ISREG(seen.st_mode))
        return GW_OK;
    inputs_init(&inputs, self->host, self->path, self->written, 0);
    status = inputs_find(&inputs, reterr);
    inputs_done(&inputs);
    return status;
}

static enum gw_status reader_check(void *opaque, const struct gw_report *report)
{
    const struct reader *self = opaque;
    struct gw_error error = {0};
    enum gw_status status;
    struct stat seen;

    if (strcmp(self->path, "-") == 0)
        return fcntl(STDIN_FILENO, F_GETFL) < 0 ? gw_report_line(report, GW_CONFIG, "standard input", "is closed")
                                                : gw_report_line(report, GW_OK, "standard input", "is open");
    if (stat(self->path, &seen) != 0 && errno == ENOENT && self->inputs.is_following)
        return gw_report_line(report, GW_TRANSIENT, self->path, "does not exist yet; `run` waits for it");
    if (stat(self->path, &seen) != 0)
        return gw_report_line(report, GW_CONFIG, self->path, "%s", strerror(errno));
    if (S_ISDIR(seen.st_mode))
        return gw_report_line(report, GW_CONFIG, self->path, "is a directory");
    if (faccessat(AT_FDCWD, self->path, R_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, self->path, "cannot be read: %s", strerror(errno));
    status = check_text(self, &error);
    if (status != GW_OK && status != GW_END)
        return gw_report_line(report, status, self->path, "%s", error.text);
    return gw_report_line(report, GW_OK, self->path, "can be read, %lld bytes", (long long)seen.st_size);
}

/* ---- the other slots ------------------------------------------------------------------------------------------- */

static enum gw_status reader_settle(void *opaque, const struct gw_settlement *settlements, uint32_t count,
                                    struct gw_error *reterr)
{
    struct reader *self = opaque;
    uint32_t index;

    (void)reterr;
    for (index = 0; index < count; index++)
        block_settle(&self->splitter.pool, settlements[index].handle);
    self->unsettled -= count < self->unsettled ? count : self->unsettled;
    return GW_OK;
}

/* A stream continues at its current place, because its bytes can be read only once. */
static enum gw_status stream_start(struct reader *self, struct input *input, struct gw_start *start,
                                   struct gw_error *reterr)
{
    int64_t here = input->start_line > 0 ? self->splitter.offset : 0;

    start->is_once = 1;
    if (start->offset == GW_OFFSET_NONE)
        start->offset = here;
    if (start->offset != here)
        return gw_error_set(reterr, GW_CONFIG, "%s is at byte %lld and cannot go to byte %lld", input->path,
                            (long long)here, (long long)start->offset);
    input->state = INPUT_STARTED;
    if (input->start_line == 0) {
        input->start_line = 1;
        reader_begin(self);
    }
    return GW_OK;
}

static enum gw_status file_start(struct reader *self, struct input *input, struct gw_start *start,
                                 struct gw_error *reterr)
{
    uint64_t line = 1;
    enum gw_status status = GW_OK;

    /* a rotated file that is older than every known position was there before this source, and is not read */
    input->is_skipped = start->offset == GW_OFFSET_NONE && input->is_rotated && !self->inputs.is_known;
    if (input->is_skipped)
        status = input_size(input, &start->offset, reterr);
    else if (start->offset == GW_OFFSET_NONE)
        start->offset = 0;
    else
        status = input_locate(input, self->host, start, &line, reterr);
    if (status != GW_OK)
        return status;
    input->start_offset = start->offset;
    input->start_line = line;
    input->state = INPUT_STARTED;
    if (input == self->inputs.items[0])
        reader_begin(self);
    return GW_OK;
}

/* Starts the source. A source that cannot be read delivers nothing, and its struct gw_start says why; the function then
 * returns OK, too. NOMEM, CANCELLED. */
static enum gw_status input_begin(struct reader *self, struct input *input, struct gw_start *start,
                                  struct gw_error *reterr)
{
    struct gw_error error = {0};
    int is_stored = start->offset != GW_OFFSET_NONE;
    enum gw_status status =
        input->is_stream ? stream_start(self, input, start, &error) : file_start(self, input, start, &error);

    self->inputs.is_known = self->inputs.is_known || is_stored || !input->is_rotated;
    if (status == GW_OK)
        return GW_OK;
    input->state = INPUT_OPENED;
    if (status == GW_NOMEM || status == GW_CANCELLED)
        return gw_error_wrap(reterr, &error, "looking at %s", input->path);
    gw_start_refuse(start, status, "%s", error.text);
    return GW_OK;
}

/* In the order of the files, because an older file with a position decides whether younger ones are read. */
static enum gw_status reader_start(void *opaque, struct gw_start *starts, uint32_t count, struct gw_error *reterr)
{
    struct reader *self = opaque;
    uint32_t at;
    uint32_t index;

    for (at = 0; at < self->inputs.count; at++) {
        struct input *input = self->inputs.items[at];

        for (index = 0; index < count; index++) {
            enum gw_status status = GW_OK;

            if (input == inputs_named(&self->inputs, starts[index].source))
                status = input_begin(self, input, &starts[index], reterr);
            if (status != GW_OK)
                return status;
        }
    }
    return GW_OK;
}

static void reader_progress(void *opaque, uint64_t *ret_done, uint64_t *ret_total)
{
    const struct reader *self = opaque;
    int64_t size = 0;

    *ret_done = 0;
    *ret_total = 0;
    if (self->inputs.count == 0 || self->inputs.is_following || self->inputs.items[0]->is_stream)
        return;
    if (input_size(self->inputs.items[0], &size, NULL) == GW_OK) {
        *ret_done = (uint64_t)self->splitter.offset;
        *ret_total = (uint64_t)size;
    }
}

/* Opens the file separately, so that a turn in progress is not disturbed. */
static enum gw_status reader_resolve(void *opaque, struct gw_text source, struct gw_text word, int64_t *ret_offset,
                                     struct gw_error *reterr)
{
    const struct reader *self = opaque;
    struct inputs inputs;
    struct stat seen;
    enum gw_status status = gw_error_set(reterr, GW_NOT_FOUND, "%s does not have this name as a source", self->path);
    uint32_t index;

    if (!gw_text_is(word, "earliest") && !gw_text_is(word, "latest"))
        return gw_error_set(reterr, GW_UNSUPPORTED, "a file knows earliest and latest");
    if (stat(self->path, &seen) == 0 && !S_ISREG(seen.st_mode))
        return gw_error_set(reterr, GW_UNSUPPORTED, "%s has no positions", self->path);
    inputs_init(&inputs, self->host, self->path, self->written, self->inputs.is_following);
    if (inputs_find(&inputs, NULL) == GW_OK) {
        for (index = 0; index < inputs.count; index++) {
            if (!gw_text_is(source, inputs.items[index]->name))
                continue;
            *ret_offset = 0;
            status = gw_text_is(word, "latest") ? input_last_line_end(inputs.items[index], ret_offset, reterr) : GW_OK;
        }
    }
    inputs_done(&inputs);
    return status;
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
    .name = "jsonl_reader",
    .version = "1.0.0",
    .summary = "Reads commands from a file or standard input, one line of JSON each",
    .ops = &reader_ops,
    GW_PLUGIN_OPTIONS(reader_options, struct reader_config),
    .open = reader_open,
    .close = reader_close,
    .check = reader_check,
    .lint = reader_lint,
};
