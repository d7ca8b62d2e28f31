/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of SQLite fails, for every n, in each kind of transaction: the session works again as soon as
 * memory does. A program of its own, because SQLite takes an allocator only before its first use in a process.
 */
#include "check_main.h"
#include "scratch.h"
#include "sqlite_instance.h"

#include <stdio.h>

static sqlite3_mem_methods real_memory;
static long asked;   /* allocations since the watch began */
static long fail_at; /* the one of them that fails; 0: none */

static bool fails(void)
{
    return ++asked == fail_at;
}

static void *failing_malloc(int size)
{
    return fails() ? NULL : real_memory.xMalloc(size);
}

static void *failing_realloc(void *ptr, int size)
{
    return fails() ? NULL : real_memory.xRealloc(ptr, size);
}

static void take_over_memory(void)
{
    sqlite3_mem_methods methods;

    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory), SQLITE_OK);
    methods = real_memory;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
}

static struct instance instance;
static struct gw_session *session;
static int64_t steps; /* that were applied */

/* ---- what a session does --------------------------------------------------------------------------------------- */

static enum gw_status ignore_row(void *context, const struct gw_outbox_row *row)
{
    (void)context;
    (void)row;
    return GW_OK;
}

static enum gw_status look(void)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = ignore_row};
    int64_t next_due;

    return instance.ops->outbox_next(session, gw_text_of("events"), 0, 10, 0, &visitor, &next_due, &instance.error);
}

static enum gw_status apply(void)
{
    enum gw_status status = instance_step(&instance, session, steps, 0);

    steps += status == GW_OK;
    return status;
}

static enum gw_status expire(void)
{
    uint32_t count;

    return instance.ops->expire(session, 0, 10, &count, &instance.error);
}

/* The next one is used from then on. */
static enum gw_status open_session(void)
{
    struct gw_session *next = NULL;
    enum gw_status status = instance_session(&instance, &next);

    if (status == GW_OK) {
        instance.ops->close_session(session);
        session = next;
    }
    return status;
}

static enum gw_status (*const operations[])(void) = {look, apply, expire, open_session};

/* One operation whose allocation of this number fails. Whether it came so far. */
static bool fail_once(enum gw_status (*operation)(void), long number)
{
    enum gw_status status;

    asked = 0;
    fail_at = number;
    status = operation();
    fail_at = 0;
    if (status != GW_OK)
        ck_assert_status(&instance, status, GW_NOMEM);
    return asked >= number;
}

START_TEST(a_session_that_ran_out_of_memory_anywhere_works_again)
{
    char name[32];
    long number = 0; /* of an operation that allocates nothing it ends at 1 */

    (void)snprintf(name, sizeof name, "gangway-%d.db", _i);
    take_over_memory();
    instance_open(&instance, scratch_path(name), NULL);
    session = instance_begin(&instance);
    steps = 0;
    ck_assert_status(&instance, apply(), GW_OK);
    while (fail_once(operations[_i], ++number)) {
        ck_assert_status(&instance, look(), GW_OK);
        ck_assert_int_eq(instance_steps(&instance, session), steps);
    }
    ck_assert_status(&instance, apply(), GW_OK);
    if (operations[_i] == open_session)
        ck_assert_int_gt(number, 1);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sqlite_memory");
    TCase *tcase = tcase_create("memory");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, scratch_begin, scratch_end);
    tcase_add_loop_test(tcase, a_session_that_ran_out_of_memory_anywhere_works_again, 0,
                        sizeof operations / sizeof operations[0]);
    suite_add_tcase(suite, tcase);
    return suite;
}
