/* SPDX-License-Identifier: Apache-2.0 */
/* An apply: see apply.h. */
#include "gateway/apply.h"

#include "gateway/plan_json.h"
#include "gateway/plan_text.h"
#include "process/wakeup.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_MAX_BYTES = 64 * 1024 * 1024, FINDINGS_MAX_BYTES = 1024 * 1024, PLAN_MAX_BYTES = 16 * 1024 * 1024 };

struct gw_apply {
    struct gw_apply_plan plan;
    char **outputs; /* owned */
    size_t output_count;
    char *hash; /* owned */
    char *file; /* owned */
    struct gw_change *change;
    size_t findings;
    struct gw_apply_texts texts;
    struct gw_error error;
    enum gw_status status;
    int cancel;
    pthread_t thread;
    bool is_running;
    atomic_bool has_ended;
};

/* ---- on its thread */

/* One record per finding, so that each has the place in the file. */
static void report_findings(struct gw_apply *apply, const struct gw_diagnostics *diagnostics)
{
    struct gw_buffer *text = &apply->texts.findings;

    gw_diagnostics_print(diagnostics, text);
    for (char *line = text->ptr, *end; text->ptr != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1)
        gw_log_event(apply->plan.site->log, GW_CODE_CONFIGURATION_FINDING, NULL, "%.*s", (int)(end - line), line);
}

static enum gw_status read_file(struct gw_apply *apply, struct gw_configuration **ret_configuration)
{
    struct gw_arena *arena = gw_arena_new(MODEL_MAX_BYTES);
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;
    enum gw_status status;

    if (arena == NULL)
        return gw_error_set(&apply->error, GW_NOMEM, "no memory to read the file");
    gw_diagnostics_init(&diagnostics, arena, apply->plan.request.file);
    status = gw_bootstrap_read(arena, &apply->plan.request, &diagnostics, &bootstrap);
    report_findings(apply, &diagnostics);
    apply->findings = diagnostics.errors;
    if (status == GW_OK) {
        *ret_configuration = gw_configuration_new(arena, bootstrap);
        if (*ret_configuration != NULL)
            return GW_OK;
        status = GW_NOMEM;
    }
    gw_arena_free(arena);
    return gw_error_set(&apply->error, status, "%s has %zu error%s", apply->plan.request.file, apply->findings,
                        apply->findings == 1 ? "" : "s");
}

static void write_plan(void *context, const struct gw_plan *plan)
{
    struct gw_apply *apply = context;

    gw_plan_append_text(plan, &apply->plan.figures, &apply->texts.plan_text);
    gw_plan_append_json(plan, &apply->plan.figures, &apply->texts.plan_json);
}

static void *run(void *context)
{
    struct gw_apply *apply = context;
    struct gw_configuration *after = NULL;
    struct gw_change_request request = {.site = apply->plan.site,
                                        .before = apply->plan.before,
                                        .key = apply->plan.key,
                                        .outputs = (const char *const *)apply->outputs,
                                        .output_count = apply->output_count,
                                        .hash = apply->hash,
                                        .only_plans = apply->plan.only_plans,
                                        .planned = write_plan,
                                        .planned_context = apply,
                                        .cancel = apply->cancel,
                                        .beat = apply->plan.beat};

    apply->status = read_file(apply, &after);
    if (apply->status == GW_OK) {
        request.after = after;
        apply->status = gw_change_make(&request, &apply->change, &apply->error);
    }
    gw_configuration_release(after);
    atomic_store(apply->plan.beat, GW_BEAT_WAITING);
    atomic_store(&apply->has_ended, true);
    gw_wakeup_raise(apply->plan.ended);
    return NULL;
}

/* ---- on the main thread */

static bool copy_texts(struct gw_apply *apply, const struct gw_apply_plan *plan)
{
    apply->outputs = calloc(plan->output_count + 1, sizeof *apply->outputs);
    if (apply->outputs == NULL)
        return false;
    for (; apply->output_count < plan->output_count; apply->output_count++) {
        apply->outputs[apply->output_count] = strdup(plan->outputs[apply->output_count]);
        if (apply->outputs[apply->output_count] == NULL)
            return false;
    }
    apply->hash = plan->hash != NULL ? strdup(plan->hash) : NULL;
    apply->file = strdup(plan->request.file);
    apply->plan.request.file = apply->file;
    return (plan->hash == NULL || apply->hash != NULL) && apply->file != NULL;
}

enum gw_status gw_apply_start(const struct gw_apply_plan *plan, struct gw_apply **ret_apply, struct gw_error *reterr)
{
    struct gw_apply *apply = calloc(1, sizeof *apply);
    int failed;

    if (apply == NULL) {
        gw_arena_free(plan->arena);
        return gw_error_set(reterr, GW_NOMEM, "no memory to apply a file");
    }
    apply->plan = *plan;
    gw_buffer_init(&apply->texts.findings, FINDINGS_MAX_BYTES);
    gw_buffer_init(&apply->texts.plan_text, PLAN_MAX_BYTES);
    gw_buffer_init(&apply->texts.plan_json, PLAN_MAX_BYTES);
    apply->plan.before = gw_configuration_hold(plan->before);
    apply->cancel = gw_wakeup_open();
    gw_beat_note(plan->beat);
    failed = apply->cancel < 0 || !copy_texts(apply, plan) ? errno : pthread_create(&apply->thread, NULL, run, apply);
    if (failed != 0) {
        atomic_store(plan->beat, GW_BEAT_WAITING);
        gw_apply_free(apply);
        return gw_error_set_errno(reterr, GW_NOMEM, failed, "preparing to read the file");
    }
    apply->is_running = true;
    *ret_apply = apply;
    return GW_OK;
}

bool gw_apply_has_ended(const struct gw_apply *apply)
{
    return atomic_load(&apply->has_ended);
}

void gw_apply_cancel(struct gw_apply *apply)
{
    gw_wakeup_raise(apply->cancel);
}

struct gw_apply_texts gw_apply_take_texts(struct gw_apply *apply)
{
    struct gw_apply_texts texts = apply->texts;

    gw_buffer_init(&apply->texts.findings, FINDINGS_MAX_BYTES);
    gw_buffer_init(&apply->texts.plan_text, PLAN_MAX_BYTES);
    gw_buffer_init(&apply->texts.plan_json, PLAN_MAX_BYTES);
    return texts;
}

const struct gw_change *gw_apply_change(const struct gw_apply *apply)
{
    return apply->change;
}

enum gw_status gw_apply_result(struct gw_apply *apply, struct gw_change **ret_change, size_t *ret_findings,
                               struct gw_error *reterr)
{
    *ret_findings = apply->findings;
    if (apply->status != GW_OK) {
        *reterr = apply->error;
        return apply->status;
    }
    *ret_change = apply->change;
    apply->change = NULL;
    return GW_OK;
}

void gw_apply_free(struct gw_apply *apply)
{
    if (apply == NULL)
        return;
    if (apply->is_running)
        (void)pthread_join(apply->thread, NULL);
    gw_change_free(apply->change);
    gw_buffer_done(&apply->texts.findings);
    gw_buffer_done(&apply->texts.plan_text);
    gw_buffer_done(&apply->texts.plan_json);
    gw_configuration_release(apply->plan.before);
    gw_arena_free(apply->plan.arena);
    gw_wakeup_close(apply->cancel);
    for (size_t index = 0; index < apply->output_count; index++)
        free(apply->outputs[index]);
    free(apply->outputs);
    free(apply->hash);
    free(apply->file);
    free(apply);
}
