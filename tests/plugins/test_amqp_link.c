/* SPDX-License-Identifier: Apache-2.0 */
/* A connection with a peer that does what no real broker does: it stalls anywhere, stops reading, lies and falls
 * silent. The clock is moved instead of waiting. */
#include "amqp_peer.h"
#include "check_main.h"
#include "test_host.h"

#include "amqp/link.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000, SHORT_MS = 50, HEARTBEAT_MS = 10000, CONTENTS_MAX = 16, FLOW = 20 << 16 | 20 };

static struct test_host host;
static struct amqp_peer peer;
static struct rabbit_link link_;
static uint64_t lens[CONTENTS_MAX];
static size_t count;

static enum gw_status keep_content(void *context, struct rabbit_content *content, struct gw_error *reterr)
{
    (void)context;
    (void)reterr;
    ck_assert_uint_lt(count, CONTENTS_MAX);
    lens[count++] = content->full_len;
    free(content);
    return GW_OK;
}

static void set_up(void)
{
    const struct rabbit_owner owner = {.content = keep_content};

    test_host_init(&host, "orders");
    count = 0;
    peer = (struct amqp_peer){0};
    rabbit_link_init(&link_, &host.host, &owner);
}

static void tear_down(void)
{
    rabbit_link_close(&link_, false);
    if (peer.script != NULL)
        amqp_peer_stop(&peer);
}

static enum gw_status open_within(int64_t patience_ms, struct gw_error *reterr)
{
    const struct rabbit_settings settings = {.host = "127.0.0.1",
                                             .port = peer.port,
                                             .vhost = "/",
                                             .user = "guest",
                                             .password = "open sesame",
                                             .name = "shop/orders#0",
                                             .heartbeat_ms = HEARTBEAT_MS,
                                             .max_body = 4096};

    return rabbit_link_open(&link_, &settings, host.host.monotonic_ms(&host.host) + patience_ms, reterr);
}

static void open_link(void (*script)(struct amqp_peer *peer))
{
    struct gw_error error = {0};
    enum gw_status status;

    amqp_peer_start(&peer, script);
    status = open_within(DEADLINE_MS, &error);
    ck_assert_msg(status == GW_OK, "%s", error.text);
}

/* Serves until the connection fails. */
static enum gw_status serve_to_the_end(void)
{
    const int64_t deadline_ms = host.host.monotonic_ms(&host.host) + DEADLINE_MS;
    enum gw_status status = rabbit_link_serve(&link_, NULL);

    while (status == GW_OK) {
        ck_assert_int_lt(host.host.monotonic_ms(&host.host), deadline_ms);
        ck_assert_int_eq(rabbit_link_wait(&link_, deadline_ms, NULL), GW_OK);
        status = rabbit_link_serve(&link_, NULL);
    }
    return status;
}

static void serve_until(const size_t *figure, size_t value)
{
    const int64_t deadline_ms = host.host.monotonic_ms(&host.host) + DEADLINE_MS;

    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    while (*figure < value) {
        ck_assert_int_lt(host.host.monotonic_ms(&host.host), deadline_ms);
        ck_assert_int_eq(rabbit_link_wait(&link_, deadline_ms, NULL), GW_OK);
        ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    }
}

/* ---- login ---- */

static void deliver_three(struct amqp_peer *self)
{
    if (!amqp_peer_login(self))
        return;
    amqp_peer_deliver(self, 1, 1, gw_text_of("one"));
    amqp_peer_deliver(self, 1, 2, gw_text_of("three"));
    amqp_peer_deliver(self, 1, 3, gw_text_of("seventeen letters"));
    amqp_peer_drain(self);
}

START_TEST(a_login_agrees_on_the_lower_limits)
{
    peer.frame_max = 8192;
    peer.heartbeat = 3;
    open_link(deliver_three);
    ck_assert_uint_eq(link_.frame_max, 8192);
    ck_assert_int_eq(link_.heartbeat_ms, 3000);
    ck_assert_uint_eq(link_.generation, 1);
    serve_until(&count, 3);
    ck_assert(lens[0] == 3 && lens[1] == 5 && lens[2] == 17);
}
END_TEST

START_TEST(a_peer_that_sends_single_bytes_is_understood)
{
    peer.piece = 1;
    open_link(deliver_three);
    serve_until(&count, 3);
    ck_assert(lens[0] == 3 && lens[1] == 5 && lens[2] == 17);
}
END_TEST

START_TEST(a_link_that_was_closed_can_be_opened_again)
{
    open_link(deliver_three);
    serve_until(&count, 3);
    rabbit_link_close(&link_, true);
    ck_assert(!rabbit_link_is_open(&link_));
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_OK);
    ck_assert_uint_eq(link_.generation, 2);
    serve_until(&count, 6);
}
END_TEST

static void refuse_login(struct amqp_peer *self)
{
    if (amqp_peer_start_login(self) && amqp_peer_await(self, 10 << 16 | 11))
        amqp_peer_close(self, 0, 403, "ACCESS_REFUSED - login refused", 0);
    amqp_peer_drain(self);
}

static void refuse_vhost(struct amqp_peer *self)
{
    if (amqp_peer_start_login(self) && amqp_peer_tune(self) && amqp_peer_await(self, 10 << 16 | 40))
        amqp_peer_close(self, 0, 530, "NOT_ALLOWED - vhost not found", 10);
    amqp_peer_drain(self);
}

START_TEST(a_refused_login_is_a_matter_of_configuration)
{
    struct gw_error error = {0};

    amqp_peer_start(&peer, refuse_login);
    ck_assert_int_eq(open_within(DEADLINE_MS, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "ACCESS_REFUSED"));
    ck_assert_ptr_null(strstr(error.text, "sesame"));
}
END_TEST

START_TEST(a_missing_virtual_host_is_a_matter_of_configuration)
{
    amqp_peer_start(&peer, refuse_vhost);
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_CONFIG);
}
END_TEST

START_TEST(an_unreachable_broker_is_transient)
{
    (void)snprintf(peer.port, sizeof peer.port, "1");
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_TRANSIENT);
    ck_assert(!rabbit_link_is_open(&link_));
}
END_TEST

/* ---- stalls ---- */

static void say_nothing(struct amqp_peer *self)
{
    amqp_peer_drain(self);
}

static void stall_before_tune(struct amqp_peer *self)
{
    (void)amqp_peer_start_login(self);
    amqp_peer_drain(self);
}

static void stall_before_open(struct amqp_peer *self)
{
    if (amqp_peer_start_login(self))
        (void)amqp_peer_tune(self);
    amqp_peer_drain(self);
}

static void stall_in_a_frame(struct amqp_peer *self)
{
    amqp_peer_raw(self, "\1\0\0\0\0\1\0\0\12", 9);
    amqp_peer_drain(self);
}

START_TEST(a_peer_that_stalls_in_the_login_is_given_up_at_the_deadline)
{
    void (*const scripts[])(struct amqp_peer *) = {say_nothing, stall_before_tune, stall_before_open, stall_in_a_frame};

    amqp_peer_start(&peer, scripts[_i]);
    ck_assert_int_eq(open_within(SHORT_MS, NULL), GW_TRANSIENT);
}
END_TEST

START_TEST(a_stop_ends_a_login)
{
    amqp_peer_start(&peer, say_nothing);
    test_host_cancel(&host);
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_CANCELLED);
}
END_TEST

static void read_nothing(struct amqp_peer *self)
{
    char byte;

    if (amqp_peer_login(self))
        while (recv(self->fd, &byte, 1, MSG_PEEK) > 0 && !self->is_released)
            (void)usleep(1000); /* between two looks: whether the client has closed */
}

/* The socket takes some hundred kilobytes, the buffer 16 MiB, and then nothing more is accepted. */
static void send_until_full(void)
{
    amqp_basic_ack_t ack = {.multiple = 1};
    enum gw_status status = GW_OK;

    for (ack.delivery_tag = 1; status == GW_OK; ack.delivery_tag++) {
        status = rabbit_link_send(&link_, AMQP_BASIC_ACK_METHOD, &ack, NULL);
        if (status == GW_OK && ack.delivery_tag % 4096 == 0)
            ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    }
    ck_assert_int_eq(status, GW_NOMEM);
}

START_TEST(a_peer_that_does_not_read_blocks_nobody)
{
    open_link(read_nothing);
    send_until_full();
    ck_assert_uint_le(link_.out.bytes.len, RABBIT_OUTGOING_MAX);
    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    atomic_store(&peer.is_released, true);
}
END_TEST

/* Otherwise waiting takes all of a processor's time for as long as the broker does not read. */
START_TEST(a_heartbeat_that_cannot_be_sent_ends_no_wait)
{
    int64_t begin_ms;

    open_link(read_nothing);
    send_until_full();
    host.moved_ms += HEARTBEAT_MS / 2 + 1;
    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    begin_ms = host.host.monotonic_ms(&host.host);
    ck_assert_int_eq(rabbit_link_wait(&link_, begin_ms + SHORT_MS, NULL), GW_OK);
    ck_assert_int_ge(host.host.monotonic_ms(&host.host) - begin_ms, SHORT_MS);
    atomic_store(&peer.is_released, true);
}
END_TEST

/* ---- heartbeats ---- */

START_TEST(a_silent_broker_is_noticed_after_two_heartbeats)
{
    open_link(deliver_three);
    serve_until(&count, 3);
    host.moved_ms += 2 * HEARTBEAT_MS - 1000;
    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    host.moved_ms += 2000;
    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_TRANSIENT);
    ck_assert(!rabbit_link_is_open(&link_));
}
END_TEST

static void deliver_at_heartbeat(struct amqp_peer *self)
{
    struct rabbit_frame frame;

    if (!amqp_peer_login(self))
        return;
    while (amqp_peer_read(self, &frame))
        if (frame.type == RABBIT_HEARTBEAT)
            amqp_peer_deliver(self, 1, 1, gw_text_of("beat"));
}

START_TEST(a_heartbeat_is_sent_after_half_of_its_time)
{
    open_link(deliver_at_heartbeat);
    host.moved_ms += HEARTBEAT_MS / 2;
    serve_until(&count, 1);
}
END_TEST

START_TEST(a_paused_link_hands_nothing_over_and_still_sends_heartbeats)
{
    open_link(deliver_at_heartbeat);
    link_.is_paused = true;
    for (int beats = 0; beats < 6; beats++) {
        host.moved_ms += HEARTBEAT_MS / 2;
        ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    }
    ck_assert_uint_eq(count, 0);
    link_.is_paused = false;
    serve_until(&count, 6);
}
END_TEST

/* ---- what a broker says ---- */

static void time_out(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_close(self, 1, 406, "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out", 0);
    amqp_peer_drain(self);
}

static void refuse_declaration(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_close(self, 1, 406, "PRECONDITION_FAILED - inequivalent arg", 50);
    amqp_peer_drain(self);
}

static void shut_down(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_close(self, 0, 320, "CONNECTION_FORCED - broker forced connection closure", 0);
    atomic_store(&self->has_heard, amqp_peer_await(self, 10 << 16 | 51)); /* close-ok */
}

START_TEST(a_close_ends_the_connection_with_the_status_of_its_cause)
{
    open_link(time_out);
    ck_assert_int_eq(serve_to_the_end(), GW_TRANSIENT);
    ck_assert(test_host_has_logged(&host, "GW-W612", ""));
    rabbit_link_close(&link_, false);
    peer.script = refuse_declaration;
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_OK);
    ck_assert_int_eq(serve_to_the_end(), GW_CONFIG);
    rabbit_link_close(&link_, false);
    peer.script = shut_down;
    ck_assert_int_eq(open_within(DEADLINE_MS, NULL), GW_OK);
    ck_assert_int_eq(serve_to_the_end(), GW_TRANSIENT);
    rabbit_link_close(&link_, false);
    amqp_peer_stop(&peer);
    peer.script = NULL;
    ck_assert(atomic_load(&peer.has_heard));
}
END_TEST

static void block_and_unblock(struct amqp_peer *self)
{
    if (!amqp_peer_login(self))
        return;
    amqp_peer_method(self, 0, 10 << 16 | 60, "\12low memory", 11);
    amqp_peer_deliver(self, 1, 1, gw_text_of("blocked"));
    if (amqp_peer_await(self, AMQP_BASIC_ACK_METHOD)) {
        amqp_peer_method(self, 0, 10 << 16 | 61, "", 0);
        amqp_peer_deliver(self, 1, 2, gw_text_of("not blocked"));
    }
    amqp_peer_drain(self);
}

START_TEST(a_blocked_connection_is_known_until_it_is_unblocked)
{
    amqp_basic_ack_t ack = {.delivery_tag = 1};

    open_link(block_and_unblock);
    serve_until(&count, 1);
    ck_assert(link_.is_blocked);
    ck_assert_str_eq(link_.blocked, "low memory");
    ck_assert(test_host_has_logged(&host, "GW-W602", "low memory"));
    ck_assert_int_eq(rabbit_link_send(&link_, AMQP_BASIC_ACK_METHOD, &ack, NULL), GW_OK);
    serve_until(&count, 2);
    ck_assert(!link_.is_blocked);
    ck_assert(test_host_has_logged(&host, "GW-I603", ""));
}
END_TEST

/* ---- lies ---- */

static void claim_too_much(struct amqp_peer *self)
{
    struct gw_buffer bytes;
    struct gw_buffer payload;

    if (!amqp_peer_login(self))
        return;
    gw_buffer_init(&bytes, AMQP_BYTES_MAX);
    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    put_deliver(&payload, 1, "", "queue");
    put_frame(&bytes, RABBIT_METHOD, 1, text_of(&payload));
    gw_buffer_reset(&payload);
    put_header(&payload, UINT64_C(1) << 63, 0);
    put_frame(&bytes, RABBIT_HEADER, 1, text_of(&payload));
    amqp_peer_raw(self, bytes.ptr, bytes.len);
    gw_buffer_done(&bytes);
    gw_buffer_done(&payload);
    amqp_peer_drain(self);
}

static void interrupt_a_message(struct amqp_peer *self)
{
    struct gw_buffer payload;

    if (!amqp_peer_login(self))
        return;
    gw_buffer_init(&payload, AMQP_BYTES_MAX);
    put_deliver(&payload, 1, "", "queue");
    amqp_peer_method(self, 1, AMQP_DELIVER, payload.ptr + 4, payload.len - 4);
    amqp_peer_method(self, 1, FLOW, "\1", 1);
    gw_buffer_done(&payload);
    amqp_peer_drain(self);
}

static void use_another_channel(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_deliver(self, 2, 1, gw_text_of("two"));
    amqp_peer_drain(self);
}

static void send_no_frame(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_raw(self, "HTTP/1.1 400 Bad Request\r\n", 26);
    amqp_peer_drain(self);
}

static void end_in_a_frame(struct amqp_peer *self)
{
    if (amqp_peer_login(self))
        amqp_peer_raw(self, "\3\0\1\0\0\0\12abc", 10);
}

START_TEST(what_belongs_nowhere_ends_the_connection)
{
    void (*const scripts[])(struct amqp_peer *) = {claim_too_much, interrupt_a_message, use_another_channel,
                                                   send_no_frame, end_in_a_frame};

    open_link(scripts[_i]);
    ck_assert_int_eq(serve_to_the_end(), GW_TRANSIENT);
    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_TRANSIENT);
    ck_assert_uint_eq(count, 0);
    ck_assert(test_host_has_logged(&host, "GW-W613", "") == (scripts[_i] != end_in_a_frame));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_link");
    TCase *tests = tcase_create("link");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, a_login_agrees_on_the_lower_limits);
    tcase_add_test(tests, a_peer_that_sends_single_bytes_is_understood);
    tcase_add_test(tests, a_link_that_was_closed_can_be_opened_again);
    tcase_add_test(tests, a_refused_login_is_a_matter_of_configuration);
    tcase_add_test(tests, a_missing_virtual_host_is_a_matter_of_configuration);
    tcase_add_test(tests, an_unreachable_broker_is_transient);
    tcase_add_loop_test(tests, a_peer_that_stalls_in_the_login_is_given_up_at_the_deadline, 0, 4);
    tcase_add_test(tests, a_stop_ends_a_login);
    tcase_add_test(tests, a_peer_that_does_not_read_blocks_nobody);
    tcase_add_test(tests, a_heartbeat_that_cannot_be_sent_ends_no_wait);
    tcase_add_test(tests, a_silent_broker_is_noticed_after_two_heartbeats);
    tcase_add_test(tests, a_heartbeat_is_sent_after_half_of_its_time);
    tcase_add_test(tests, a_paused_link_hands_nothing_over_and_still_sends_heartbeats);
    tcase_add_test(tests, a_close_ends_the_connection_with_the_status_of_its_cause);
    tcase_add_test(tests, a_blocked_connection_is_known_until_it_is_unblocked);
    tcase_add_loop_test(tests, what_belongs_nowhere_ends_the_connection, 0, 5);
    suite_add_tcase(suite, tests);
    return suite;
}
