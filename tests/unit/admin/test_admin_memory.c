/* SPDX-License-Identifier: Apache-2.0 */
/* The admin interface when memory runs out: at its start, when a client comes, and while it answers. */
#include "admin/admin.h"
#include "base/clock.h"
#include "check_main.h"
#include "failing_core.h"
#include "scratch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { STEPS_MAX = 1000 };

static const struct gw_log quiet;
static struct gw_event_loop *loop;
static struct gw_admin *admin;

static void answer_size(void *context, const struct gw_admin_request *request, struct gw_admin_response *response)
{
    (void)context;
    gw_buffer_append_int(&response->body, (int64_t)request->body.len);
}

static const struct gw_admin_route routes[] = {{"POST", "/size", true, answer_size, NULL}};

static enum gw_status open_admin(void)
{
    struct gw_admin_plan plan = {.loop = loop,
                                 .log = &quiet,
                                 .service = "test",
                                 .socket = scratch_path("admin.sock"),
                                 .routes = routes,
                                 .route_count = 1};
    struct gw_error error = {0};

    return gw_admin_new(&plan, &admin, &error);
}

static void set_up(void)
{
    scratch_begin();
    loop = gw_event_loop_new();
    ck_assert_ptr_nonnull(loop);
}

static void tear_down(void)
{
    gw_admin_free(admin);
    gw_event_loop_free(loop);
    scratch_end();
}

static void do_nothing(void *context)
{
    (void)context;
}

static void step(void)
{
    struct gw_event_timer timer = {.fired = do_nothing};

    gw_event_loop_set(loop, &timer, gw_clock_monotonic_ms() + 2);
    gw_event_loop_step(loop);
    gw_event_loop_cancel(loop, &timer);
}

/* The status of the answer; 0: the connection was closed without one. */
static int ask(void)
{
    static const char request[] = "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char answer[1024] = "";
    ssize_t got = -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)strcpy(address.sun_path, scratch_path("admin.sock"));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    for (int steps = 0; steps < STEPS_MAX && got < 0; steps++) {
        step();
        got = recv(fd, answer, sizeof answer - 1, 0);
        if (got < 0 && errno != EAGAIN)
            got = 0;
    }
    ck_assert_int_ge(got, 0);
    (void)close(fd);
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (answer[9] - '0') * 100 : 0;
}

START_TEST(a_start_without_memory_fails_and_leaves_nothing)
{
    for (long number = 1;; number++) {
        enum gw_status status;

        failing_core_begin(number);
        status = open_admin();
        if (failing_core_end() < number) {
            ck_assert_int_eq(status, GW_OK);
            ck_assert_int_gt(number, 1);
            return;
        }
        ck_assert_int_eq(status, GW_NOMEM);
        ck_assert_ptr_null(admin);
        ck_assert_int_ne(access(scratch_path("admin.sock"), F_OK), 0);
    }
}
END_TEST

START_TEST(a_request_without_memory_is_refused_and_the_next_one_is_answered)
{
    ck_assert_int_eq(open_admin(), GW_OK);
    for (long number = 1;; number++) {
        int status;

        failing_core_begin(number);
        status = ask();
        if (failing_core_end() < number) {
            ck_assert_int_eq(status, 200);
            ck_assert_int_gt(number, 3);
            return;
        }
        ck_assert_msg(status == 0 || status == 400 || status == 500, "status %d", status);
        ck_assert_int_eq(ask(), 200);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("admin memory");
    TCase *tests = tcase_create("memory");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_start_without_memory_fails_and_leaves_nothing);
    tcase_add_test(tests, a_request_without_memory_is_refused_and_the_next_one_is_answered);
    suite_add_tcase(suite, tests);
    return suite;
}
