/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of an AMQP connection: which certificates are accepted, and what a peer can do to the handshake. */
#include "amqp_peer.h"
#include "check_main.h"
#include "scratch.h"
#include "test_host.h"

#include "amqp/link.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { DEADLINE_MS = 10000, SHORT_MS = 100, HEARTBEAT_MS = 10000, BODY = 100 * 1024, BODIES = 20 };

static struct test_host host;
static struct amqp_peer peer;
static struct rabbit_link link_;
static struct rabbit_tls *tls;
static size_t count;

static enum gw_status keep_content(void *context, struct rabbit_content *content, struct gw_error *reterr)
{
    uint64_t same = 0;

    (void)context;
    (void)reterr;
    while (same < content->body.len && content->body.ptr[same] == (char)('a' + same % 23))
        same++;
    ck_assert_uint_eq(same, BODY);
    count++;
    free(content);
    return GW_OK;
}

/* ---- certificates ---- */

/* NAME.crt, which signs itself, and NAME.key. */
static void make_certificate(const char *name, const char *names)
{
    char command[1024];

    (void)snprintf(command, sizeof command,
                   "cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
                   "/CN=test -keyout %s.key -out %s.crt -addext subjectAltName=%s 2>openssl.log",
                   scratch_path(""), name, name, names);
    ck_assert_msg(system(command) == 0, "%s", command);
}

static enum gw_status read_files(const char *ca, const char *cert, const char *key)
{
    char paths[3][512];
    const char *const names[] = {ca, cert, key};

    rabbit_tls_free(tls);
    tls = NULL;
    for (int index = 0; index < 3; index++)
        (void)snprintf(paths[index], sizeof paths[index], "%s", names[index] != NULL ? scratch_path(names[index]) : "");
    return rabbit_tls_new(&(struct rabbit_tls_files){.ca = ca != NULL ? paths[0] : NULL,
                                                     .cert = cert != NULL ? paths[1] : NULL,
                                                     .key = key != NULL ? paths[2] : NULL},
                          &tls, NULL);
}

static void present(const char *name)
{
    char path[64];

    peer.tls = SSL_CTX_new(TLS_server_method());
    ck_assert_ptr_nonnull(peer.tls);
    (void)snprintf(path, sizeof path, "%s.crt", name);
    ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(peer.tls, scratch_path(path)), 1);
    (void)snprintf(path, sizeof path, "%s.key", name);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(peer.tls, scratch_path(path), SSL_FILETYPE_PEM), 1);
}

/* Once for all tests. */
static void make_certificates(void)
{
    scratch_begin();
    make_certificate("localhost", "DNS:localhost");
    make_certificate("address", "IP:127.0.0.1");
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
    SSL_CTX_free(peer.tls);
    rabbit_tls_free(tls);
    tls = NULL;
}

static enum gw_status open_within(const char *name, int64_t patience_ms, struct gw_error *reterr)
{
    const struct rabbit_settings settings = {.tls = tls,
                                             .host = name,
                                             .port = peer.port,
                                             .vhost = "/",
                                             .user = "guest",
                                             .password = "guest",
                                             .name = "shop/orders#0",
                                             .heartbeat_ms = HEARTBEAT_MS,
                                             .max_body = BODY};

    return rabbit_link_open(&link_, &settings, host.host.monotonic_ms(&host.host) + patience_ms, reterr);
}

/* ---- certificates that are accepted, and others ---- */

static void deliver_much(struct amqp_peer *self)
{
    static char body[BODY];

    for (size_t at = 0; at < sizeof body; at++)
        body[at] = (char)('a' + at % 23);
    if (!amqp_peer_login(self))
        return;
    for (uint64_t tag = 1; tag <= BODIES; tag++)
        amqp_peer_deliver(self, 1, tag, gw_text_span(body, sizeof body));
    amqp_peer_drain(self);
}

static void serve_until_all_came(void)
{
    const int64_t deadline_ms = host.host.monotonic_ms(&host.host) + DEADLINE_MS;

    ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    while (count < BODIES) {
        ck_assert_int_lt(host.host.monotonic_ms(&host.host), deadline_ms);
        ck_assert_int_eq(rabbit_link_wait(&link_, deadline_ms, NULL), GW_OK);
        ck_assert_int_eq(rabbit_link_serve(&link_, NULL), GW_OK);
    }
}

START_TEST(a_broker_with_a_certificate_of_its_name_is_accepted)
{
    present(_i == 0 ? "localhost" : "address");
    ck_assert_int_eq(read_files(_i == 0 ? "localhost.crt" : "address.crt", NULL, NULL), GW_OK);
    amqp_peer_start(&peer, deliver_much);
    ck_assert_int_eq(open_within(_i == 0 ? "localhost" : "127.0.0.1", DEADLINE_MS, NULL), GW_OK);
    serve_until_all_came();
}
END_TEST

static void expect_refused(const char *presented, const char *ca, const char *name)
{
    struct gw_error error = {0};

    present(presented);
    ck_assert_int_eq(read_files(ca, NULL, NULL), GW_OK);
    amqp_peer_start(&peer, deliver_much);
    ck_assert_int_eq(open_within(name, DEADLINE_MS, &error), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "certificate"));
}

START_TEST(a_certificate_of_another_name_is_refused)
{
    expect_refused("localhost", "localhost.crt", "127.0.0.1");
}
END_TEST

START_TEST(a_certificate_of_another_address_is_refused)
{
    expect_refused("address", "address.crt", "localhost");
}
END_TEST

START_TEST(a_certificate_of_an_unknown_authority_is_refused)
{
    expect_refused("localhost", "address.crt", "localhost");
}
END_TEST

START_TEST(a_certificate_that_the_system_does_not_know_is_refused)
{
    expect_refused("localhost", NULL, "localhost");
}
END_TEST

START_TEST(files_that_are_no_certificates_are_refused)
{
    scratch_write("empty", "");
    ck_assert_int_eq(read_files("missing", NULL, NULL), GW_CONFIG);
    ck_assert_int_eq(read_files("empty", NULL, NULL), GW_CONFIG);
    ck_assert_int_eq(read_files(NULL, "localhost.key", "localhost.key"), GW_CONFIG);
    ck_assert_int_eq(read_files(NULL, "localhost.crt", "missing"), GW_CONFIG);
    ck_assert_int_eq(read_files(NULL, "localhost.crt", "address.key"), GW_CONFIG);
    ck_assert_int_eq(read_files("localhost.crt", "localhost.crt", "localhost.key"), GW_OK);
}
END_TEST

/* ---- what a peer can do ---- */

static void say_nothing(struct amqp_peer *self)
{
    char bytes[1024];

    while (recv(self->fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void speak_plainly(struct amqp_peer *self)
{
    amqp_peer_raw(self, "AMQP\0\0\11\1", 8);
    say_nothing(self);
}

static void hang_up(struct amqp_peer *self)
{
    (void)self;
}

START_TEST(a_peer_without_tls_is_transient)
{
    void (*const scripts[])(struct amqp_peer *) = {say_nothing, speak_plainly, hang_up};

    ck_assert_int_eq(read_files("localhost.crt", NULL, NULL), GW_OK);
    amqp_peer_start(&peer, scripts[_i]);
    ck_assert_int_eq(open_within("127.0.0.1", SHORT_MS, NULL), GW_TRANSIENT);
}
END_TEST

static void hang_up_after_login(struct amqp_peer *self)
{
    (void)amqp_peer_login(self);
}

/* The process would end of SIGPIPE. */
START_TEST(writing_to_a_peer_that_hung_up_is_transient)
{
    amqp_basic_ack_t ack = {.multiple = 1};
    enum gw_status status = GW_OK;

    present("localhost");
    ck_assert_int_eq(read_files("localhost.crt", NULL, NULL), GW_OK);
    amqp_peer_start(&peer, hang_up_after_login);
    ck_assert_int_eq(open_within("localhost", DEADLINE_MS, NULL), GW_OK);
    amqp_peer_stop(&peer);
    peer.script = NULL;
    for (int attempt = 0; attempt < 100 && status == GW_OK; attempt++) {
        size_t written;

        ck_assert_int_eq(rabbit_link_send(&link_, AMQP_BASIC_ACK_METHOD, &ack, NULL), GW_OK);
        status = rabbit_outgoing_write(&link_.out, &link_.wire, &written, NULL);
    }
    ck_assert_int_eq(status, GW_TRANSIENT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_tls");
    TCase *tests = tcase_create("tls");

    tcase_add_unchecked_fixture(tests, make_certificates, scratch_end);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, a_broker_with_a_certificate_of_its_name_is_accepted, 0, 2);
    tcase_add_test(tests, a_certificate_of_another_name_is_refused);
    tcase_add_test(tests, a_certificate_of_another_address_is_refused);
    tcase_add_test(tests, a_certificate_of_an_unknown_authority_is_refused);
    tcase_add_test(tests, a_certificate_that_the_system_does_not_know_is_refused);
    tcase_add_test(tests, files_that_are_no_certificates_are_refused);
    tcase_add_loop_test(tests, a_peer_without_tls_is_transient, 0, 3);
    tcase_add_test(tests, writing_to_a_peer_that_hung_up_is_transient);
    suite_add_tcase(suite, tests);
    return suite;
}
