/* SPDX-License-Identifier: Apache-2.0 */
/* What amqp_consumer tells the broker about deliveries: with a peer that records it, and that does what no real broker
 * does at a chosen moment. */
#include "amqp_peer.h"
#include "check_main.h"
#include "reading.h"

#include <check.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>

enum {
    QOS = 60 << 16 | 10,
    QOS_OK = 60 << 16 | 11,
    CONSUME = 60 << 16 | 20,
    CONSUME_OK = 60 << 16 | 21,
    CANCEL = 60 << 16 | 30,
    CHANNEL_OPEN = 20 << 16 | 10,
    CHANNEL_OPEN_OK = 20 << 16 | 11,
    DECLARE = 50 << 16 | 10,
    DECLARE_OK = 50 << 16 | 11,
    SIDE_CHANNEL = 2,
    ACK = 60 << 16 | 80,
    NACK = 60 << 16 | 120,
    HEADERS_FLAG = 1 << 13,
    HEARD_MAX = 32,
    PATIENCE_MS = 10000
};

/* An acknowledgement or a rejection that the peer has read. */
struct heard {
    uint32_t number;
    uint64_t tag;
    unsigned flags; /* multiple; of a nack requeue, too (2) */
};

static struct amqp_peer peer;
static struct reading reading;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the two below */
static struct heard heard[HEARD_MAX];
static size_t heard_count;

/* ---- peer ---- */

/* The passive declaration before the first consumer opens a channel of its own. */
static bool open_side(struct amqp_peer *self)
{
    if (!amqp_peer_await(self, CHANNEL_OPEN))
        return false;
    amqp_peer_method(self, SIDE_CHANNEL, CHANNEL_OPEN_OK, "\0\0\0\0", 4);
    return true;
}

static bool answer_declare(struct amqp_peer *self)
{
    static const char found[] = "\1q\0\0\0\0\0\0\0\0"; /* its name, messages, consumers */

    if (!amqp_peer_await(self, DECLARE))
        return false;
    amqp_peer_method(self, SIDE_CHANNEL, DECLARE_OK, found, sizeof found - 1);
    return true;
}

static bool answer_consume(struct amqp_peer *self)
{
    if (!amqp_peer_await(self, CONSUME))
        return false;
    amqp_peer_method(self, 1, CONSUME_OK, "\1\60", 2); /* the tag 0 */
    return true;
}

static bool answer_qos(struct amqp_peer *self)
{
    if (!amqp_peer_await(self, QOS))
        return false;
    amqp_peer_method(self, 1, QOS_OK, "", 0);
    return true;
}

static bool begin_consuming(struct amqp_peer *self)
{
    return amqp_peer_login(self) && answer_qos(self) && open_side(self) && answer_declare(self) && answer_consume(self);
}

static void note(const struct rabbit_frame *frame)
{
    struct heard one = {.number = rabbit_u32(frame->payload.ptr)};

    if (frame->type != RABBIT_METHOD || (one.number != ACK && one.number != NACK))
        return;
    one.tag = rabbit_u64(frame->payload.ptr + 4);
    one.flags = (unsigned char)frame->payload.ptr[12];
    (void)pthread_mutex_lock(&lock);
    if (heard_count < HEARD_MAX)
        heard[heard_count++] = one;
    (void)pthread_mutex_unlock(&lock);
}

static void listen_to_the_end(struct amqp_peer *self)
{
    struct rabbit_frame frame;

    while (amqp_peer_read(self, &frame))
        if (frame.type == RABBIT_METHOD)
            note(&frame);
}

static void deliver_five(struct amqp_peer *self)
{
    static const char *const bodies[] = {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}", "{\"n\":5}"};

    if (!begin_consuming(self))
        return;
    for (uint64_t tag = 1; tag <= 5; tag++)
        amqp_peer_deliver(self, 1, tag, gw_text_of(bodies[tag - 1]));
    listen_to_the_end(self);
}

/* The first connection ends after its deliveries, the second one brings them again, under other tags. */
static void deliver_and_hang_up(struct amqp_peer *self)
{
    if (!begin_consuming(self))
        return;
    self->script = deliver_five;
    amqp_peer_deliver(self, 1, 1, gw_text_of("{\"n\":1}"));
    amqp_peer_deliver(self, 1, 2, gw_text_of("{\"n\":2}"));
    atomic_store(&self->has_heard, true);
    while (!atomic_load(&self->is_released))
        (void)sched_yield();
}

static void put_payload(struct gw_buffer *bytes, unsigned type, struct gw_buffer *payload)
{
    put_frame(bytes, type, 1, text_of(payload));
    gw_buffer_reset(payload);
}

/* A delivery and the cancel arrive together, so that the delivery still waits when the consumer ends. */
static void cancel(struct amqp_peer *self)
{
    struct gw_buffer bytes;
    struct gw_buffer payload;

    if (!begin_consuming(self))
        return;
    gw_buffer_init(&bytes, AMQP_BYTES_MAX);
    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    put_deliver(&payload, 1, "", "queue");
    put_payload(&bytes, RABBIT_METHOD, &payload);
    put_header(&payload, 2, 0);
    put_payload(&bytes, RABBIT_HEADER, &payload);
    gw_buffer_append_string(&payload, "{}");
    put_payload(&bytes, RABBIT_BODY, &payload);
    put_u32(&payload, CANCEL);
    put_short(&payload, "0");
    put_u8(&payload, 1);
    put_payload(&bytes, RABBIT_METHOD, &payload);
    amqp_peer_raw(self, bytes.ptr, bytes.len);
    gw_buffer_done(&bytes);
    gw_buffer_done(&payload);
    if (answer_declare(self) && answer_consume(self))
        amqp_peer_deliver(self, 1, 2, gw_text_of("{\"n\":2}"));
    listen_to_the_end(self);
}

/* Of two queues the first does not exist, and appears later. */
static void lack_a_queue(struct amqp_peer *self)
{
    if (!amqp_peer_login(self) || !answer_qos(self) || !open_side(self) || !amqp_peer_await(self, DECLARE))
        return;
    amqp_peer_close(self, SIDE_CHANNEL, 404, "NOT_FOUND - no queue 'events'", 50);
    if (!open_side(self) || !answer_declare(self) || !answer_consume(self))
        return;
    amqp_peer_deliver(self, 1, 1, gw_text_of("{\"n\":1}"));
    if (!answer_declare(self) || !answer_consume(self))
        return;
    amqp_peer_deliver(self, 1, 2, gw_text_of("{\"n\":2}"));
    listen_to_the_end(self);
}

/* What is sent between the cancel and the answer to basic.qos is of the consumer that was cancelled. */
static void deliver_and_take_back(struct amqp_peer *self)
{
    if (!begin_consuming(self))
        return;
    amqp_peer_deliver(self, 1, 1, gw_text_of("{\"n\":1}"));
    amqp_peer_deliver(self, 1, 2, gw_text_of("{\"n\":2}"));
    amqp_peer_deliver(self, 1, 3, gw_text_of("{\"n\":3}"));
    for (uint32_t number = 0; number != QOS;) {
        struct rabbit_frame frame;

        if (!amqp_peer_read(self, &frame))
            return;
        note(&frame);
        if (frame.type == RABBIT_METHOD)
            number = rabbit_u32(frame.payload.ptr);
        if (number == NACK)
            atomic_store(&self->has_heard, true);
    }
    amqp_peer_deliver(self, 1, 4, gw_text_of("{\"late\":1}"));
    amqp_peer_method(self, 1, QOS_OK, "", 0);
    if (!answer_declare(self) || !answer_consume(self))
        return;
    amqp_peer_deliver(self, 1, 5, gw_text_of("{\"n\":1}"));
    listen_to_the_end(self);
}

/* Headers that are nested too deeply are the sender's; the message behind it is fine. */
static void deliver_deep_headers(struct amqp_peer *self)
{
    enum { LEVELS = 200, LEVEL_BYTES = 7 };
    struct gw_buffer header;

    if (!begin_consuming(self))
        return;
    gw_buffer_init(&header, AMQP_BYTES_MAX);
    put_header(&header, 2, HEADERS_FLAG);
    put_u32(&header, (LEVELS - 1) * LEVEL_BYTES);
    for (uint32_t below = LEVELS - 1; below > 0; below--) {
        put_short(&header, "t");
        put_u8(&header, 'F');
        put_u32(&header, (below - 1) * LEVEL_BYTES);
    }
    amqp_peer_deliver_with(self, 1, text_of(&header), gw_text_of("{}"));
    amqp_peer_deliver(self, 1, 2, gw_text_of("{\"n\":2}"));
    gw_buffer_done(&header);
    listen_to_the_end(self);
}

/* ---- fixture ---- */

static void begin_with(void (*script)(struct amqp_peer *), const char *setting)
{
    char url[128];
    const char *settings[] = {url, "queues.orders=auto", "connect_timeout=4s", setting};

    amqp_peer_start(&peer, script);
    (void)snprintf(url, sizeof url, "url=amqp://guest:guest@127.0.0.1:%s", peer.port);
    reading_begin(&reading, "amqp_consumer", settings, setting != NULL ? 4 : 3);
}

static void begin(void (*script)(struct amqp_peer *))
{
    begin_with(script, NULL);
}

static void set_up(void)
{
    peer = (struct amqp_peer){0};
    memset(&reading, 0, sizeof reading);
    heard_count = 0;
}

static void tear_down(void)
{
    atomic_store(&peer.is_released, true);
    if (reading.self != NULL)
        reading_end(&reading);
    reading.self = NULL;
    if (peer.script != NULL)
        amqp_peer_stop(&peer);
    peer.script = NULL;
}

static void take(size_t count)
{
    for (int polls = 0; reading.total < count; polls++) {
        ck_assert_int_lt(polls, PATIENCE_MS / 100);
        ck_assert_int_eq(reading_poll(&reading, (uint32_t)(count - reading.total), 100), GW_OK);
    }
}

/* Ends instance and peer, so that all that was sent was read. */
static void end(void)
{
    reading_end(&reading);
    reading.self = NULL;
    amqp_peer_stop(&peer);
    peer.script = NULL;
}

static void expect_heard(size_t index, uint32_t number, uint64_t tag, unsigned flags)
{
    ck_assert_uint_lt(index, heard_count);
    ck_assert_msg(heard[index].number == number && heard[index].tag == tag && heard[index].flags == flags,
                  "method 60.%u, tag %llu, flags %u", (unsigned)(heard[index].number & 0xffff),
                  (unsigned long long)heard[index].tag, heard[index].flags);
}

/* ---- tests ---- */

START_TEST(a_turn_is_acknowledged_at_once_whatever_its_outcomes)
{
    begin(deliver_five);
    take(3);
    reading_settle(&reading);
    take(5);
    reading_settle_some(&reading, 2, GW_OUTCOME_DEAD);
    end();
    ck_assert_uint_eq(heard_count, 2);
    expect_heard(0, ACK, 3, 1);
    expect_heard(1, ACK, 5, 1);
}
END_TEST

START_TEST(what_the_core_returns_goes_back_to_its_queue)
{
    begin(deliver_five);
    take(5);
    reading_settle_some(&reading, 2, GW_OUTCOME_APPLIED);
    reading_settle_some(&reading, 2, GW_OUTCOME_RETURNED);
    end();
    ck_assert_uint_eq(heard_count, 3);
    expect_heard(0, ACK, 2, 1);
    expect_heard(1, NACK, 3, 2);
    expect_heard(2, NACK, 4, 2);
}
END_TEST

START_TEST(nothing_is_acknowledged_before_it_is_settled)
{
    begin(deliver_five);
    take(5);
    end();
    ck_assert_uint_eq(heard_count, 0);
}
END_TEST

/* Tag 2 of the first connection would acknowledge two messages of the second one. */
START_TEST(a_tag_of_an_older_connection_is_forgotten)
{
    enum gw_status status = GW_OK;

    begin(deliver_and_hang_up);
    take(2);
    atomic_store(&peer.is_released, true);
    for (int polls = 0; status == GW_OK && polls < PATIENCE_MS / 100; polls++)
        status = reading_poll(&reading, 10, 100);
    ck_assert_int_eq(status, GW_TRANSIENT);
    take(7);
    reading_settle_some(&reading, 2, GW_OUTCOME_APPLIED);
    reading_settle_some(&reading, 3, GW_OUTCOME_APPLIED);
    end();
    ck_assert_uint_eq(heard_count, 1);
    expect_heard(0, ACK, 3, 1);
}
END_TEST

START_TEST(a_consumer_that_the_broker_cancels_consumes_again_on_the_same_connection)
{
    begin(cancel);
    take(1); /* delivered before the cancel, which does not lose it */
    reading_settle(&reading);
    take(2);
    reading_settle(&reading);
    ck_assert(test_host_has_logged(&reading.host, "GW-W610", "orders"));
    ck_assert(test_host_has_logged(&reading.host, "GW-I615", "orders"));
    end();
    expect_heard(heard_count - 1, ACK, 2, 1);
}
END_TEST

START_TEST(a_missing_queue_does_not_hold_up_another_one_and_is_read_when_it_exists)
{
    begin_with(lack_a_queue, "queues.events=auto");
    take(1);
    reading_settle(&reading);
    ck_assert(test_host_has_logged(&reading.host, "GW-W611", "events"));
    ck_assert(!test_host_has_logged(&reading.host, "GW-I615", "events"));
    reading.host.moved_ms = 5000;
    take(2);
    ck_assert(test_host_has_logged(&reading.host, "GW-I615", ""));
    reading_settle(&reading);
    end();
}
END_TEST

/* Tags 1 to 3 are back in their queue, so tag 5 alone may be acknowledged, and not with `multiple` for an older one. */
START_TEST(after_a_minute_without_the_repository_everything_goes_back_once)
{
    const struct gw_host *host = &reading.host.host;

    begin_with(deliver_and_take_back, "heartbeat=5m");
    take(2);
    for (int64_t second = 0; second < 59; second++, reading.host.moved_ms += 1000)
        reading.ops->keepalive(reading.self);
    ck_assert(!test_host_has_logged(&reading.host, "GW-W614", ""));
    for (reading.host.moved_ms = 60000; !atomic_load(&peer.has_heard); reading.host.moved_ms++) {
        reading.ops->keepalive(reading.self);
        ck_assert_int_lt(reading.host.moved_ms, 70000);
        ck_assert_int_eq(host->wait(host, -1, 0, host->monotonic_ms(host) + 1, NULL), GW_OK);
    }
    ck_assert(test_host_has_logged(&reading.host, "GW-W614", ""));
    reading_settle(&reading);
    take(3);
    ck_assert_str_eq(reading.seen[2].payload, "{\"n\":1}");
    reading_settle(&reading);
    end();
    ck_assert_uint_eq(heard_count, 2);
    expect_heard(0, NACK, 0, 3);
    expect_heard(1, ACK, 5, 1);
}
END_TEST

/* ---- stalls ---- */

static void deliver_one(struct amqp_peer *self)
{
    if (begin_consuming(self))
        amqp_peer_deliver(self, 1, 1, gw_text_of("{\"n\":1}"));
    listen_to_the_end(self);
}

static enum gw_status (*real_wait)(const struct gw_host *host, int32_t fd, uint32_t wanted, int64_t deadline_ms,
                                   uint32_t *ret_ready);

/* Once the peer has stalled nothing comes any more, so the clock jumps to the deadline instead of waiting for it. */
static enum gw_status jumping_wait(const struct gw_host *self, int32_t fd, uint32_t wanted, int64_t deadline_ms,
                                   uint32_t *ret_ready)
{
    enum gw_status status = GW_OK;

    *ret_ready = 0;
    while (status == GW_OK && *ret_ready == 0 && self->monotonic_ms(self) < deadline_ms) {
        const bool is_over = atomic_load(&peer.has_stalled);
        int64_t left_ms;

        status = real_wait(self, fd, wanted, self->monotonic_ms(self) + (is_over ? 1 : 10), ret_ready);
        left_ms = deadline_ms - self->monotonic_ms(self);
        if (is_over && *ret_ready == 0 && left_ms > 0)
            reading.host.moved_ms += left_ms;
    }
    return status;
}

/* Returns the milliseconds that the instance waits for the rest of what a peer sends that stalls behind so many bytes.
 */
static int64_t wait_for_the_rest(size_t stall_at)
{
    enum gw_status status = GW_OK;
    int64_t waited_ms;

    set_up();
    peer.stall_at = stall_at;
    begin_with(deliver_one, "heartbeat=2s");
    real_wait = reading.host.host.wait;
    reading.host.host.wait = jumping_wait;
    while (status == GW_OK && reading.host.moved_ms < PATIENCE_MS)
        status = reading_poll(&reading, 10, 100);
    ck_assert_msg(status == GW_TRANSIENT, "status %d, stalled behind %zu bytes", (int)status, stall_at);
    waited_ms = reading.host.moved_ms;
    tear_down();
    return waited_ms;
}

/* In the login, in each answer, and in each part of a message. The limit is two heartbeats, or the connect_timeout. */
START_TEST(a_peer_that_stalls_behind_any_byte_is_given_up_within_two_heartbeats)
{
    size_t whole;

    begin(deliver_one);
    take(1);
    tear_down();
    whole = peer.sent;
    reading.self = NULL;
    for (size_t stall_at = 1; stall_at <= whole; stall_at++) {
        const int64_t waited_ms = wait_for_the_rest(stall_at);

        ck_assert_msg(waited_ms <= 4500, "%lld ms, stalled behind %zu bytes", (long long)waited_ms, stall_at);
    }
}
END_TEST

START_TEST(a_message_with_headers_that_cannot_be_read_is_handed_over_as_a_fault)
{
    begin(deliver_deep_headers);
    take(2);
    ck_assert_uint_gt(reading.seen[0].message.fault.len, 0);
    ck_assert_str_eq(reading.seen[0].payload, "{}");
    ck_assert_uint_eq(reading.seen[1].message.fault.len, 0);
    reading_settle(&reading);
    end();
    expect_heard(0, ACK, 2, 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_consumer");
    TCase *tests = tcase_create("consumer");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_turn_is_acknowledged_at_once_whatever_its_outcomes);
    tcase_add_test(tests, what_the_core_returns_goes_back_to_its_queue);
    tcase_add_test(tests, nothing_is_acknowledged_before_it_is_settled);
    tcase_add_test(tests, a_tag_of_an_older_connection_is_forgotten);
    tcase_add_test(tests, a_consumer_that_the_broker_cancels_consumes_again_on_the_same_connection);
    tcase_add_test(tests, a_missing_queue_does_not_hold_up_another_one_and_is_read_when_it_exists);
    tcase_add_test(tests, after_a_minute_without_the_repository_everything_goes_back_once);
    tcase_add_test(tests, a_peer_that_stalls_behind_any_byte_is_given_up_within_two_heartbeats);
    tcase_add_test(tests, a_message_with_headers_that_cannot_be_read_is_handed_over_as_a_fault);
    suite_add_tcase(suite, tests);
    return suite;
}
