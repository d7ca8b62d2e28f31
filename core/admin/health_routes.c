/* SPDX-License-Identifier: Apache-2.0 */
/* Liveness and readiness as text and as JSON. */
#include "admin/health_routes.h"

#include "gateway/health.h"
#include "json/json_writer.h"

enum { OK = 200, UNAVAILABLE = 503 };

/* Problems are written as they are found, behind a head that is written before them. */
struct answer {
    const struct gw_admin_request *request;
    struct gw_buffer problems;
    struct gw_json_writer json;
};

static void write_json(struct answer *answer, const struct gw_health_problem *problem)
{
    struct gw_json_writer *json = &answer->json;

    gw_json_write_open(json, '{');
    gw_json_write_key(json, "component");
    gw_json_write_string(json, problem->component);
    gw_json_write_key(json, "code");
    gw_json_write_string(json, problem->code);
    if (answer->request->is_local) {
        gw_json_write_key(json, "reason");
        gw_json_write_string(json, problem->reason);
    }
    gw_json_write_close(json, '}');
}

static void write_text(struct answer *answer, const struct gw_health_problem *problem)
{
    struct gw_buffer *text = &answer->problems;

    gw_buffer_append_string(text, problem->component != NULL ? problem->component : "gateway");
    gw_buffer_append_format(text, " %s", problem->code != NULL ? problem->code : "-");
    if (answer->request->is_local)
        gw_buffer_append_format(text, " %s", problem->reason);
    gw_buffer_append_byte(text, '\n');
}

static void on_problem(void *context, const struct gw_health_problem *problem)
{
    struct answer *answer = context;

    if (answer->request->wants_json)
        write_json(answer, problem);
    else
        write_text(answer, problem);
}

static void write_answer(const struct answer *answer, const char *word, bool is_well,
                         struct gw_admin_response *response)
{
    struct gw_buffer *body = &response->body;

    response->status = is_well ? OK : UNAVAILABLE;
    if (answer->request->wants_json) {
        response->content_type = "application/json";
        gw_buffer_append_format(body, "{\"%s\":%s,\"problems\":", word, is_well ? "true" : "false");
    } else {
        gw_buffer_append_format(body, "%s%s\n", is_well ? "" : "not ", word);
    }
    gw_buffer_append(body, answer->problems.ptr, answer->problems.len);
    if (answer->request->wants_json)
        gw_buffer_append_string(body, "}\n");
    body->has_failed = body->has_failed || answer->problems.has_failed;
}

typedef bool check_fn(const struct gw_gateway *gateway, const struct gw_health_visitor *visitor);

static void respond(const struct gw_gateway *gateway, check_fn *check, const char *word,
                    const struct gw_admin_request *request, struct gw_admin_response *response)
{
    struct answer answer = {.request = request};
    struct gw_health_visitor visitor = {&answer, on_problem};
    bool is_well;

    gw_buffer_init(&answer.problems, GW_ADMIN_RESPONSE_MAX_BYTES);
    gw_json_writer_init(&answer.json, &answer.problems, 0);
    if (request->wants_json)
        gw_json_write_open(&answer.json, '[');
    is_well = check(gateway, &visitor);
    if (request->wants_json)
        gw_json_write_close(&answer.json, ']');
    write_answer(&answer, word, is_well, response);
    gw_buffer_done(&answer.problems);
}

void gw_admin_answer_livez(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    respond(*(struct gw_gateway *const *)context, gw_gateway_is_alive, "alive", request, response);
}

void gw_admin_answer_readyz(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    respond(*(struct gw_gateway *const *)context, gw_gateway_is_ready, "ready", request, response);
}
