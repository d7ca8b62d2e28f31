/* SPDX-License-Identifier: Apache-2.0 */
#include "config/notice_trial.h"

#include <gangway/scope.h>

#include <stdlib.h>

/* A rendered text, what it was rendered from, and a copy that is read as JSON. */
enum { ARENA_MAX_BYTES = 32 * 1024 * 1024, KEEP_BYTES = 256 * 1024, PAYLOAD_MAX_BYTES = 64 * 1024 };

struct gw_notice_trial {
    struct gw_json_reader *json;
    struct gw_arena *arena;
    struct gw_buffer text;
    struct gw_buffer payload;
};

GW_DEFINE_AUTO(struct gw_notice_trial, gw_notice_trial_free);

struct gw_notice_trial *gw_notice_trial_new(void)
{
    gw_auto(gw_notice_trial_free) struct gw_notice_trial *trial = calloc(1, sizeof *trial);

    if (trial == NULL)
        return NULL;
    gw_buffer_init(&trial->text, GW_NOTICE_TEXT_MAX_BYTES);
    gw_buffer_init(&trial->payload, PAYLOAD_MAX_BYTES);
    trial->json = gw_json_reader_new(GW_NOTICE_TEXT_MAX_BYTES);
    trial->arena = gw_arena_new(ARENA_MAX_BYTES);
    return trial->json != NULL && trial->arena != NULL ? gw_take(trial) : NULL;
}

void gw_notice_trial_free(struct gw_notice_trial *trial)
{
    if (trial == NULL)
        return;
    gw_buffer_done(&trial->payload);
    gw_buffer_done(&trial->text);
    gw_arena_free(trial->arena);
    gw_json_reader_free(trial->json);
    free(trial);
}

static enum gw_status read_sample(struct gw_notice_trial *trial, const struct gw_event_spec *event, size_t sample,
                                  struct gw_json_object *ret_fields, struct gw_error *reterr)
{
    struct gw_json_object example;
    enum gw_status status =
        gw_json_read_object(trial->json, trial->arena, gw_text_of(event->example), &example, reterr);

    gw_buffer_reset(&trial->payload);
    if (status == GW_OK)
        gw_notice_sample_append(&trial->payload, sample, &example);
    if (trial->payload.has_failed)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    if (status == GW_OK)
        status = gw_json_read_object(trial->json, trial->arena, gw_buffer_text(&trial->payload), ret_fields, reterr);
    return status;
}

enum gw_status gw_notice_trial_render(struct gw_notice_trial *trial, const struct gw_notifier_template *template_option,
                                      const struct gw_event_spec *event, size_t sample, struct gw_text *ret_text,
                                      struct gw_error *reterr)
{
    const struct gw_notice_renderer renderer = {trial->json, trial->arena, &trial->text};
    struct gw_json_object fields;
    enum gw_status status;

    gw_arena_reset(trial->arena, KEEP_BYTES);
    status = read_sample(trial, event, sample, &fields, reterr);
    if (status == GW_OK)
        status = gw_notice_render(&renderer, template_option, event, &fields, ret_text, reterr);
    if (status == GW_OK)
        status = gw_notice_text_check(&renderer, template_option, *ret_text, reterr);
    return status;
}
