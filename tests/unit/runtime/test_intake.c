/* SPDX-License-Identifier: Apache-2.0 */
/* From an entrypoint's message to a message of the turn: which command, which identity, and refusals that say why. */
#include "check_main.h"
#include "runtime/identity.h"
#include "runtime/intake.h"
#include "scripted.h"
#include "service/routing.h"

#include <string.h>

static void *session;
static struct gw_message_bus *bus;
static struct gw_turn *turn;
static struct gw_intake intake;
static struct gw_turn_source source;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    bus = gw_message_bus_new();
    turn = gw_turn_new(bus, &scripted_repository.ops, session, 1 << 24);
    ck_assert_ptr_nonnull(turn);
    ck_assert(gw_intake_open(&intake, gw_text_of("orders"), false, true) == GW_OK);
}

static struct gw_message message_of(const char *payload)
{
    return (struct gw_message){.size = sizeof(struct gw_message), .payload = gw_text_of(payload)};
}

static enum gw_status try_turn(struct gw_error *reterr)
{
    enum gw_status status = gw_turn_attempt(turn, 0, 1, 1, reterr);

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

START_TEST(what_the_entrypoint_knows_to_be_no_message_is_refused_with_its_words)
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

START_TEST(the_operators_mapping_is_stronger_than_the_member)
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

START_TEST(messages_without_identity_are_never_taken_for_each_other)
{
    struct gw_message message = message_of("{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"L\", \"qty\": 1}");

    assert_result(&message, GW_OUTCOME_APPLIED, "");
    assert_result(&message, GW_OUTCOME_SKIPPED, "");
}
END_TEST

START_TEST(refusals_say_what_was_expected)
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
    ck_assert(gw_intake_add(&intake, turn, &message, &source, "0123456789abcdef") == GW_OK);
    ck_assert(gw_turn_attempt(turn, 0, 1, 1, &error) == GW_OK);
    ck_assert(gw_turn_commit(turn, &error) == GW_OK);
    ck_assert_int_eq(source.position, 80);
    ck_assert_int_eq(scripted_position(session), 80);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("intake");
    TCase *messages = tcase_create("messages");

    tcase_add_checked_fixture(messages, set_up, NULL);
    tcase_add_test(messages, the_member_type_says_which_command_it_is);
    tcase_add_test(messages, what_the_entrypoint_knows_to_be_no_message_is_refused_with_its_words);
    tcase_add_test(messages, the_operators_mapping_is_stronger_than_the_member);
    tcase_add_test(messages, a_structured_cloud_event_carries_its_command_in_data);
    tcase_add_test(messages, the_same_id_with_another_body_is_refused_and_never_dropped);
    tcase_add_test(messages, messages_without_identity_are_never_taken_for_each_other);
    tcase_add_test(messages, refusals_say_what_was_expected);
    tcase_add_test(messages, a_message_over_the_limit_is_refused_with_its_length);
    tcase_add_test(messages, a_position_is_an_identity_by_itself);
    suite_add_tcase(suite, messages);
    return suite;
}
