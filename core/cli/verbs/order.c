/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: see order.h. The gateway answers a number at once, and is asked for the verdict until there is one. */
#include "cli/verbs/order.h"

#include "cli/admin_client.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "json/json.h"
#include "json/json_writer.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACCEPTED = 202,
    OK = 200,
    ASK_EVERY_MS = 50,
    REQUEST_MAX_BYTES = 64 * 1024,
    ANSWER_MAX_BYTES = 64 * 1024 * 1024
};

GW_DEFINE_AUTO(struct gw_admin_client, gw_admin_client_close);
GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

struct asking {
    const struct gw_command_line *line;
    struct gw_admin_client *client;
    struct gw_json_reader *reader;
    struct gw_arena *arena;
};

/* ---- questions */

static bool read_answer(const struct asking *asking, const struct gw_admin_answer *answer,
                        struct gw_json_object *ret_object)
{
    return gw_json_read_object(asking->reader, asking->arena, answer->body, ret_object, NULL) == GW_OK;
}

static const char *text_of(const struct asking *asking, const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);
    const char *copy = NULL;

    if (member != NULL)
        copy = gw_arena_copy(asking->arena, member->text.ptr, (size_t)member->text.len);
    return copy != NULL ? copy : "";
}

/* Empty: it has none of this name. */
static struct gw_text object_of(const struct gw_json_object *object, const char *name)
{
    const struct gw_json_member *member = gw_json_find(object, name);

    return member != NULL && member->kind == GW_JSON_OBJECT ? member->text : gw_text_of(NULL);
}

static int refused(const struct asking *asking, const struct gw_admin_answer *answer)
{
    struct gw_json_object object = {NULL, 0};

    (void)read_answer(asking, answer, &object);
    return gw_complain(asking->line, "the gateway refused: %s", text_of(asking, &object, "error"));
}

static bool write_request(const struct gw_command_line *line, struct gw_buffer *body)
{
    struct gw_json_writer json;
    char path[PATH_MAX];

    if (realpath(line->operands[0], path) == NULL)
        return false;
    gw_json_writer_init(&json, body, 0);
    gw_json_write_open(&json, '{');
    gw_json_write_key(&json, "file");
    gw_json_write_string(&json, path);
    if (gw_command_line_has(line, GW_FLAG_PLAN)) {
        gw_json_write_key(&json, "plan");
        gw_json_write_string(&json, gw_command_line_value(line, GW_FLAG_PLAN));
    }
    gw_json_write_close(&json, '}');
    return !body->has_failed;
}

static int send_order(const struct asking *asking, const char *word, int64_t *ret_number)
{
    const struct gw_command_line *line = asking->line;
    struct gw_admin_answer answer;
    struct gw_json_object object;
    struct gw_buffer body;
    char path[64];
    int exit_status = GW_EXIT_FAILED;

    gw_buffer_init(&body, REQUEST_MAX_BYTES);
    (void)snprintf(path, sizeof path, "/api/v1/%s", word);
    if (!write_request(line, &body))
        (void)gw_complain(line, "%s: cannot be found", line->operands[0]);
    else
        exit_status = gw_admin_client_ask(asking->client, "POST", path, gw_text_span(body.ptr, body.len), &answer);
    gw_buffer_done(&body);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (answer.status != ACCEPTED || !read_answer(asking, &answer, &object) || gw_json_find(&object, "order") == NULL)
        return refused(asking, &answer);
    *ret_number = gw_json_find(&object, "order")->integer;
    return GW_EXIT_DONE;
}

/* ---- the verdict */

static int ask_verdict(const struct asking *asking, int64_t number, struct gw_json_object *ret_object)
{
    struct gw_admin_answer answer;
    char path[64];
    int exit_status;

    (void)snprintf(path, sizeof path, "/api/v1/order?number=%" PRId64, number);
    exit_status = gw_admin_client_ask(asking->client, "GET", path, gw_text_of(NULL), &answer);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (answer.status != OK || !read_answer(asking, &answer, ret_object))
        return refused(asking, &answer);
    return GW_EXIT_DONE;
}

static int await_verdict(const struct asking *asking, int64_t number, struct gw_order_answer *ret_answer)
{
    struct gw_json_object object;
    int exit_status;

    while ((exit_status = ask_verdict(asking, number, &object)) == GW_EXIT_DONE) {
        ret_answer->verdict = text_of(asking, &object, "verdict");
        if (strcmp(ret_answer->verdict, "running") == 0) {
            gw_arena_reset(asking->arena, SIZE_MAX);
            (void)poll(NULL, 0, ASK_EVERY_MS);
            continue;
        }
        ret_answer->text = text_of(asking, &object, "text");
        ret_answer->plan_text = text_of(asking, &object, "plan_text");
        ret_answer->components = object_of(&object, "components");
        ret_answer->plan = object_of(&object, "plan");
        (void)fputs(text_of(asking, &object, "findings"), stderr);
        return strcmp(ret_answer->verdict, "invalid") == 0 ? GW_EXIT_CONFIG : GW_EXIT_DONE;
    }
    (void)gw_complain(asking->line,
                      "the gateway took the order and gave no verdict; its log says what became of the file");
    return exit_status;
}

/* The socket that the file names, if it can be read: its mistakes are the gateway's to find. */
static const char *socket_of(const struct gw_command_line *line, struct gw_arena *arena)
{
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], false);
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;

    gw_diagnostics_init(&diagnostics, arena, request.file);
    if (gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap) != GW_OK)
        return NULL;
    return bootstrap->settings.admin_socket;
}

int gw_order_give(const struct gw_command_line *line, const char *word, struct gw_arena *arena,
                  struct gw_order_answer *ret_answer)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *reader = gw_json_reader_new(ANSWER_MAX_BYTES);
    gw_auto(gw_admin_client_close) struct gw_admin_client *client = NULL;
    struct asking asking = {.line = line, .reader = reader, .arena = arena};
    int64_t number = 0;
    int exit_status;

    if (reader == NULL)
        return gw_complain_memory(line);
    exit_status = gw_admin_client_open(line, socket_of(line, arena), &client);
    asking.client = client;
    if (exit_status == GW_EXIT_DONE)
        exit_status = send_order(&asking, word, &number);
    if (exit_status == GW_EXIT_DONE)
        exit_status = await_verdict(&asking, number, ret_answer);
    return exit_status;
}
