/* SPDX-License-Identifier: Apache-2.0 */
/* Liveness and readiness, from what the threads show of themselves. Asks nobody and waits for nothing. */
#include "gateway/health.h"

#include "gateway/gateway_internal.h"

#include <string.h>

struct checking {
    const struct gw_health_visitor *visitor;
    bool is_well;
};

static void report(struct checking *checking, const char *component, const char *code, const char *reason)
{
    struct gw_health_problem problem = {component, code, reason};

    checking->is_well = false;
    checking->visitor->problem(checking->visitor->context, &problem);
}

/* ---- alive ------------------------------------------------------------------------------------------------------ */

static void check_silence(struct checking *checking, const char *component, int64_t silent_ms)
{
    if (silent_ms > GW_HEALTH_SILENT_MAX_MS)
        report(checking, component, NULL, "its thread has not passed a wait for more than a minute");
}

bool gw_gateway_is_alive(const struct gw_gateway *gateway, const struct gw_health_visitor *visitor)
{
    struct checking checking = {visitor, true};

    if (gateway == NULL)
        return true;
    for (size_t index = 0; index < gateway->input_count; index++) {
        const struct gw_gateway_input *input = gateway->inputs[index];

        for (size_t worker = 0; worker < input->worker_count; worker++)
            check_silence(&checking, input->component->id,
                          gw_component_thread_silent_ms(gw_worker_thread(input->workers[worker])));
    }
    for (size_t index = 0; index < gateway->output_count; index++)
        check_silence(&checking, gw_relay_id(gateway->outputs[index]->relay),
                      gw_component_thread_silent_ms(gw_relay_thread(gateway->outputs[index]->relay)));
    check_silence(&checking, gateway->site.repository_id, gw_component_thread_silent_ms(&gateway->housekeeper.thread));
    if (gw_beat_silent_ms(&gateway->apply_beat) > GW_HEALTH_SILENT_MAX_MS)
        report(&checking, NULL, NULL, "the thread that applies a file has not passed a wait for more than a minute");
    return checking.is_well;
}

/* ---- ready ------------------------------------------------------------------------------------------------------ */

/* What has ended does not ask again, so it says nothing. */
static const char *code_of_input(const struct gw_gateway_input *input)
{
    const char *code = NULL;

    for (size_t index = 0; index < input->worker_count && code == NULL; index++) {
        bool is_finished;

        if (!gw_worker_has_ended(input->workers[index], &is_finished))
            code = gw_worker_repository_code(input->workers[index]);
    }
    return code;
}

static const char *repository_code(const struct gw_gateway *gateway)
{
    const char *code = NULL;

    for (size_t index = 0; index < gateway->input_count && code == NULL; index++)
        code = code_of_input(gateway->inputs[index]);
    for (size_t index = 0; index < gateway->output_count && code == NULL; index++)
        if (!gw_relay_has_ended(gateway->outputs[index]->relay))
            code = gw_relay_repository_code(gateway->outputs[index]->relay);
    return code;
}

static void check_worker(struct checking *checking, const char *component, const struct gw_worker *worker)
{
    const char *code = gw_worker_input_code(worker);
    bool is_finished;

    if (gw_worker_has_ended(worker, &is_finished)) {
        if (!is_finished)
            report(checking, component, GW_CODE_WORKER_STOPPED, "its worker has stopped");
    } else if (code != NULL) {
        report(checking, component, code, "its input does not answer");
    } else if (!gw_worker_is_up(worker)) {
        report(checking, component, NULL, "it has not joined its input yet");
    }
}

static void report_start(struct checking *checking, const struct gw_gateway *gateway)
{
    struct gw_failure failure;

    if (gw_gateway_is_waiting(gateway, &failure))
        report(checking, gateway->site.repository_id, failure.code, failure.text);
    else
        report(checking, NULL, NULL, "it is starting");
}

bool gw_gateway_is_ready(const struct gw_gateway *gateway, const struct gw_health_visitor *visitor)
{
    struct checking checking = {visitor, true};
    const char *code;

    if (gateway == NULL) {
        report(&checking, NULL, NULL, "it is starting");
        return false;
    }
    if (!gateway->is_open) {
        report_start(&checking, gateway);
        return false;
    }
    if (gateway->is_asked_to_stop)
        report(&checking, NULL, GW_CODE_GATEWAY_DRAINING, "it is asked to stop");
    code = repository_code(gateway);
    if (code != NULL)
        report(&checking, gateway->site.repository_id, code, "it does not answer");
    for (size_t index = 0; index < gateway->input_count; index++) {
        const struct gw_gateway_input *input = gateway->inputs[index];

        for (size_t worker = 0; worker < input->worker_count && !input->is_leaving; worker++)
            check_worker(&checking, input->component->id, input->workers[worker]);
    }
    return checking.is_well;
}
