/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publisher: appends every event to a file as one line of JSON. It writes and syncs a group as a whole; if that fails,
 * it removes the group from the file. It opens the file for the first group, never before. All slots run on the relay's
 * thread.
 */
#include "event_line.h"
#include "output.h"

#include <gangway/host.h>
#include <gangway/plugin.h>
#include <gangway/port/publisher.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct writer_config {
    const char *path;
    uint32_t fsync;
};

struct writer {
    struct output output;
    struct gw_buffer lines; /* of the group in hand; kept for its memory */
};

static const struct gw_option writer_options[] = {
    {.name = "path",
     .help = "The file that events are appended to, created when it is missing; `-` is standard output.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_REQUIRED | GW_OPTION_DASH | GW_OPTION_IDENTITY,
     .min = 1,
     .max = 4096,
     .offset = offsetof(struct writer_config, path)},
    {.name = "fsync",
     .help = "Whether an event counts as sent only after it is synced to the disk.",
     .fallback = "true",
     .type = GW_OPTION_BOOL,
     .offset = offsetof(struct writer_config, fsync)},
};

static enum gw_status writer_open(const struct gw_host *host, const void *config, void **ret_self,
                                  struct gw_error *reterr)
{
    const struct writer_config *options = config;
    struct writer *self = calloc(1, sizeof *self);

    if (self == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a JSONL writer");
    output_init(&self->output, host, options->path, options->fsync != 0);
    gw_buffer_init(&self->lines, SIZE_MAX); /* the group that it is written from is in memory already */
    *ret_self = self;
    return GW_OK;
}

static void writer_close(void *opaque)
{
    struct writer *self = opaque;

    if (self == NULL)
        return;
    output_close(&self->output);
    gw_buffer_done(&self->lines);
    free(self);
}

static enum gw_status writer_check(void *opaque, const struct gw_report *report)
{
    const struct writer *self = opaque;

    return output_check(&self->output, report);
}

/* Sets the verdict PERMANENT for an event that is not a JSON object, and OK for the others, which holds once they are
 * written. */
static void writer_format(struct writer *self, const struct gw_array *publications, struct gw_verdict *verdicts)
{
    uint32_t index;

    gw_buffer_reset(&self->lines);
    for (index = 0; index < publications->count; index++) {
        bool is_object = event_line_append(&self->lines, gw_array_at(publications, index));

        verdicts[index].status = is_object ? GW_OK : GW_PERMANENT;
        if (!is_object)
            (void)snprintf(verdicts[index].answer, sizeof verdicts[index].answer, "the payload is no JSON object");
    }
}

static enum gw_status writer_publish(void *opaque, const struct gw_array *publications, struct gw_verdict *verdicts,
                                     int64_t deadline_ms, struct gw_error *reterr)
{
    struct writer *self = opaque;

    writer_format(self, publications, verdicts);
    if (self->lines.has_failed)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a group of %u events", publications->count);
    if (self->lines.len == 0)
        return GW_OK;
    return output_append(&self->output, gw_buffer_text(&self->lines), deadline_ms, reterr);
}

static const struct gw_publisher_ops writer_ops = {
    .size = sizeof(struct gw_publisher_ops),
    .publish = writer_publish,
};

const struct gw_plugin gw_plugin_descriptor = {
    GW_PLUGIN(PUBLISHER),  .name = "jsonl_writer",
    .version = "1.0.0",    .summary = "Appends events to a file, one line of JSON each",
    .ops = &writer_ops,    GW_PLUGIN_OPTIONS(writer_options, struct writer_config),
    .open = writer_open,   .close = writer_close,
    .check = writer_check,
};
