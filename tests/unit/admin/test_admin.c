/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server of the admin interface, asked by raw clients: routes, refusals, limits, slow clients. */
#include "admin/admin.h"
#include "base/address.h"
#include "base/clock.h"
#include "check_main.h"
#include "log_file.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 * 1024, STEPS_MAX = 2000 };

static struct gw_event_loop *loop;
static struct gw_admin *admin;
static char answer[ANSWER_MAX];
static int64_t skipped_ms;
static int accept_fails;

int64_t __real_gw_clock_monotonic_ms(void);
int64_t __wrap_gw_clock_monotonic_ms(void);
int __real_accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags);
int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags);

int64_t __wrap_gw_clock_monotonic_ms(void)
{
    return __real_gw_clock_monotonic_ms() + skipped_ms;
}

int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags)
{
    if (accept_fails == 0)
        return __real_accept4(fd, peer, length, flags);
    accept_fails++;
    errno = EMFILE;
    return -1;
}

/* ---- the routes */

static void answer_hello(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    const char *name = gw_admin_request_query(request, "name");

    if (request->wants_json)
        response->content_type = "application/json";
    gw_buffer_append_format(&response->body, "hello %s from %s", name != NULL ? name : "nobody", (const char *)context);
}

static void answer_size(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)context;
    response->status = 202;
    gw_buffer_append_int(&response->body, (int64_t)request->body.len);
}

static void answer_too_much(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)context;
    (void)request;
    response->body.has_failed = true;
}

static char here[] = "here";
static const struct gw_admin_route routes[] = {{"GET", "/hello", false, answer_hello, here},
                                               {"POST", "/size", true, answer_size, NULL},
                                               {"GET", "/size", true, answer_hello, here},
                                               {"GET", "/too-much", false, answer_too_much, NULL}};

/* ---- the server */

static void set_up(void)
{
    scratch_begin();
    skipped_ms = 0;
    accept_fails = 0;
    loop = gw_event_loop_new();
    ck_assert_ptr_nonnull(loop);
}

static void open_admin(const char *listen)
{
    static const struct gw_log log;
    struct gw_admin_plan plan = {.loop = loop,
                                 .log = &log,
                                 .service = "test",
                                 .socket = scratch_path("admin.sock"),
                                 .listen = listen,
                                 .routes = routes,
                                 .route_count = sizeof routes / sizeof routes[0]};
    struct gw_error error = {0};

    ck_assert_msg(gw_admin_new(&plan, &admin, &error) == GW_OK, "%s", error.text);
}

static void set_up_admin(void)
{
    set_up();
    open_admin(NULL);
}

static void tear_down(void)
{
    gw_admin_free(admin);
    admin = NULL;
    gw_event_loop_free(loop);
    scratch_end();
}

static void do_nothing(void *context)
{
    (void)context;
}

/* One step, which ends soon when nothing is to be done. */
static void step(void)
{
    struct gw_event_timer timer = {.fired = do_nothing};

    gw_event_loop_set(loop, &timer, gw_clock_monotonic_ms() + 2);
    gw_event_loop_step(loop);
    gw_event_loop_cancel(loop, &timer);
}

/* ---- clients */

static int connected(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)strcpy(address.sun_path, scratch_path("admin.sock"));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t length = strlen(text);

    for (size_t sent = 0; sent < length;) {
        ssize_t more = send(fd, text + sent, length - sent, MSG_NOSIGNAL);

        if (more < 0 && errno == EPIPE)
            return;
        if (more > 0)
            sent += (size_t)more;
        step();
    }
}

/* Steps until the server closes the connection. What it sent is in answer. */
static void read_answer(int fd)
{
    size_t length = 0;

    for (int steps = 0; steps < STEPS_MAX; steps++) {
        ssize_t more = recv(fd, answer + length, sizeof answer - 1 - length, 0);

        if (more > 0)
            length += (size_t)more;
        else if (more == 0 || errno != EAGAIN)
            break;
        answer[length] = '\0';
        step();
    }
    answer[length] = '\0';
    (void)close(fd);
}

static int status_of_answer(void)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

static int ask(const char *text)
{
    int fd = connected();

    send_text(fd, text);
    read_answer(fd);
    return status_of_answer();
}

static int get(const char *path, const char *headers)
{
    char text[1024];

    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", path, headers);
    return ask(text);
}

static const char *body(void)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end != NULL ? end + 4 : "";
}

static bool has_header(const char *line)
{
    return strcasestr(answer, line) != NULL;
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK) == 0;
}

/* ---- routes */

START_TEST(a_route_answers_with_status_type_and_body)
{
    ck_assert_int_eq(get("/hello?name=ann", ""), 200);
    ck_assert_str_eq(body(), "hello ann from here");
    ck_assert(has_header("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    ck_assert_int_eq(get("/hello", ""), 200);
    ck_assert_str_eq(body(), "hello nobody from here");
}
END_TEST

START_TEST(json_is_asked_for_by_accept_or_by_format)
{
    static const struct {
        const char *path;
        const char *headers;
        bool is_json;
    } cases[] = {{"/hello?format=json", "", true},
                 {"/hello", "Accept: application/json\r\n", true},
                 {"/hello", "Accept: application/json, text/plain;q=0.1\r\n", true},
                 {"/hello", "Accept: text/plain, application/json\r\n", false},
                 {"/hello", "Accept: */*\r\n", false},
                 {"/hello?format=text", "Accept: application/json\r\n", false}};

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        ck_assert_int_eq(get(cases[index].path, cases[index].headers), 200);
        ck_assert_int_eq(has_header("\r\nContent-Type: application/json\r\n"), cases[index].is_json);
    }
}
END_TEST

START_TEST(an_unknown_path_is_404_and_a_wrong_method_405_with_allow)
{
    ck_assert_int_eq(get("/hell", ""), 404);
    ck_assert_int_eq(get("/hello/", ""), 404);
    ck_assert_int_eq(ask("DELETE /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 405);
    ck_assert(has_header("\r\nAllow: GET, HEAD\r\n"));
    ck_assert_int_eq(ask("PUT /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"), 405);
    ck_assert(has_header("\r\nAllow: POST, GET, HEAD\r\n"));
}
END_TEST

START_TEST(head_has_the_headers_of_get_and_no_body)
{
    ck_assert_int_eq(ask("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
    ck_assert(has_header("\r\nContent-Length: 22\r\n"));
    ck_assert_str_eq(body(), "");
}
END_TEST

START_TEST(a_body_reaches_the_handler_whole)
{
    ck_assert_int_eq(ask("POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n12345"), 202);
    ck_assert_str_eq(body(), "5");
    ck_assert_int_eq(ask("POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"),
                     202);
    ck_assert_str_eq(body(), "7");
}
END_TEST

START_TEST(one_connection_serves_several_requests)
{
    int fd = connected();

    send_text(fd, "GET /hello?name=a HTTP/1.1\r\nHost: x\r\n\r\nGET /hello?name=b HTTP/1.1\r\nHost: x\r\n"
                  "Connection: close\r\n\r\n");
    read_answer(fd);
    ck_assert_ptr_nonnull(strstr(answer, "hello a from here"));
    ck_assert_ptr_nonnull(strstr(answer, "hello b from here"));
}
END_TEST

START_TEST(a_response_that_does_not_fit_is_500)
{
    ck_assert_int_eq(get("/too-much", ""), 500);
}
END_TEST

/* ---- limits */

START_TEST(a_body_that_is_too_large_is_413_whether_it_is_announced_or_not)
{
    static char text[GW_ADMIN_BODY_MAX_BYTES + 512];
    int head = snprintf(text, sizeof text,
                        "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "%x\r\n",
                        GW_ADMIN_BODY_MAX_BYTES + 1);

    ck_assert_int_eq(ask("POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2097153\r\n\r\nabc"),
                     413);
    (void)memset(text + head, 'x', GW_ADMIN_BODY_MAX_BYTES + 1);
    (void)strcpy(text + head + GW_ADMIN_BODY_MAX_BYTES + 1, "\r\n0\r\n\r\n");
    ck_assert_int_eq(ask(text), 413);
}
END_TEST

START_TEST(headers_that_are_too_large_are_refused)
{
    static char text[2 * GW_ADMIN_HEAD_MAX_BYTES];
    int head = snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ");
    int status;

    (void)memset(text + head, 'x', sizeof text - (size_t)head - 5);
    (void)strcpy(text + sizeof text - 5, "\r\n\r\n");
    status = ask(text);
    ck_assert_msg(status == 431 || status == 413, "status %d", status);
}
END_TEST

START_TEST(nonsense_is_400_or_closes_the_connection)
{
    int status = ask("nonsense\r\n\r\n");

    ck_assert_msg(status == 400 || status == 0, "status %d", status);
    ck_assert_int_eq(get("/hello", ""), 200);
}
END_TEST

START_TEST(a_slow_client_holds_up_no_other)
{
    int slow = connected();

    send_text(slow, "GET /hello HTTP/1.1\r\nHost: x\r\n");
    ck_assert_int_eq(get("/hello", ""), 200);
    ck_assert(!is_closed(slow));
    send_text(slow, "Connection: close\r\n\r\n");
    read_answer(slow);
    ck_assert_int_eq(status_of_answer(), 200);
}
END_TEST

START_TEST(when_all_connections_are_taken_the_one_that_waited_longest_is_closed)
{
    int slow[GW_ADMIN_MAX_CONNECTIONS];

    for (int index = 0; index < GW_ADMIN_MAX_CONNECTIONS; index++) {
        slow[index] = connected();
        send_text(slow[index], "GET /he");
        skipped_ms++;
    }
    ck_assert(!is_closed(slow[0]));
    ck_assert_int_eq(get("/hello", ""), 200);
    ck_assert(is_closed(slow[0]));
    for (int index = 0; index < GW_ADMIN_MAX_CONNECTIONS; index++) {
        if (index > 0)
            ck_assert(!is_closed(slow[index]));
        (void)close(slow[index]);
    }
}
END_TEST

START_TEST(a_request_that_is_not_over_in_time_is_closed_though_bytes_come)
{
    int slow = connected();
    int served = connected();

    send_text(slow, "GET /hello HTTP/1.1\r\n");
    skipped_ms += GW_ADMIN_REQUEST_MS / 2;
    send_text(slow, "X-");
    send_text(served, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int steps = 0; steps < 10; steps++)
        step();
    skipped_ms += GW_ADMIN_REQUEST_MS / 2 - 1000;
    send_text(slow, "X-");
    ck_assert(!is_closed(slow));
    skipped_ms += 1001;
    for (int steps = 0; steps < STEPS_MAX && !is_closed(slow); steps++)
        step();
    ck_assert(is_closed(slow));
    ck_assert(!is_closed(served));
    (void)close(slow);
    (void)close(served);
}
END_TEST

START_TEST(without_descriptors_it_does_not_spin_and_accepts_later)
{
    int fd = connected();

    accept_fails = 1;
    send_text(fd, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int steps = 0; steps < 20; steps++)
        step();
    ck_assert_int_eq(accept_fails, 2);
    accept_fails = 0;
    skipped_ms += 1000;
    read_answer(fd);
    ck_assert_int_eq(status_of_answer(), 200);
}
END_TEST

/* ---- listeners */

static const char *free_address(void)
{
    static char text[64];
    struct gw_address address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert(gw_address_read("127.0.0.1:0", &address));
    ck_assert_int_eq(bind(fd, &address.socket.any, address.length), 0);
    ck_assert_int_eq(getsockname(fd, &address.socket.any, &address.length), 0);
    (void)close(fd);
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(address.socket.v4.sin_port));
    return text;
}

static int ask_tcp(const char *where, const char *path)
{
    struct gw_address address;
    char text[256];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert(gw_address_read(where, &address));
    ck_assert_int_eq(connect(fd, &address.socket.any, address.length), 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    send_text(fd, text);
    read_answer(fd);
    return status_of_answer();
}

START_TEST(the_listener_knows_only_routes_that_are_for_it)
{
    const char *where = free_address();

    open_admin(where);
    ck_assert_int_eq(ask_tcp(where, "/hello"), 200);
    ck_assert_int_eq(ask_tcp(where, "/size"), 404);
    ck_assert_int_eq(get("/size", ""), 200);
}
END_TEST

START_TEST(an_address_that_is_in_use_is_refused_and_the_socket_is_gone)
{
    static const struct gw_log log;
    const char *where = free_address();
    struct gw_admin_plan plan = {
        .loop = loop, .log = &log, .service = "test", .socket = scratch_path("second.sock"), .listen = where};
    struct gw_admin *second = NULL;
    struct gw_error error = {0};

    open_admin(where);
    ck_assert_int_eq(gw_admin_new(&plan, &second, &error), GW_CONFIG);
    ck_assert_int_eq(error.os_error, EADDRINUSE);
    ck_assert_ptr_null(second);
    ck_assert_int_ne(access(plan.socket, F_OK), 0);
    ck_assert_int_eq(ask_tcp(where, "/hello"), 200);
}
END_TEST

START_TEST(without_a_runtime_directory_there_is_one_warning_and_no_socket)
{
    struct gw_admin_plan plan = {.loop = loop, .log = &log_file, .service = "test"};
    struct gw_error error = {0};

    log_file_open();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path("not/there"), 1), 0);
    ck_assert_int_eq(gw_admin_new(&plan, &admin, &error), GW_OK);
    ck_assert_ptr_null(gw_admin_socket_path(admin));
    ck_assert_uint_eq(logged(GW_CODE_ADMIN_SOCKET_MISSING, NULL), 1);
}
END_TEST

static TCase *server_tests(void)
{
    TCase *tests = tcase_create("server");

    tcase_add_checked_fixture(tests, set_up_admin, tear_down);
    tcase_add_test(tests, a_route_answers_with_status_type_and_body);
    tcase_add_test(tests, json_is_asked_for_by_accept_or_by_format);
    tcase_add_test(tests, an_unknown_path_is_404_and_a_wrong_method_405_with_allow);
    tcase_add_test(tests, head_has_the_headers_of_get_and_no_body);
    tcase_add_test(tests, a_body_reaches_the_handler_whole);
    tcase_add_test(tests, one_connection_serves_several_requests);
    tcase_add_test(tests, a_response_that_does_not_fit_is_500);
    tcase_add_test(tests, a_body_that_is_too_large_is_413_whether_it_is_announced_or_not);
    tcase_add_test(tests, headers_that_are_too_large_are_refused);
    tcase_add_test(tests, nonsense_is_400_or_closes_the_connection);
    tcase_add_test(tests, a_slow_client_holds_up_no_other);
    tcase_add_test(tests, when_all_connections_are_taken_the_one_that_waited_longest_is_closed);
    tcase_add_test(tests, a_request_that_is_not_over_in_time_is_closed_though_bytes_come);
    tcase_add_test(tests, without_descriptors_it_does_not_spin_and_accepts_later);
    return tests;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("admin");
    TCase *listeners = tcase_create("listeners");

    suite_add_tcase(suite, server_tests());
    tcase_add_checked_fixture(listeners, set_up, tear_down);
    tcase_add_test(listeners, the_listener_knows_only_routes_that_are_for_it);
    tcase_add_test(listeners, an_address_that_is_in_use_is_refused_and_the_socket_is_gone);
    tcase_add_test(listeners, without_a_runtime_directory_there_is_one_warning_and_no_socket);
    suite_add_tcase(suite, listeners);
    return suite;
}
