/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot poll: reports files, reads, hands lines over, and waits if there is nothing. See reader.h. Knows nothing of
 * options and positions.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    TURN_BYTES = 4 * 1024 * 1024, /* what one poll reads at most, besides the end of its last line */
    LOOK_MS = 1000                /* how often a follower checks its file without a wake-up */
};

/* The progress of one poll. */
struct turn {
    struct gw_entrypoint_sink *sink;
    uint32_t max;
    uint32_t given;
    size_t bytes;
    int64_t received_unix_ms;
    int is_busy; /* there is more to do at once, so poll does not wait */
};

static enum gw_status reader_give(struct reader *self, struct turn *turn, const struct line *line,
                                  struct gw_error *reterr)
{
    struct gw_message message = {
        .size = sizeof message,
        .flags = line->is_oversized ? GW_MESSAGE_OVERSIZED : 0,
        .handle = line->block,
        .payload = line->text,
        .type = self->type,
        .source = gw_text_of(self->inputs.items[0]->name),
        .offset = line->offset,
        .next = line->next,
        .mark = line->mark,
        .line = line->number,
        .received_unix_ms = turn->received_unix_ms,
        .full_len = line->full_len,
    };

    if (line->is_oversized)
        memcpy(message.digest, line->digest, sizeof message.digest);
    if (turn->sink->message(turn->sink, &message) != GW_OK) {
        self->refused = *line;
        self->has_refused = 1;
        return gw_error_set(reterr, GW_NOMEM, "no memory for line %llu of %s", (unsigned long long)line->number,
                            self->path);
    }
    self->has_refused = 0;
    self->unsettled++;
    turn->given++;
    return GW_OK;
}

/* Returns 1 and a line that was already read. */
static int reader_line(struct reader *self, int at_end, struct line *ret_line)
{
    if (self->has_refused) {
        *ret_line = self->refused;
        return 1;
    }
    return splitter_next(&self->splitter, at_end, ret_line);
}

void reader_begin(struct reader *self)
{
    const struct input *input = self->inputs.items[0];

    if (self->has_refused)
        block_settle(&self->splitter.pool, self->refused.block);
    self->has_refused = 0;
    splitter_seek(&self->splitter, input->start_offset, input->start_line);
}

/* Closes the first input, once no line of it is borrowed. */
static enum gw_status reader_finish(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    turn->is_busy = 1;
    if (self->unsettled > 0)
        return GW_OK;
    if (turn->sink->closed(turn->sink, gw_text_of(self->inputs.items[0]->name)) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to close %s", self->inputs.items[0]->path);
    inputs_drop_first(&self->inputs);
    if (self->inputs.items[0]->state == INPUT_STARTED)
        reader_begin(self);
    return GW_OK;
}

/* The file was truncated: the core starts it again. This stops the source unless only an incomplete line is missing. */
static enum gw_status reader_reconsider(struct reader *self, struct turn *turn, int64_t size, struct gw_error *reterr)
{
    struct input *input = self->inputs.items[0];
    struct gw_text name = gw_text_of(input->name);

    turn->is_busy = 1;
    if (self->unsettled > 0)
        return GW_OK;
    gw_host_log(
        self->host, GW_CODE_FILE_TRUNCATED,
        "%s was truncated while it was read: it was read up to byte %lld and has %lld bytes now; lines may be lost; "
        "starting its source again",
        input->path, (long long)splitter_read_offset(&self->splitter), (long long)size);
    if (turn->sink->closed(turn->sink, name) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to close %s", input->path);
    input->state = INPUT_FOUND;
    return GW_OK;
}

/* Text behind the last newline is a line if nobody writes to this input any more. */
static enum gw_status reader_last_line(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    struct line line;

    return reader_line(self, 1, &line) ? reader_give(self, turn, &line, reterr) : GW_OK;
}

/* A FIFO whose last writer has closed it stays readable until it is opened again. */
static enum gw_status reader_reopen(struct reader *self, struct gw_error *reterr)
{
    struct input *input = self->inputs.items[0];
    int fd = open(input->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return input_fail(reterr, errno, input->path);
    (void)close(input->fd);
    input->fd = fd;
    return GW_OK;
}

static enum gw_status reader_at_end(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    const struct input *input = self->inputs.items[0];
    int64_t size = 0;
    enum gw_status status = input->is_stream ? GW_OK : input_size(input, &size, reterr);

    if (status == GW_OK && !input->is_stream && size < splitter_read_offset(&self->splitter))
        return reader_reconsider(self, turn, size, reterr);
    if (status == GW_OK && self->inputs.is_following && input->is_stream)
        return reader_reopen(self, reterr);
    if (status == GW_OK && self->inputs.is_following && self->inputs.count == 1) {
        status = inputs_find_later(&self->inputs, reterr);
        /* what was written before the path named another file is visible now, so this may not have been the end */
        turn->is_busy = self->inputs.count > 1;
        return status;
    }
    if (status == GW_OK)
        status = reader_last_line(self, turn, reterr);
    if (status != GW_OK)
        return status;
    if (self->inputs.is_following)
        return reader_finish(self, turn, reterr);
    turn->is_busy = 1;
    return self->unsettled == turn->given ? GW_END : GW_OK;
}

/* Reads once. *ret_read is 0 at the end. A stream without data is not at its end, and sets *ret_is_idle. */
static enum gw_status reader_fill(struct reader *self, size_t *ret_read, int *ret_is_idle, struct gw_error *reterr)
{
    const struct gw_host *host = self->host;
    const struct input *input = self->inputs.items[0];
    uint32_t ready = GW_WAIT_READ;
    enum gw_status status = GW_OK;
    size_t room;
    char *bytes;

    if (input->is_stream)
        status = host->wait(host, input->fd, GW_WAIT_READ, host->monotonic_ms(host), &ready);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "waiting for %s", self->path);
    *ret_is_idle = (ready & GW_WAIT_READ) == 0;
    if (*ret_is_idle)
        return GW_OK;
    bytes = splitter_room(&self->splitter, &room);
    if (bytes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to read %s", self->path);
    status = input_read(input, bytes, room, splitter_read_offset(&self->splitter), ret_read, reterr);
    if (status == GW_OK)
        splitter_filled(&self->splitter, *ret_read);
    return status;
}

static enum gw_status reader_read(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    turn->received_unix_ms = self->host->unix_ms(self->host);
    while (turn->given < turn->max) {
        struct line line;
        size_t got = 0;
        int is_idle = 0;
        enum gw_status status;

        if (reader_line(self, 0, &line)) {
            status = reader_give(self, turn, &line, reterr);
            if (status != GW_OK)
                return status;
            continue;
        }
        turn->is_busy = turn->bytes >= TURN_BYTES;
        if (turn->is_busy)
            return GW_OK;
        status = self->inputs.items[0]->is_skipped ? GW_OK : reader_fill(self, &got, &is_idle, reterr);
        if (status != GW_OK || is_idle)
            return status;
        if (got == 0)
            return reader_at_end(self, turn, reterr);
        turn->bytes += got;
    }
    return GW_OK;
}

/* Reports inputs that the core does not know. They deliver after the core has started them. */
static enum gw_status reader_report(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    struct input *input;

    while ((input = inputs_unreported(&self->inputs)) != NULL) {
        if (turn->sink->opened(turn->sink, gw_text_of(input->name)) != GW_OK)
            return gw_error_set(reterr, GW_NOMEM, "no memory to open %s", input->path);
        input->state = INPUT_OPENED;
        turn->is_busy = 1;
    }
    return GW_OK;
}

static enum gw_status reader_step(struct reader *self, struct turn *turn, struct gw_error *reterr)
{
    enum gw_status status = self->inputs.count == 0 ? inputs_find(&self->inputs, reterr) : GW_OK;

    if (status == GW_OK)
        status = reader_report(self, turn, reterr);
    if (status != GW_OK || turn->is_busy || self->inputs.count == 0)
        return status;
    return self->inputs.items[0]->state == INPUT_STARTED ? reader_read(self, turn, reterr) : GW_OK;
}

static enum gw_status reader_await(struct reader *self, int64_t deadline_ms, struct gw_error *reterr)
{
    const struct gw_host *host = self->host;
    const struct input *input = self->inputs.count > 0 ? self->inputs.items[0] : NULL;
    int is_waiting_for_core = input != NULL && input->state != INPUT_STARTED;
    int64_t look_ms = host->monotonic_ms(host) + LOOK_MS;
    enum gw_status status;
    uint32_t ready = 0;
    int fd = -1;

    if (!is_waiting_for_core && input != NULL && input->is_stream) {
        fd = input->fd;
    } else if (!is_waiting_for_core) {
        if (watch_arm(&self->watch, self->path, input != NULL ? input->fd : -1))
            return GW_OK;
        fd = self->watch.fd;
        deadline_ms = look_ms < deadline_ms ? look_ms : deadline_ms;
    }
    status = host->wait(host, fd, fd >= 0 ? GW_WAIT_READ : 0, deadline_ms, &ready);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "waiting for %s", self->path);
    if (fd == self->watch.fd)
        watch_drain(&self->watch);
    return GW_OK;
}

enum gw_status reader_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr)
{
    struct reader *self = opaque;
    struct turn turn = {.sink = sink, .max = max};
    int64_t deadline_ms = self->host->monotonic_ms(self->host) + timeout_ms;

    for (;;) {
        enum gw_status status = reader_step(self, &turn, reterr);

        if (status != GW_OK || turn.given > 0 || turn.is_busy)
            return status;
        if (self->host->monotonic_ms(self->host) >= deadline_ms)
            return GW_OK;
        status = reader_await(self, deadline_ms, reterr);
        if (status != GW_OK)
            return status;
    }
}
