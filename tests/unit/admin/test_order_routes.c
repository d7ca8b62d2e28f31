/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of orders: which request makes which order, and what the client gets for it. The gateway is a script. */
#include "admin/order_routes.h"
#include "check_main.h"
#include "gateway/orders.h"

#include <gangway/scope.h>

#include <string.h>

struct gw_gateway {
    enum gw_status answer; /* of the next order */
    unsigned orders;       /* so far */
    enum gw_order_kind kind;
    char file[64]; /* of the last order; empty: none */
    char hash[64];
    struct gw_order_verdict verdict; /* that is known */
};

static struct gw_gateway scripted;
static struct gw_gateway *gateway;
static const char *number; /* the query's */
static struct gw_admin_response response;

enum gw_status __wrap_gw_gateway_order(struct gw_gateway *taker, const struct gw_order *order, uint64_t *ret_number,
                                       struct gw_error *reterr);
const struct gw_order_verdict *__wrap_gw_gateway_verdict(const struct gw_gateway *taker, uint64_t wanted);
const char *__wrap_gw_admin_request_query(const struct gw_admin_request *request, const char *name);

enum gw_status __wrap_gw_gateway_order(struct gw_gateway *taker, const struct gw_order *order, uint64_t *ret_number,
                                       struct gw_error *reterr)
{
    taker->kind = order->kind;
    (void)snprintf(taker->file, sizeof taker->file, "%s", order->file != NULL ? order->file : "");
    (void)snprintf(taker->hash, sizeof taker->hash, "%s", order->hash != NULL ? order->hash : "");
    if (taker->answer != GW_OK)
        return gw_error_set(reterr, taker->answer, "the cause");
    *ret_number = ++taker->orders;
    return GW_OK;
}

const struct gw_order_verdict *__wrap_gw_gateway_verdict(const struct gw_gateway *taker, uint64_t wanted)
{
    return wanted > 0 && taker->verdict.number == wanted ? &taker->verdict : NULL;
}

const char *__wrap_gw_admin_request_query(const struct gw_admin_request *request, const char *name)
{
    (void)request;
    return strcmp(name, "number") == 0 ? number : NULL;
}

static void set_up(void)
{
    scripted = (struct gw_gateway){.orders = 6};
    gateway = &scripted;
    number = NULL;
    response = (struct gw_admin_response){.status = 200};
    gw_buffer_init(&response.body, 64 * 1024);
}

static void tear_down(void)
{
    gw_buffer_done(&response.body);
}

typedef void handler_fn(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);

static void post_bytes(handler_fn *handler, struct gw_text body)
{
    const struct gw_admin_request request = {.method = "POST", .body = body, .is_local = true};

    gw_buffer_reset(&response.body);
    response.status = 200;
    handler(&gateway, &request, &response);
}

static void post(handler_fn *handler, const char *body)
{
    post_bytes(handler, gw_text_of(body));
}

static bool answer_has(const char *part)
{
    gw_buffer_append_byte(&response.body, '\0');
    gw_buffer_truncate(&response.body, response.body.len - 1);
    return strstr(response.body.ptr, part) != NULL;
}

START_TEST(an_order_has_the_kind_of_its_route_and_what_the_body_names)
{
    post(gw_admin_take_apply, "{\"file\": \"/etc/gangway.yaml\", \"plan\": \"abc\"}");
    ck_assert_uint_eq(response.status, 202);
    ck_assert(answer_has("\"order\": 7"));
    ck_assert_int_eq(scripted.kind, GW_ORDER_APPLY);
    ck_assert_str_eq(scripted.file, "/etc/gangway.yaml");
    ck_assert_str_eq(scripted.hash, "abc");
    post(gw_admin_take_plan, "{\"file\": null}");
    ck_assert_uint_eq(response.status, 202);
    ck_assert_int_eq(scripted.kind, GW_ORDER_PLAN);
    ck_assert_str_eq(scripted.file, "");
}
END_TEST

START_TEST(an_empty_body_names_the_file_that_run_was_given)
{
    post(gw_admin_take_apply, "");
    ck_assert_uint_eq(response.status, 202);
    ck_assert_str_eq(scripted.file, "");
}
END_TEST

static const char *const malformed[] = {"[]",
                                        "{",
                                        "\"/etc/gangway.yaml\"",
                                        "{\"file\": \"gangway.yaml\"}",
                                        "{\"file\": \"\"}",
                                        "{\"file\": 7}",
                                        "{\"file\": \"/a\\u0000b\"}",
                                        "{\"plan\": []}",
                                        "{\"plan\": \"a\\u0000\"}",
                                        "{\"file\": \"/a\", \"file\": \"/b\"}"};

START_TEST(a_malformed_order_is_not_given)
{
    post(gw_admin_take_apply, malformed[_i]);
    ck_assert_uint_eq(response.status, 400);
    ck_assert(answer_has("\"error\""));
    ck_assert_uint_eq(scripted.orders, 6);
}
END_TEST

START_TEST(a_body_that_is_too_long_is_refused)
{
    static char body[128 * 1024];

    memset(body, ' ', sizeof body);
    post_bytes(gw_admin_take_apply, gw_text_span(body, sizeof body));
    ck_assert_uint_eq(response.status, 400);
}
END_TEST

static const struct {
    enum gw_status answer;
    unsigned status;
} refusals[] = {{GW_ALREADY, 409}, {GW_CANCELLED, 503}, {GW_NOMEM, 503}};

START_TEST(an_order_that_is_not_taken_has_the_cause)
{
    scripted.answer = refusals[_i].answer;
    post(gw_admin_take_apply, "");
    ck_assert_uint_eq(response.status, refusals[_i].status);
    ck_assert(answer_has("the cause"));
}
END_TEST

START_TEST(before_the_gateway_is_open_no_order_is_taken)
{
    gateway = NULL;
    post(gw_admin_take_plan, "");
    ck_assert_uint_eq(response.status, 503);
    post(gw_admin_answer_order, "");
    ck_assert_uint_eq(response.status, 404);
}
END_TEST

static const char *const unknown[] = {NULL, "", "0", "5", "-1", "seven"};

START_TEST(an_order_that_is_not_known_is_not_found)
{
    scripted.verdict.number = 7;
    number = unknown[_i];
    post(gw_admin_answer_order, "");
    ck_assert_uint_eq(response.status, 404);
}
END_TEST

START_TEST(a_verdict_names_every_component_that_changed_with_its_reason)
{
    struct gw_component_verdict components[] = {{"mail", "replaced", "waiting", "refused \"twice\""},
                                                {"old", "removed", NULL, NULL}};

    scripted.verdict = (struct gw_order_verdict){.number = 7,
                                                 .kind = GW_ORDER_APPLY,
                                                 .word = GW_VERDICT_NOT_UP,
                                                 .text = "applied, but mail is not up yet",
                                                 .components = components,
                                                 .component_count = 2};
    number = "7";
    post(gw_admin_answer_order, "");
    ck_assert_uint_eq(response.status, 200);
    ck_assert(answer_has("\"verdict\": \"not_up\""));
    ck_assert(answer_has(
        "\"mail\": {\"change\": \"replaced\", \"state\": \"waiting\", \"reason\": \"refused \\\"twice\\\"\"}"));
    ck_assert(answer_has("\"old\": {\"change\": \"removed\", \"state\": null, \"reason\": null}"));
    ck_assert(answer_has("\"plan\": null"));
}
END_TEST

START_TEST(a_verdict_has_the_findings_and_the_plan_as_it_was_written)
{
    scripted.verdict = (struct gw_order_verdict){.number = 7, .kind = GW_ORDER_PLAN, .word = GW_VERDICT_PLANNED};
    gw_buffer_init(&scripted.verdict.findings, 1024);
    gw_buffer_init(&scripted.verdict.plan_json, 1024);
    gw_buffer_append_string(&scripted.verdict.findings, "a:1:2: warning");
    gw_buffer_append_string(&scripted.verdict.plan_json, "{\"empty\": true}");
    gw_buffer_append_byte(&scripted.verdict.plan_json, '\0');
    gw_buffer_truncate(&scripted.verdict.plan_json, scripted.verdict.plan_json.len - 1);
    number = "7";
    post(gw_admin_answer_order, "");
    ck_assert(answer_has("\"kind\": \"plan\""));
    ck_assert(answer_has("\"findings\": \"a:1:2: warning\""));
    ck_assert(answer_has("\"plan\": {\"empty\": true}"));
    gw_buffer_done(&scripted.verdict.findings);
    gw_buffer_done(&scripted.verdict.plan_json);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("order_routes");
    TCase *tests = tcase_create("order_routes");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_order_has_the_kind_of_its_route_and_what_the_body_names);
    tcase_add_test(tests, an_empty_body_names_the_file_that_run_was_given);
    tcase_add_loop_test(tests, a_malformed_order_is_not_given, 0, (int)gw_array_length(malformed));
    tcase_add_test(tests, a_body_that_is_too_long_is_refused);
    tcase_add_loop_test(tests, an_order_that_is_not_taken_has_the_cause, 0, (int)gw_array_length(refusals));
    tcase_add_test(tests, before_the_gateway_is_open_no_order_is_taken);
    tcase_add_loop_test(tests, an_order_that_is_not_known_is_not_found, 0, (int)gw_array_length(unknown));
    tcase_add_test(tests, a_verdict_names_every_component_that_changed_with_its_reason);
    tcase_add_test(tests, a_verdict_has_the_findings_and_the_plan_as_it_was_written);
    suite_add_tcase(suite, tests);
    return suite;
}
