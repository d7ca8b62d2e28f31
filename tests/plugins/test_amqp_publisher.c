/* SPDX-License-Identifier: Apache-2.0 */
/* How amqp_publisher understands what a broker answers: confirms that are multiple, negative, late or repeated, events
 * that come back, channels that close. With a peer that does at a chosen moment what a real broker does rarely. */
#include "amqp/decode.h"
#include "amqp_peer.h"
#include "check_main.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/publisher.h>

#include <check.h>

#include <stdio.h>
#include <string.h>

enum {
    CONFIRM_SELECT = 85 << 16 | 10,
    CONFIRM_SELECT_OK = 85 << 16 | 11,
    PUBLISH = 60 << 16 | 40,
    ACK = 60 << 16 | 80,
    NACK = 60 << 16 | 120,
    BLOCKED = 10 << 16 | 60,
    UNBLOCKED = 10 << 16 | 61,
    NOT_FOUND = 404,
    TOO_LARGE = 406,
    NO_ROUTE = 312,
    EVENTS_MAX = 16,
    HEARD_MAX = 512,
    LONG_MS = 10000,
    SHORT_MS = 300
};

/* What the peer does on a connection, one letter a step, each but the first two with the digit behind it:
 *     r reads an event     e reads and confirms each event to the end of the connection
 *     a acks, A acks with multiple, n nacks, N nacks with multiple: the tag
 *     b returns the event of this number    c closes the channel: 4 as missing, 6 as too large
 *     k tells that it is blocked, u that it no longer is: 0
 * Then it reads to the end of the connection. */
static const char *plans[4];
static size_t connection;
static struct amqp_peer peer;
static char heard[HEARD_MAX]; /* the ids of the events that were read, a slash between connections */

/* ---- peer ---- */

static void note_id(struct gw_text header)
{
    const amqp_basic_properties_t *properties = NULL;
    amqp_pool_t pool;

    init_amqp_pool(&pool, 4096);
    if (rabbit_decode_properties(header, &pool, &properties, NULL) == GW_OK)
        (void)strncat(heard, (const char *)properties->message_id.bytes, properties->message_id.len);
    empty_amqp_pool(&pool);
}

/* Reads an event; false: the connection ended. */
static bool read_event(struct amqp_peer *self)
{
    struct rabbit_frame frame;

    while (amqp_peer_read(self, &frame)) {
        if (frame.type == RABBIT_HEADER)
            note_id(frame.payload);
        if (frame.type == RABBIT_BODY)
            return true;
    }
    return false;
}

static void confirm(struct amqp_peer *self, uint32_t number, uint64_t tag, unsigned is_multiple)
{
    struct gw_buffer arguments;

    gw_buffer_init(&arguments, AMQP_BYTES_MAX);
    put_u64(&arguments, tag);
    put_u8(&arguments, is_multiple);
    amqp_peer_method(self, 1, number, arguments.ptr, arguments.len);
    gw_buffer_done(&arguments);
}

static void send_payload(struct amqp_peer *self, unsigned type, struct gw_buffer *payload)
{
    struct gw_buffer frame;

    gw_buffer_init(&frame, AMQP_BYTES_MAX);
    put_frame(&frame, type, 1, text_of(payload));
    amqp_peer_raw(self, frame.ptr, frame.len);
    gw_buffer_done(&frame);
    gw_buffer_reset(payload);
}

static void give_back(struct amqp_peer *self, char number)
{
    const char id[] = {'e', number, '\0'};
    struct gw_buffer payload;

    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    put_u32(&payload, AMQP_RETURN);
    put_u16(&payload, NO_ROUTE);
    put_short(&payload, "NO_ROUTE");
    put_short(&payload, "shop");
    put_short(&payload, "key");
    send_payload(self, RABBIT_METHOD, &payload);
    put_header(&payload, 2, AMQP_BASIC_MESSAGE_ID_FLAG);
    put_short(&payload, id);
    send_payload(self, RABBIT_HEADER, &payload);
    gw_buffer_append_string(&payload, "{}");
    send_payload(self, RABBIT_BODY, &payload);
    gw_buffer_done(&payload);
}

static void close_channel(struct amqp_peer *self, unsigned code)
{
    struct gw_buffer arguments;

    gw_buffer_init(&arguments, AMQP_BYTES_MAX);
    put_u16(&arguments, code);
    put_short(&arguments, code == NOT_FOUND ? "NOT_FOUND" : "PRECONDITION_FAILED");
    put_u32(&arguments, PUBLISH);
    amqp_peer_method(self, 1, 20 << 16 | 40, arguments.ptr, arguments.len);
    gw_buffer_done(&arguments);
}

static void confirm_each(struct amqp_peer *self)
{
    for (uint64_t tag = 1; read_event(self); tag++)
        confirm(self, ACK, tag, 0);
}

static bool follow(struct amqp_peer *self, const char *step)
{
    switch (step[0]) {
    case 'r':
        return read_event(self);
    case 'e':
        confirm_each(self);
        return false;
    case 'a':
    case 'A':
        confirm(self, ACK, (uint64_t)(step[1] - '0'), step[0] == 'A');
        return true;
    case 'n':
    case 'N':
        confirm(self, NACK, (uint64_t)(step[1] - '0'), step[0] == 'N');
        return true;
    case 'b':
        give_back(self, step[1]);
        return true;
    case 'c':
        close_channel(self, step[1] == '4' ? NOT_FOUND : TOO_LARGE);
        return true;
    case 'k':
        amqp_peer_method(self, 0, BLOCKED, "\6memory", 7);
        return true;
    default:
        amqp_peer_method(self, 0, UNBLOCKED, "", 0);
        return true;
    }
}

static void answer(struct amqp_peer *self)
{
    const char *plan = plans[connection++];

    if (connection > 1)
        (void)strcat(heard, "/");
    if (plan == NULL || !amqp_peer_login(self) || !amqp_peer_await(self, CONFIRM_SELECT))
        return;
    amqp_peer_method(self, 1, CONFIRM_SELECT_OK, "", 0);
    for (const char *step = plan; *step != '\0'; step += *step == 'r' || *step == 'e' ? 1 : 2)
        if (!follow(self, step))
            return;
    while (read_event(self))
        continue;
}

/* ---- publisher ---- */

static struct test_host host;
static struct test_plugin plugin;
static const struct gw_publisher_ops *ops;
static void *self;
static struct gw_error error;
static struct gw_verdict verdicts[EVENTS_MAX];
static uint32_t count;
static const char *payload;

static void begin_with(const char *more)
{
    char url[128];
    const char *settings[] = {url, "exchange=shop", "connect_timeout=10s", more};

    amqp_peer_start(&peer, answer);
    (void)snprintf(url, sizeof url, "url=amqp://guest:guest@127.0.0.1:%s", peer.port);
    test_host_init(&host, "events");
    test_plugin_load(&plugin, "amqp_publisher", GW_PORT_PUBLISHER);
    test_plugin_configure(&plugin, settings, more != NULL ? 4 : 3);
    ops = plugin.descriptor->ops;
    ck_assert_int_eq(plugin.descriptor->open(&host.host, plugin.config, &self, &error), GW_OK);
}

static void begin(const char *first, const char *second)
{
    plans[0] = first;
    plans[1] = second;
    begin_with(NULL);
}

/* Publishes events e0, e1 ... with these SKUs, a letter each. */
static enum gw_status publish_from(uint32_t first, const char *skus, int64_t within_ms)
{
    struct gw_publication events[EVENTS_MAX];
    struct gw_rendered keys[EVENTS_MAX];
    char ids[EVENTS_MAX][4];

    count = (uint32_t)strlen(skus);
    for (uint32_t index = 0; index < count; index++) {
        const struct gw_text sku = gw_text_span(&skus[index], 1);

        (void)snprintf(ids[index], sizeof ids[index], "e%u", first + index);
        keys[index] = (struct gw_rendered){gw_text_of("routing_key"), sku};
        events[index] = (struct gw_publication){.id = gw_text_of(ids[index]),
                                                .type = gw_text_of("Allocated"),
                                                .sku = sku,
                                                .payload = gw_text_of(payload),
                                                .rendered = {&keys[index], 1, sizeof keys[index]}};
    }
    const struct gw_array group = {events, count, sizeof *events};

    error = (struct gw_error){0};
    return ops->publish(self, &group, verdicts, host.host.monotonic_ms(&host.host) + within_ms, &error);
}

static enum gw_status publish(const char *skus)
{
    return publish_from(0, skus, LONG_MS);
}

/* The verdicts: + OK, ~ TRANSIENT, - PERMANENT. */
static void expect_verdicts(const char *expected)
{
    ck_assert_uint_eq(strlen(expected), count);
    for (uint32_t index = 0; index < count; index++) {
        const int32_t status = expected[index] == '+' ? GW_OK : expected[index] == '~' ? GW_TRANSIENT : GW_PERMANENT;

        ck_assert_msg(verdicts[index].status == status, "event %u: %s, %s", index,
                      gw_status_word(verdicts[index].status), verdicts[index].answer);
        ck_assert_int_eq(status == GW_OK, verdicts[index].answer[0] == '\0');
    }
}

/* Ends both sides, so that all that was sent was read. */
static void end(void)
{
    plugin.descriptor->close(self);
    self = NULL;
    test_plugin_done(&plugin);
    amqp_peer_stop(&peer);
    peer.script = NULL;
}

static void set_up(void)
{
    peer = (struct amqp_peer){0};
    memset(plans, 0, sizeof plans);
    connection = 0;
    heard[0] = '\0';
    payload = "{}";
}

static void tear_down(void)
{
    if (self != NULL)
        plugin.descriptor->close(self);
    self = NULL;
    if (peer.script != NULL)
        amqp_peer_stop(&peer);
}

/* ---- confirms ---- */

/* The first event on a connection is sent alone. */
START_TEST(a_multiple_ack_confirms_all_events_up_to_its_tag)
{
    begin("ra1rrrA3a4", NULL);
    ck_assert_int_eq(publish("ABCD"), GW_OK);
    expect_verdicts("++++");
    end();
    ck_assert_str_eq(heard, "e0e1e2e3");
}
END_TEST

START_TEST(a_multiple_ack_of_tag_zero_confirms_all_events)
{
    begin("ra1rrrA0", NULL);
    ck_assert_int_eq(publish("ABCD"), GW_OK);
    expect_verdicts("++++");
}
END_TEST

START_TEST(a_single_ack_confirms_one_event_only)
{
    begin("ra1rrra4", NULL);
    ck_assert_int_eq(publish_from(0, "ABCD", SHORT_MS), GW_OK);
    expect_verdicts("+~~+");
}
END_TEST

START_TEST(a_confirm_that_comes_twice_counts_once)
{
    begin("ra1a1A1rrra3a3A2a4", NULL);
    ck_assert_int_eq(publish("ABCD"), GW_OK);
    expect_verdicts("++++");
    ck_assert_uint_eq(connection, 1);
}
END_TEST

/* Of a connection on which numbers begin at 1 again. */
START_TEST(a_confirm_of_an_event_that_was_not_sent_ends_the_connection)
{
    begin("ra1rra9", "e");
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+~~");
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+++");
    end();
    ck_assert_str_eq(heard, "e0e1e2/e0e1e2");
}
END_TEST

START_TEST(an_event_that_is_not_confirmed_in_time_is_sent_again_on_another_connection)
{
    begin("ra1r", "e");
    ck_assert_int_eq(publish_from(0, "AB", SHORT_MS), GW_OK);
    expect_verdicts("+~");
    ck_assert_int_eq(publish_from(1, "B", LONG_MS), GW_OK);
    expect_verdicts("+");
    end();
    ck_assert_str_eq(heard, "e0e1/e1");
}
END_TEST

/* Of 4,096 bytes each, 8 of which are around the payload. */
START_TEST(an_event_that_is_longer_than_a_frame_is_sent_in_several)
{
    enum { PIECE = 4096 - 8 };
    static char body[2 * PIECE + 2];

    memset(body, ' ', sizeof body - 1);
    payload = body;
    peer.frame_max = 4096;
    begin("rrra1", NULL);
    ck_assert_int_eq(publish("A"), GW_OK);
    expect_verdicts("+");
    end();
    ck_assert_str_eq(heard, "e0");
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_nack_makes_its_event_and_those_behind_it_of_its_sku_transient)
{
    begin("ra1rra3n2", NULL);
    ck_assert_int_eq(publish("ABCBB"), GW_OK);
    expect_verdicts("+~+~~");
    end();
    ck_assert_str_eq(heard, "e0e1e2");
}
END_TEST

START_TEST(a_multiple_nack_refuses_all_events_up_to_its_tag)
{
    begin("ra1rrra4N3", NULL);
    ck_assert_int_eq(publish("ABCD"), GW_OK);
    expect_verdicts("+~~+");
}
END_TEST

/* The next event of the SKU would be stored before it. */
START_TEST(an_event_waits_for_the_confirm_of_the_one_before_with_its_sku)
{
    begin("ra1rrA3rrA5rA6", NULL);
    ck_assert_int_eq(publish("AABBAB"), GW_OK);
    expect_verdicts("++++++");
    end();
    ck_assert_str_eq(heard, "e0e2e1e3e4e5");
}
END_TEST

START_TEST(a_returned_event_is_refused_with_the_words_of_the_broker)
{
    begin("ra1rrb1a2a3", NULL);
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+-+");
    ck_assert_ptr_nonnull(strstr(verdicts[1].answer, "312 NO_ROUTE"));
    ck_assert_ptr_nonnull(strstr(verdicts[1].answer, "shop"));
}
END_TEST

START_TEST(a_return_that_comes_behind_its_ack_counts)
{
    begin("ra1rra2b1a3", NULL);
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+-+");
}
END_TEST

/* Nobody can be told any more, except the operator. */
START_TEST(a_return_that_comes_behind_its_group_is_logged)
{
    begin("ra1rb0a2", NULL);
    ck_assert_int_eq(publish("A"), GW_OK);
    ck_assert_int_eq(publish_from(1, "B", LONG_MS), GW_OK);
    expect_verdicts("+");
    ck_assert(test_host_has_logged(&host, "GW-W604", "e0"));
}
END_TEST

/* The broker closes the channel at a message above its limit, and does not say which one it is. */
START_TEST(an_event_that_is_too_long_for_the_broker_is_found_and_refused)
{
    begin("ra1rrrc6", "ra1rc6");
    plans[2] = "e";
    ck_assert_int_eq(publish("ABCDB"), GW_OK);
    expect_verdicts("++-++");
    end();
    ck_assert_str_eq(heard, "e0e1e2e3/e1e2/e3e4");
}
END_TEST

START_TEST(a_missing_exchange_is_for_the_operator)
{
    begin("rc4", "e");
    ck_assert_int_eq(publish("AB"), GW_CONFIG);
    ck_assert_int_eq(error.status, GW_CONFIG);
    ck_assert_int_eq(publish("AB"), GW_OK);
    end();
    ck_assert_str_eq(heard, "e0/e0e1");
}
END_TEST

/* Some of them may be stored. */
START_TEST(an_exchange_that_vanishes_makes_the_open_events_transient)
{
    begin("ra1rrc4", NULL);
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+~~");
}
END_TEST

/* ---- alarms ---- */

START_TEST(a_blocked_connection_is_kept_and_nothing_is_sent_until_it_is_unblocked)
{
    begin("rk0ru0a1a2rA3", NULL);
    ck_assert_int_eq(publish_from(0, "A", SHORT_MS), GW_OK);
    expect_verdicts("~");
    ck_assert(test_host_has_logged(&host, "GW-W602", "memory"));
    ck_assert_int_eq(publish_from(0, "A", SHORT_MS), GW_TRANSIENT);
    ck_assert_uint_eq(connection, 1);
}
END_TEST

START_TEST(a_connection_that_is_unblocked_in_time_delivers)
{
    begin("ra1k0u0rra2a3", NULL);
    ck_assert_int_eq(publish("ABC"), GW_OK);
    expect_verdicts("+++");
}
END_TEST

/* ---- routing keys ---- */

START_TEST(an_event_whose_routing_key_is_not_allowed_is_refused_and_not_sent)
{
    plans[0] = "e";
    begin_with("keys=A");
    ck_assert_int_eq(publish("ABA"), GW_OK);
    expect_verdicts("+-+");
    end();
    ck_assert_str_eq(heard, "e0e2");
}
END_TEST

static void add_confirm_tests(TCase *tests)
{
    tcase_add_test(tests, a_multiple_ack_confirms_all_events_up_to_its_tag);
    tcase_add_test(tests, a_multiple_ack_of_tag_zero_confirms_all_events);
    tcase_add_test(tests, a_single_ack_confirms_one_event_only);
    tcase_add_test(tests, a_confirm_that_comes_twice_counts_once);
    tcase_add_test(tests, a_confirm_of_an_event_that_was_not_sent_ends_the_connection);
    tcase_add_test(tests, an_event_that_is_not_confirmed_in_time_is_sent_again_on_another_connection);
    tcase_add_test(tests, an_event_that_is_longer_than_a_frame_is_sent_in_several);
    tcase_add_test(tests, an_event_waits_for_the_confirm_of_the_one_before_with_its_sku);
    tcase_add_test(tests, a_blocked_connection_is_kept_and_nothing_is_sent_until_it_is_unblocked);
    tcase_add_test(tests, a_connection_that_is_unblocked_in_time_delivers);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_publisher");
    TCase *tests = tcase_create("publisher");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    add_confirm_tests(tests);
    tcase_add_test(tests, a_nack_makes_its_event_and_those_behind_it_of_its_sku_transient);
    tcase_add_test(tests, a_multiple_nack_refuses_all_events_up_to_its_tag);
    tcase_add_test(tests, a_returned_event_is_refused_with_the_words_of_the_broker);
    tcase_add_test(tests, a_return_that_comes_behind_its_ack_counts);
    tcase_add_test(tests, a_return_that_comes_behind_its_group_is_logged);
    tcase_add_test(tests, an_event_that_is_too_long_for_the_broker_is_found_and_refused);
    tcase_add_test(tests, a_missing_exchange_is_for_the_operator);
    tcase_add_test(tests, an_exchange_that_vanishes_makes_the_open_events_transient);
    tcase_add_test(tests, an_event_whose_routing_key_is_not_allowed_is_refused_and_not_sent);
    suite_add_tcase(suite, tests);
    return suite;
}
