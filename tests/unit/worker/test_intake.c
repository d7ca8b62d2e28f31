/* SPDX-License-Identifier: Apache-2.0 */
/* From an entrypoint's message to a message of the turn: its command, its identity, and the reason of a refusal. */
#include "check_main.h"
#include "failing_core.h"
#include "scripted.h"
#include "service/routing.h"
#include "worker/identity.h"
#include "worker/intake.h"

#include <gangway/port/entrypoint.h>

#include <string.h>

static struct gw_session *session;
static struct gw_message_bus *bus;
static struct gw_turn *turn;
static struct gw_intake intake;
static struct gw_turn_source source;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    bus = gw_message_bus_new();
    turn = gw_turn_new(bus, &scripted_repository.ops, session, 1 << 24, 0);
    ck_assert_ptr_nonnull(turn);
    ck_assert(gw_intake_open(&intake, gw_text_of("orders"), false, true) == GW_OK);
}

static struct gw_message message_of(const char *payload)
{
    return (struct gw_message){.size = sizeof(struct gw_message), .payload = gw_text_of(payload)};
}

static enum gw_status try_turn(struct gw_error *reterr)
{
    enum gw_status status = gw_turn_attempt(turn, 0, 1, reterr);

    return status == GW_OK ? gw_turn_commit(turn, reterr) : status;
}

/* What becomes of one message that is a turn of its own. Once more after a conflict, as a worker does: a reference that
 * was presumed free may have been taken. */
static struct gw_turn_result run(const struct gw_message *message)
{
    struct gw_error error = {0};
    enum gw_status status;

    gw_turn_reset(turn);
    ck_assert(gw_intake_add(&intake, turn, message, NULL, NULL) == GW_OK);
    status = try_turn(&error);
    if (status == GW_CONFLICT)
        status = try_turn(&error);
    ck_assert_msg(status == GW_OK, "%s", error.text);
    return gw_turn_result(turn, 0);
}

static void assert_result(const struct gw_message *message, enum gw_outcome outcome, const char *reason)
{
    struct gw_turn_result result = run(message);

    ck_assert_msg(result.outcome == (uint32_t)outcome, "%s: %.*s", gw_outcome_word(result.outcome),
                  (int)result.reason.len, result.reason.ptr);
    ck_assert_msg(gw_text_is(result.reason, reason), "%.*s", (int)result.reason.len, result.reason.ptr);
}

#define TYPES "CreateBatch, Allocate, Deallocate, ChangeBatchQuantity"

START_TEST(a_message_with_a_fault_is_refused_with_that_reason)
{
    struct gw_message message = message_of("o1,LAMP");

    message.type = gw_text_of("Allocate");
    message.fault = gw_text_of("expected 3 cells, found 2");
    assert_result(&message, GW_OUTCOME_DEAD, "expected 3 cells, found 2");
}
END_TEST

START_TEST(the_member_type_says_which_command_it_is)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(the_operators_mapping_overrides_the_member)
{
    struct gw_message message = message_of("{\"type\": \"Allocate\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.type = gw_text_of("CreateBatch");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(a_structured_cloud_event_carries_its_command_in_data)
{
    struct gw_message message =
        message_of("{\"specversion\": \"1.0\", \"type\": \"CreateBatch\", \"source\": \"shop\", \"id\": \"7\","
                   " \"data\": {\"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

START_TEST(the_same_id_with_another_body_is_refused_and_never_dropped)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.id = gw_text_of("id-1");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    message.payload = gw_text_of("{\"type\": \"CreateBatch\", \"ref\": \"c\", \"sku\": \"L\", \"qty\": 1}");
    assert_result(&message, GW_OUTCOME_DEAD, "this message id was used before with another body");
    message.id_scope = gw_text_of("elsewhere");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

static struct gw_array headers_of(const struct gw_header *items, uint32_t count)
{
    return (struct gw_array){items, count, sizeof *items};
}

#define HEADER(name, value)            \
    {                                  \
        {(name), sizeof(name) - 1},    \
        {                              \
            (value), sizeof(value) - 1 \
        }                              \
    }

/* ---- what makes a message the same ---- */

#define ORDER "{\"orderid\": \"o1\", \"sku\": \"L\", \"qty\": 1}"

static void create_batch(void)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 9}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
}

static struct gw_message order_of(const char *type, const char *payload)
{
    struct gw_message message = message_of(payload);

    message.type = gw_text_of(type);
    message.id = gw_text_of("order-1");
    return message;
}

START_TEST(another_command_with_the_same_id_and_payload_is_no_duplicate)
{
    struct gw_message allocate = order_of("Allocate", ORDER);
    struct gw_message deallocate = order_of("Deallocate", ORDER);
    struct gw_message unknown = order_of("Allocated", ORDER);

    create_batch();
    assert_result(&allocate, GW_OUTCOME_APPLIED, "");
    assert_result(&deallocate, GW_OUTCOME_DEAD, "this message id was used before with another body");
    assert_result(&unknown, GW_OUTCOME_DEAD, "this message id was used before with another body");
    assert_result(&allocate, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

START_TEST(the_origin_of_the_command_name_does_not_change_the_fingerprint)
{
    const char *payload = "{\"type\": \"Allocate\", \"orderid\": \"o1\", \"sku\": \"L\", \"qty\": 1}";
    struct gw_message mapped = order_of("Allocate", payload);
    struct gw_message by_member = order_of(NULL, payload);

    create_batch();
    assert_result(&mapped, GW_OUTCOME_APPLIED, "");
    assert_result(&by_member, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

/* Of the sources shop and orders. */
static const struct gw_header shop_headers[] = {HEADER("ce_id", "order-1"), HEADER("ce_source", "shop")};
static const struct gw_header orders_headers[] = {HEADER("ce_source", "orders"), HEADER("cloudEvents:id", "order-1")};

START_TEST(an_event_is_the_same_in_binary_and_in_structured_mode)
{
    struct gw_message binary = order_of("Allocate", ORDER);
    struct gw_message structured =
        message_of("{\"specversion\": \"1.0\", \"type\": \"Allocate\", \"source\": \"shop\", \"id\": \"order-1\","
                   " \"time\": \"2026-01-01T00:00:00Z\", \"data\": " ORDER "}");
    struct gw_message encoded =
        message_of("{\"specversion\": \"1.0\", \"type\": \"Allocate\", \"source\": \"shop\", \"id\": \"order-1\","
                   " \"data_base64\": \"eyJvcmRlcmlkIjogIm8xIiwgInNrdSI6ICJMIiwgInF0eSI6IDF9\"}");
    struct gw_message other =
        message_of("{\"specversion\": \"1.0\", \"type\": \"Deallocate\", \"source\": \"shop\", \"id\": \"order-1\","
                   " \"data\": " ORDER "}");

    create_batch();
    binary.id = gw_text_of(NULL);
    binary.headers = headers_of(shop_headers, 2);
    assert_result(&binary, GW_OUTCOME_APPLIED, "");
    assert_result(&structured, GW_OUTCOME_DUPLICATE, "");
    assert_result(&encoded, GW_OUTCOME_DUPLICATE, "");
    assert_result(&other, GW_OUTCOME_DEAD, "this message id was used before with another body");
}
END_TEST

/* Whoever sends events chooses their source, and must not use up the ids of another topic with it. */
START_TEST(the_id_of_an_event_is_never_one_of_the_protocol)
{
    struct gw_message protocol = order_of("Allocate", ORDER);
    struct gw_message event = order_of("Deallocate", ORDER);

    create_batch();
    protocol.id_scope = event.id_scope = gw_text_of("orders");
    event.id = gw_text_of(NULL);
    event.headers = headers_of(orders_headers, 2);
    assert_result(&protocol, GW_OUTCOME_APPLIED, "");
    assert_result(&event, GW_OUTCOME_APPLIED, "");
    assert_result(&protocol, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

/* Of an oversized message only the beginning is here; its digest is of the whole. */
START_TEST(oversized_messages_with_the_same_beginning_are_distinguished)
{
    static const char reason[] = "the message is too large: 5000000 bytes, above the limit of its entrypoint";
    struct gw_message message = order_of("Allocate", "{\"orderid\": \"o");

    message.flags = GW_MESSAGE_OVERSIZED;
    message.full_len = 5000000;
    assert_result(&message, GW_OUTCOME_DEAD, reason);
    assert_result(&message, GW_OUTCOME_DUPLICATE, reason);
    message.digest[3] = 1;
    assert_result(&message, GW_OUTCOME_DEAD, "this message id was used before with another body");
}
END_TEST

/* When it was received and how often it was delivered is for people: a redelivery is the same message. */
START_TEST(time_and_count_of_deliveries_tell_no_messages_apart)
{
    struct gw_message message = order_of("Allocate", ORDER);

    create_batch();
    message.received_unix_ms = 1780000000000;
    message.deliveries = 1;
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    message.received_unix_ms = 1;
    message.deliveries = UINT64_MAX;
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.received_unix_ms = INT64_MIN;
    message.deliveries = 0;
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

/* ---- CloudEvents ---- */

#define EVENT "{\"specversion\": \"1.0\", \"type\": \"CreateBatch\""

START_TEST(data_in_base64_is_read)
{
    struct gw_message message = message_of(EVENT ", \"data_base64\": \"eyJyZWYiOiJiIiwic2t1IjoiTCIsInF0eSI6MX0=\"}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(data_without_fields_is_refused_by_its_name)
{
    static const struct {
        const char *payload;
        const char *reason;
    } cases[] = {
        {EVENT "}", "data: expected an object with the command's fields, it is missing"},
        {EVENT ", \"data\": \"{}\"}", "data: expected an object with the command's fields, found a string"},
        {EVENT ", \"data\": null}", "data: expected an object with the command's fields, found null"},
        {EVENT ", \"data\": [1]}", "data: expected an object with the command's fields, found a list"},
        {EVENT ", \"data\": 1.5}", "data: expected an object with the command's fields, found a number"},
        {EVENT ", \"data_base64\": {}}", "data_base64: expected a string of base64, found an object"},
        {EVENT ", \"data_base64\": \"e30=!\"}", "data_base64: expected base64 with its padding, character 5 is not"},
        {EVENT ", \"data_base64\": \"e30\"}", "data_base64: expected base64 with its padding, character 4 is not"},
        {EVENT ", \"data_base64\": \"e-0=\"}", "data_base64: expected base64 with its padding, character 2 is not"},
        {EVENT ", \"data_base64\": \"W10=\"}",
         "data: not a JSON object: byte 1: expected a JSON object, which begins with '{'"},
        {EVENT ", \"data\": {}, \"data_base64\": \"e30=\"}", "data_base64: expected data or data_base64, found both"},
    };

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct gw_message message = message_of(cases[index].payload);

        assert_result(&message, GW_OUTCOME_DEAD, cases[index].reason);
    }
}
END_TEST

/* Only both together are an identity: another source may use the same id. */
START_TEST(an_event_with_a_source_and_no_id_has_no_identity)
{
    struct gw_message message = message_of(EVENT ", \"source\": \"shop\", \"data\": {\"ref\": \"b\", \"sku\": \"L\","
                                                 " \"qty\": 1}}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
}
END_TEST

START_TEST(the_type_of_a_header_comes_before_that_of_an_envelope)
{
    static const struct gw_header headers[] = {HEADER("type", "CreateBatch")};
    struct gw_message message = message_of("{\"specversion\": \"1.0\", \"type\": \"Deallocate\", \"data\":"
                                           " {\"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}}");

    message.headers = headers_of(headers, 1);
    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(an_envelope_is_known_by_its_content_type_too)
{
    static const struct gw_header headers[] = {HEADER("content-type", "Application/CloudEvents+JSON; charset=utf-8")};
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"data\": {}}");

    message.headers = headers_of(headers, 1);
    assert_result(&message, GW_OUTCOME_DEAD, "specversion: expected a string such as 1.0, it is missing");
}
END_TEST

/* In binary mode the payload is the data, and a member of it may have any name. */
START_TEST(a_field_called_specversion_makes_no_envelope_of_the_data_of_an_event)
{
    static const struct gw_header headers[] = {HEADER("ce_specversion", "1.0")};
    struct gw_message message = message_of("{\"specversion\": \"3\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.type = gw_text_of("CreateBatch");
    message.headers = headers_of(headers, 1);
    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(a_header_that_decides_and_is_repeated_makes_a_message_ambiguous)
{
    static const struct {
        struct gw_header headers[2];
        const char *reason;
    } cases[] = {
        {{HEADER("ce_type", "Deallocate"), HEADER("ce_type", "Allocate")}, "ce_type"},
        {{HEADER("ce_type", "Allocate"), HEADER("ce_type", "Allocate")}, "ce_type"},
        {{HEADER("ce_specversion", "1.0"), HEADER("ce_specversion", "0.3")}, "ce_specversion"},
        {{HEADER("type", "Deallocate"), HEADER("type", "Allocate")}, "type"},
        {{HEADER("ce_id", "1"), HEADER("ce_id", "2")}, "ce_id"},
        {{HEADER("ce_source", "/a"), HEADER("ce_source", "/b")}, "ce_source"},
        {{HEADER("message-id", "1"), HEADER("message-id", "2")}, "message-id"},
        {{HEADER("content-type", "application/json"), HEADER("content-type", "application/cloudevents+json")},
         "content-type"},
    };

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct gw_message message =
            message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");
        char reason[128];

        (void)snprintf(reason, sizeof reason, "%s: expected one header of this name, found several",
                       cases[index].reason);
        message.headers = headers_of(cases[index].headers, 2);
        assert_result(&message, GW_OUTCOME_DEAD, reason);
    }
    ck_assert_uint_eq(scripted_dead_count(session), sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(a_repeated_header_without_effect_is_accepted)
{
    static const struct gw_header headers[] = {HEADER("ce_type", "Deallocate"), HEADER("ce_type", "Allocate"),
                                               HEADER("content-type", "a/b"),   HEADER("content-type", "a/b"),
                                               HEADER("message-id", "1"),       HEADER("message-id", "1")};
    struct gw_message message = message_of("{\"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.type = gw_text_of("CreateBatch");
    message.id = gw_text_of("ce-id");
    message.headers = headers_of(headers, 6);
    assert_result(&message, GW_OUTCOME_APPLIED, "");
}
END_TEST

START_TEST(headers_name_the_command_and_the_id)
{
    static const struct gw_header headers[] = {HEADER("type", "Deallocate"), HEADER("ce_type", "CreateBatch"),
                                               HEADER("message-id", "1")};
    struct gw_message message = message_of("{\"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.headers = headers_of(headers, 3);
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.id_scope = gw_text_of("another topic");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
}
END_TEST

/* The operator's mapping, and the protocol's own fields. */
START_TEST(type_and_id_of_the_entrypoint_override_headers)
{
    static const struct gw_header headers[] = {HEADER("ce_type", "Deallocate"), HEADER("message-id", "1")};
    struct gw_message message = message_of("{\"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    message.headers = headers_of(headers, 2);
    message.type = gw_text_of("CreateBatch");
    message.id = gw_text_of("7");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    message.headers = headers_of(headers, 1);
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
}
END_TEST

#define BATCH(ref, sku) "{\"type\": \"CreateBatch\", \"ref\": \"" ref "\", \"sku\": \"" sku "\", \"qty\": 1}"

/* A client library may give each attempt to send an event another message id. */
START_TEST(the_id_of_an_event_overrides_that_of_the_protocol)
{
    static const struct gw_header headers[] = {HEADER("cloudEvents:id", "1"), HEADER("cloudEvents:source", "shop"),
                                               HEADER("cloudEvents:id", "2")};
    struct gw_message message = message_of(BATCH("b", "L"));

    message.headers = headers_of(headers, 2);
    message.id = gw_text_of("attempt-1");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    message.id = gw_text_of("attempt-2");
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.headers = headers_of(headers, 3);
    assert_result(&message, GW_OUTCOME_DEAD, "cloudEvents:id: expected one header of this name, found several");
    message.id = gw_text_of("attempt-3");
    message.headers = headers_of(headers, 1); /* without a source it is no identity */
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
}
END_TEST

/* Only where the operator asks for it: an equal message is a repeat, unless it was sent elsewhere. */
START_TEST(a_message_without_an_id_is_identified_by_its_content)
{
    static const struct gw_header headers[] = {HEADER("amqp-exchange", "shop"), HEADER("n", "1")};
    struct gw_message message = message_of(BATCH("b", "L"));

    message.id_scope = gw_text_of("orders");
    message.key = gw_text_of("key");
    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    intake.uses_content = true;
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.headers = headers_of(headers + 1, 1); /* such as a time: no part of the content */
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.headers = headers_of(headers, 1);
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    assert_result(&message, GW_OUTCOME_DUPLICATE, "");
    message.key = gw_text_of("another key");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    message.id_scope = gw_text_of("another queue");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    message.id = gw_text_of("7");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
    intake.uses_content = false;
}
END_TEST

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* What the only effect of the turn carries on. */
static void assert_carried(const char *expected)
{
    struct gw_error error = {0};
    const struct gw_array *effects;
    const struct gw_effect *effect;

    ck_assert_msg(gw_turn_attempt(turn, 0, 1, &error) == GW_OK, "%s", error.text);
    effects = &gw_turn_changeset(turn)->effects;
    ck_assert_uint_eq(effects->count, 1);
    effect = gw_array_at(effects, 0);
    ck_assert_msg(gw_text_is(effect->headers, expected), "%.*s", (int)effect->headers.len, effect->headers.ptr);
}

static void route_out_of_stock(void)
{
    static const struct gw_text nobody = {NULL, 0};
    static const struct gw_destination events = {{"events", 6}, &nobody, 1};
    struct gw_message empty = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 0}");

    ck_assert(gw_message_bus_route(bus, gw_event_spec_find(gw_text_of("OutOfStock")), &events));
    assert_result(&empty, GW_OUTCOME_APPLIED, "");
}

START_TEST(effects_carry_on_the_trace_of_their_message_and_nothing_else)
{
    static const struct gw_header headers[] = {HEADER("tracestate", "a=\"1\""), HEADER("content-type", "a/b"),
                                               HEADER("traceparent", PARENT), HEADER("tracestate", "b=2")};
    struct gw_message message = message_of("{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"L\", \"qty\": 1}");

    route_out_of_stock();
    message.headers = headers_of(headers, 4);
    gw_turn_reset(turn);
    ck_assert(gw_intake_add(&intake, turn, &message, NULL, NULL) == GW_OK);
    assert_carried("{\"traceparent\": \"" PARENT "\", \"tracestate\": \"a=\\\"1\\\",b=2\"}");
    message.headers = headers_of(headers, 2);
    gw_turn_reset(turn);
    ck_assert(gw_intake_add(&intake, turn, &message, NULL, NULL) == GW_OK);
    assert_carried("");
}
END_TEST

/* The letter's bytes are the repository's, and valid while it is visited. */
START_TEST(a_replayed_message_carries_on_the_trace_that_its_dead_letter_kept)
{
    char kept[] = "[[\"traceparent\", \"" PARENT "\"], [\"x\", \"\\u0001\"], [\"tracestate\", \"a=1\"]]";
    struct gw_dead_entry entry = {
        .id = 1,
        .letter = {.identity = gw_text_of("orders-1-1"),
                   .type = gw_text_of("Allocate"),
                   .headers = gw_text_of(kept),
                   .payload = gw_text_of("{\"orderid\": \"o\", \"sku\": \"L\", \"qty\": 1}")}};

    route_out_of_stock();
    gw_turn_reset(turn);
    ck_assert(gw_intake_add_replay(&intake, turn, &entry) == GW_OK);
    memset(kept, 'x', sizeof kept);
    assert_carried("{\"traceparent\": \"" PARENT "\", \"tracestate\": \"a=1\"}");
}
END_TEST

START_TEST(messages_without_identity_are_never_duplicates)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
}
END_TEST

START_TEST(a_refusal_names_what_was_expected)
{
    static const struct {
        const char *payload;
        const char *reason;
    } cases[] = {
        {"", "the message is empty, expected a JSON object"},
        {"{}", "type: expected one of " TYPES "; it is missing"},
        {"{\"type\": \"Allocated\"}", "type: expected one of " TYPES "; found \"Allocated\""},
        {"{\"type\": \"allocate\"}", "type: expected one of " TYPES "; found \"allocate\""},
        {"{\"type\": \"Allocate\"}",
         "orderid: expected a string of 1 to 255 bytes without control characters, it is missing"},
    };

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct gw_message message = message_of(cases[index].payload);

        assert_result(&message, GW_OUTCOME_DEAD, cases[index].reason);
    }
    ck_assert_uint_eq(scripted_dead_count(session), sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(each_refusal_has_a_reason_code)
{
    static const struct {
        const char *payload;
        uint32_t code;
    } cases[] = {
        {"", GW_REASON_MALFORMED},
        {"[1]", GW_REASON_MALFORMED},
        {EVENT "}", GW_REASON_MALFORMED},
        {"{}", GW_REASON_UNKNOWN_COMMAND},
        {"{\"type\": \"allocate\"}", GW_REASON_UNKNOWN_COMMAND},
        {"{\"type\": \"Allocate\"}", GW_REASON_INVALID_FIELD},
        {"{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"X\", \"qty\": 1}", GW_REASON_UNKNOWN_PRODUCT},
        {"{\"type\": \"ChangeBatchQuantity\", \"ref\": \"x\", \"qty\": 1}", GW_REASON_UNKNOWN_BATCH},
        {BATCH("b", "X"), GW_REASON_REFERENCE_TAKEN},
        {BATCH("b", "L"), GW_REASON_NONE},
    };

    create_batch();
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct gw_message message = message_of(cases[index].payload);
        struct gw_turn_result result = run(&message);

        ck_assert_msg(result.reason_code == cases[index].code, "%s: %s", cases[index].payload,
                      gw_reason_word(result.reason_code));
    }
}
END_TEST

START_TEST(a_message_that_is_refused_as_a_whole_has_its_code_and_a_duplicate_the_outcome_of_the_first)
{
    static const struct gw_header headers[] = {HEADER("ce_type", "Allocate"), HEADER("ce_type", "Allocate")};
    struct gw_message large = message_of("{");
    struct gw_message ambiguous = message_of(ORDER);
    struct gw_message order = order_of("Allocate", ORDER);

    large.flags = GW_MESSAGE_OVERSIZED;
    ambiguous.headers = headers_of(headers, 2);
    ck_assert_uint_eq(run(&large).reason_code, GW_REASON_TOO_LARGE);
    ck_assert_uint_eq(run(&ambiguous).reason_code, GW_REASON_AMBIGUOUS);
    create_batch();
    ck_assert_uint_eq(run(&order).outcome, GW_OUTCOME_APPLIED);
    ck_assert_uint_eq(run(&order).recorded_outcome, GW_OUTCOME_APPLIED);
    order.payload = gw_text_of("{}");
    ck_assert_uint_eq(run(&order).reason_code, GW_REASON_ID_REUSED);
}
END_TEST

START_TEST(a_message_over_the_limit_is_refused_with_its_length)
{
    struct gw_message message = message_of("{\"type\": \"Create");

    message.flags = GW_MESSAGE_OVERSIZED;
    message.full_len = 5000000;
    assert_result(&message, GW_OUTCOME_DEAD,
                  "the message is too large: 5000000 bytes, above the limit of its entrypoint");
}
END_TEST

START_TEST(a_position_is_an_identity_by_itself)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");
    struct gw_error error = {0};

    source = (struct gw_turn_source){.name = gw_text_of("s"), .position = GW_OFFSET_NONE};
    message.source = source.name;
    message.offset = 40;
    message.next = 80;
    ck_assert(gw_intake_add(&intake, turn, &message, &source, "0123456789abcdef0123456789abcdef") == GW_OK);
    ck_assert(gw_turn_attempt(turn, 0, 1, &error) == GW_OK);
    ck_assert(gw_turn_commit(turn, &error) == GW_OK);
    ck_assert_int_eq(source.position, 80);
    ck_assert_int_eq(scripted_position(session), 80);
}
END_TEST

START_TEST(an_id_counts_beside_a_position_only_where_the_operator_asks_for_it)
{
    static const char tag[] = "0123456789abcdef0123456789abcdef";
    struct gw_message message = message_of(BATCH("b", "L"));

    source = (struct gw_turn_source){.name = gw_text_of("s"), .position = 40};
    message.source = source.name;
    message.offset = 40;
    message.next = 80;
    message.id = gw_text_of("id-1");
    for (int uses_ids = 0; uses_ids <= 1; uses_ids++) {
        struct gw_error error = {0};

        intake.uses_ids = uses_ids != 0;
        gw_turn_reset(turn);
        ck_assert(gw_intake_add(&intake, turn, &message, &source, tag) == GW_OK);
        ck_assert(gw_turn_attempt(turn, 0, 1, &error) == GW_OK);
        ck_assert_uint_eq(gw_turn_changeset(turn)->ids.count, (uint32_t)uses_ids);
    }
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static const struct gw_header repeated_headers[] = {HEADER("ce_type", "Allocate"), HEADER("ce_type", "Allocate")};
static const struct gw_header traced_headers[] = {
    HEADER("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), HEADER("message-id", "\u00e9-1")};

/* One of each way that a message can take. */
static struct gw_message kind_of_message(int kind)
{
    static const char *const payloads[] = {
        BATCH("b", "L"),
        "",
        "[1]",
        "{}",
        "{\"type\": \"allocate\"}",
        "{\"type\": \"Allocate\"}",
        EVENT "}",
        EVENT ", \"data_base64\": \"eyJyZWYiOiJiIiwic2t1IjoiTCIsInF0eSI6MX0=\"}",
        ORDER,
        ORDER,
        ORDER,
    };
    struct gw_message message = message_of(payloads[kind]);

    if (kind == 0)
        message.headers = headers_of(traced_headers, 2);
    if (kind == 8)
        message.headers = headers_of(repeated_headers, 2);
    if (kind == 9)
        message.flags = GW_MESSAGE_OVERSIZED;
    if (kind == 10)
        message.fault = gw_text_of("expected 2 columns");
    return message;
}

enum { KINDS = 11, BYTES_STEP = 8 * FAILING_CORE_STEP, BYTES_MAX = 64 * 1024 };

typedef enum gw_status add_fn(const void *given);

static enum gw_status add_message(const void *given)
{
    return gw_intake_add(&intake, turn, given, NULL, NULL);
}

static enum gw_status add_replay(const void *given)
{
    return gw_intake_add_replay(&intake, turn, given);
}

/* With so few bytes that they do not suffice a message is not added; with one step more it is. */
static void assert_added_whole_or_not_at_all(add_fn *add, const void *given)
{
    unsigned refusals = 0;

    for (size_t max_bytes = 0;; max_bytes += BYTES_STEP) {
        enum gw_status status;

        gw_turn_free(turn);
        turn = gw_turn_new(bus, &scripted_repository.ops, session, max_bytes, 0);
        ck_assert_ptr_nonnull(turn);
        status = add(given);
        ck_assert_uint_eq(gw_turn_count(turn), status == GW_OK ? 1 : 0);
        if (status == GW_OK)
            break;
        ck_assert_int_eq(status, GW_NOMEM);
        ck_assert_uint_lt(max_bytes, BYTES_MAX);
        refusals++;
    }
    ck_assert_uint_gt(refusals, 0);
}

START_TEST(a_message_that_finds_too_little_memory_is_not_added)
{
    struct gw_message message = kind_of_message(_i);

    assert_added_whole_or_not_at_all(add_message, &message);
}
END_TEST

START_TEST(a_replay_that_finds_too_little_memory_is_not_added)
{
    static const char *const payloads[] = {BATCH("b", "L"), "{}", "["};
    struct gw_dead_entry entry = {.id = 3};

    entry.letter.payload = gw_text_of(payloads[_i]);
    entry.letter.identity = gw_text_of("orders:7");
    entry.letter.headers = gw_text_of("[[\"traceparent\",\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"],"
                                      "[\"a\\\"b\",\"c\\\\\"]]");
    assert_added_whole_or_not_at_all(add_replay, &entry);
}
END_TEST

START_TEST(an_intake_that_finds_no_memory_for_its_reader_is_refused)
{
    struct gw_intake other;

    for (long number = 1;; number++) {
        enum gw_status status;

        failing_core_begin(number);
        status = gw_intake_open(&other, gw_text_of("orders"), false, true);
        gw_intake_close(&other);
        if (failing_core_end() < number)
            break;
        ck_assert_int_eq(status, GW_NOMEM);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("intake");
    TCase *messages = tcase_create("messages");
    TCase *memory = tcase_create("memory");

    tcase_add_checked_fixture(messages, set_up, NULL);
    tcase_add_test(messages, the_member_type_says_which_command_it_is);
    tcase_add_test(messages, a_message_with_a_fault_is_refused_with_that_reason);
    tcase_add_test(messages, the_operators_mapping_overrides_the_member);
    tcase_add_test(messages, a_structured_cloud_event_carries_its_command_in_data);
    tcase_add_test(messages, the_same_id_with_another_body_is_refused_and_never_dropped);
    tcase_add_test(messages, another_command_with_the_same_id_and_payload_is_no_duplicate);
    tcase_add_test(messages, the_origin_of_the_command_name_does_not_change_the_fingerprint);
    tcase_add_test(messages, an_event_is_the_same_in_binary_and_in_structured_mode);
    tcase_add_test(messages, the_id_of_an_event_is_never_one_of_the_protocol);
    tcase_add_test(messages, oversized_messages_with_the_same_beginning_are_distinguished);
    tcase_add_test(messages, time_and_count_of_deliveries_tell_no_messages_apart);
    tcase_add_test(messages, data_in_base64_is_read);
    tcase_add_test(messages, data_without_fields_is_refused_by_its_name);
    tcase_add_test(messages, an_event_with_a_source_and_no_id_has_no_identity);
    tcase_add_test(messages, the_type_of_a_header_comes_before_that_of_an_envelope);
    tcase_add_test(messages, an_envelope_is_known_by_its_content_type_too);
    tcase_add_test(messages, a_field_called_specversion_makes_no_envelope_of_the_data_of_an_event);
    tcase_add_test(messages, a_header_that_decides_and_is_repeated_makes_a_message_ambiguous);
    tcase_add_test(messages, a_repeated_header_without_effect_is_accepted);
    tcase_add_test(messages, headers_name_the_command_and_the_id);
    tcase_add_test(messages, type_and_id_of_the_entrypoint_override_headers);
    tcase_add_test(messages, the_id_of_an_event_overrides_that_of_the_protocol);
    tcase_add_test(messages, a_message_without_an_id_is_identified_by_its_content);
    tcase_add_test(messages, effects_carry_on_the_trace_of_their_message_and_nothing_else);
    tcase_add_test(messages, a_replayed_message_carries_on_the_trace_that_its_dead_letter_kept);
    tcase_add_test(messages, messages_without_identity_are_never_duplicates);
    tcase_add_test(messages, a_refusal_names_what_was_expected);
    tcase_add_test(messages, each_refusal_has_a_reason_code);
    tcase_add_test(messages,
                   a_message_that_is_refused_as_a_whole_has_its_code_and_a_duplicate_the_outcome_of_the_first);
    tcase_add_test(messages, a_message_over_the_limit_is_refused_with_its_length);
    tcase_add_test(messages, a_position_is_an_identity_by_itself);
    tcase_add_test(messages, an_id_counts_beside_a_position_only_where_the_operator_asks_for_it);
    suite_add_tcase(suite, messages);
    tcase_add_checked_fixture(memory, set_up, NULL);
    tcase_set_timeout(memory, 30);
    tcase_add_loop_test(memory, a_message_that_finds_too_little_memory_is_not_added, 0, KINDS);
    tcase_add_loop_test(memory, a_replay_that_finds_too_little_memory_is_not_added, 0, 3);
    tcase_add_test(memory, an_intake_that_finds_no_memory_for_its_reader_is_refused);
    suite_add_tcase(suite, memory);
    return suite;
}
