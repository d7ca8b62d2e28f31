/* SPDX-License-Identifier: Apache-2.0 */
/* An input when the system has no thread for one of its workers. */
#include "check_main.h"
#include "gateway/gateway_input.h"
#include "process/wakeup.h"
#include "scripted.h"
#include "worker/identity.h"

#include <poll.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static struct gw_session *session;
static struct gw_component orders;
static struct gw_bootstrap model;
static struct gw_configuration *configuration;
static struct gw_site site;
static struct gw_gateway_input *input;
static unsigned threads_left; /* so many the system has */
static struct gw_error error;

enum gw_status __real_gw_worker_start(struct gw_worker *worker, struct gw_error *reterr);
enum gw_status __wrap_gw_worker_start(struct gw_worker *worker, struct gw_error *reterr);

enum gw_status __wrap_gw_worker_start(struct gw_worker *worker, struct gw_error *reterr)
{
    if (threads_left == 0)
        return gw_error_set(reterr, GW_NOMEM, "no thread");
    threads_left--;
    return __real_gw_worker_start(worker, reterr);
}

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    scripted_repository_lend();
    scripted_entrypoint.has_ids = true; /* it has no source, so that the workers, which share it, only read it */
    orders = (struct gw_component){.id = "orders",
                                   .section = GW_SECTION_ENTRYPOINTS,
                                   .plugin = &scripted_entrypoint_plugin,
                                   .settings.entrypoint = {.workers = 3, .turn = 4, .max_dead = 20}};
    model = (struct gw_bootstrap){.settings = {.service = "test"}};
    configuration = gw_configuration_new(NULL, &model);
    site = (struct gw_site){.service = "test",
                            .log = &quiet,
                            .repository_plugin = &scripted_repository.plugin,
                            .repository_self = NULL,
                            .ended = gw_wakeup_open()};
    ck_assert_int_eq(
        scripted_repository.plugin.open(NULL, scripted_repository.memory.config, &site.repository_self, &error), GW_OK);
    ck_assert_msg(gw_gateway_input_new(&site, configuration, &orders, &input, &error) == GW_OK, "%s", error.text);
}

static bool has_ended(void)
{
    bool is_finished;

    return gw_gateway_input_has_ended(input, &is_finished);
}

static void tear_down(void)
{
    gw_gateway_input_abort(input);
    while (!has_ended())
        (void)poll(NULL, 0, 1);
    gw_gateway_input_join(input);
    gw_gateway_input_free(input);
    scripted_repository.ops.close_session(session);
    scripted_repository.plugin.close(site.repository_self);
    gw_wakeup_close(site.ended);
    gw_configuration_release(configuration);
}

START_TEST(workers_without_a_thread_are_started_by_the_next_call)
{
    threads_left = 1;
    ck_assert_int_eq(gw_gateway_input_start(input, &error), GW_NOMEM);
    ck_assert(!input->is_started);
    ck_assert(!gw_gateway_input_is_up(input));
    ck_assert(!has_ended());
    threads_left = 2;
    ck_assert_int_eq(gw_gateway_input_start(input, &error), GW_OK);
    ck_assert(input->is_started);
    ck_assert_uint_eq(threads_left, 0);
}
END_TEST

START_TEST(a_stop_ends_the_workers_that_were_started)
{
    threads_left = 2;
    ck_assert_int_eq(gw_gateway_input_start(input, &error), GW_NOMEM);
    gw_gateway_input_stop(input);
    while (!has_ended())
        (void)poll(NULL, 0, 1);
}
END_TEST

START_TEST(one_that_was_never_started_ends_at_its_stop)
{
    threads_left = 0;
    ck_assert_int_eq(gw_gateway_input_start(input, &error), GW_NOMEM);
    ck_assert(!has_ended());
    gw_gateway_input_stop(input);
    ck_assert(has_ended());
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gateway_input");
    TCase *tests = tcase_create("start");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, workers_without_a_thread_are_started_by_the_next_call);
    tcase_add_test(tests, a_stop_ends_the_workers_that_were_started);
    tcase_add_test(tests, one_that_was_never_started_ends_at_its_stop);
    suite_add_tcase(suite, tests);
    return suite;
}
