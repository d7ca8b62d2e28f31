/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids are forgotten when they are old enough, and not before. */
#include "base/clock.h"
#include "check_main.h"
#include "runtime/expiry.h"
#include "scripted.h"

#include <string.h>

static const struct gw_log quiet = {.format = GW_LOG_JSON, .level = GW_LOG_ERROR};

static void *session;
static struct gw_thread_host host;
static struct gw_expiry expiry;

static void set_up(void)
{
    session = scripted_repository_open();
    gw_thread_host_init(&host, "shop", "repository", &quiet, -1);
    gw_expiry_init(&expiry, &scripted_repository.plugin, scripted_repository.self, &host, 60000);
}

static void add_ids(uint32_t count, int64_t unix_ms)
{
    static uint32_t made;
    struct gw_changeset changeset = {.size = sizeof changeset, .unix_ms = unix_ms};
    struct gw_apply_result result = {.size = sizeof result};

    for (uint32_t index = 0; index < count; index++) {
        struct gw_id_change id = {.outcome = GW_OUTCOME_APPLIED};

        made++;
        memcpy(id.id, &made, sizeof made);
        changeset.ids = (struct gw_array){&id, 1, sizeof id};
        ck_assert(scripted_repository.ops.apply(session, &changeset, &result, NULL) == GW_OK);
    }
}

static enum gw_status on_id(void *context, const struct gw_id_snapshot *id)
{
    (void)id;
    (*(uint32_t *)context)++;
    return GW_OK;
}

/* How many of the first `count` ids are known. */
static uint32_t known(uint32_t count)
{
    struct gw_id_request requests[2048] = {{{0}}};
    struct gw_load_request request = {.size = sizeof request, .ids = {requests, count, sizeof *requests}};
    uint32_t found = 0;
    struct gw_load_visitor visitor = {.size = sizeof visitor, .context = &found, .id = on_id};

    for (uint32_t index = 0; index < count; index++) {
        uint32_t number = index + 1;

        memcpy(requests[index].id, &number, sizeof number);
    }
    ck_assert(scripted_repository.ops.load(session, &request, &visitor, NULL) == GW_OK);
    return found;
}

START_TEST(ids_older_than_they_are_kept_are_forgotten)
{
    add_ids(3, gw_clock_unix_ms() - 120000);
    add_ids(2, gw_clock_unix_ms());
    gw_expiry_run(&expiry);
    ck_assert_uint_eq(known(5), 2);
    gw_expiry_done(&expiry);
}
END_TEST

START_TEST(it_looks_again_at_once_only_while_there_is_more)
{
    add_ids(1500, 1);
    gw_expiry_run(&expiry);
    ck_assert_uint_eq(known(1500), 500);
    gw_expiry_run(&expiry);
    ck_assert_uint_eq(known(1500), 0);
    add_ids(1, 1);
    gw_expiry_run(&expiry); /* not for a minute */
    ck_assert_uint_eq(known(1501), 1);
    gw_expiry_done(&expiry);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("expiry");
    TCase *expiries = tcase_create("expiry");

    tcase_add_checked_fixture(expiries, set_up, NULL);
    tcase_add_test(expiries, ids_older_than_they_are_kept_are_forgotten);
    tcase_add_test(expiries, it_looks_again_at_once_only_while_there_is_more);
    suite_add_tcase(suite, expiries);
    return suite;
}
