/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: for other processes, for other sessions; that it ends, and that it is fair. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct instance instance;

static int64_t now_ms(void)
{
    return instance.host.host.monotonic_ms(&instance.host.host);
}

static sqlite3 *lock_database(const char *path)
{
    sqlite3 *db = sql_open(path);

    ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

START_TEST(a_database_that_another_process_is_writing_is_retried_later)
{
    const char *path = scratch_path("gangway.db");
    struct gw_session *session;
    sqlite3 *other;
    int64_t began;

    instance_open(&instance, path, "busy_timeout=100ms");
    session = instance_begin(&instance);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
    other = lock_database(path);
    began = now_ms();
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_TRANSIENT);
    ck_assert_int_ge(now_ms() - began, 100);
    ck_assert_int_lt(now_ms() - began, 3000);
    ck_assert_says(&instance, "locked");
    ck_assert_int_eq(instance_steps(&instance, session), 1);
    sqlite3_close(other);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_OK);
    instance.ops->close_session(session);
    instance_close(&instance);
}
END_TEST

struct writing {
    struct instance *instance;
    struct test_host host; /* of this session */
    struct gw_session *session;
    int64_t step;
    atomic_bool is_done;
    enum gw_status status;
    struct gw_error error;
    pthread_t thread;
};

static void *write_step(void *context)
{
    struct writing *writing = context;
    struct instance own = *writing->instance; /* for an error of its own */

    writing->status = instance_step(&own, writing->session, writing->step, 0);
    writing->error = own.error;
    atomic_store(&writing->is_done, true);
    return NULL;
}

static void begin_writing(struct writing *writing, int64_t step)
{
    writing->instance = &instance;
    writing->step = step;
    test_host_init(&writing->host, "repository");
    ck_assert_status(&instance,
                     instance.ops->open_session(instance.self, &writing->host.host, &writing->session, &instance.error),
                     GW_OK);
    ck_assert_int_eq(pthread_create(&writing->thread, NULL, write_step, writing), 0);
    while (atomic_load(&writing->host.waits) == 0)
        ck_assert(!atomic_load(&writing->is_done));
}

static enum gw_status end_writing(struct writing *writing)
{
    ck_assert_int_eq(pthread_join(writing->thread, NULL), 0);
    instance.ops->close_session(writing->session);
    instance.error = writing->error;
    return writing->status;
}

START_TEST(a_shutdown_ends_the_wait_for_another_process)
{
    const char *path = scratch_path("gangway.db");
    static struct writing writing;
    sqlite3 *other;

    instance_open(&instance, path, "busy_timeout=10m");
    instance.ops->close_session(instance_begin(&instance));
    other = lock_database(path);
    begin_writing(&writing, 0);
    test_host_cancel(&writing.host);
    ck_assert_status(&instance, end_writing(&writing), GW_CANCELLED);
    sqlite3_close(other);
    instance_close(&instance);
}
END_TEST

START_TEST(a_shutdown_ends_the_wait_for_other_sessions_and_the_queue_continues)
{
    const char *path = scratch_path("gangway.db");
    static struct writing ahead, between, behind;
    sqlite3 *other;

    instance_open(&instance, path, "busy_timeout=10m");
    instance.ops->close_session(instance_begin(&instance));
    other = lock_database(path);
    begin_writing(&ahead, 0); /* has its turn, and waits for the other process */
    begin_writing(&between, 7);
    begin_writing(&behind, 1);
    test_host_cancel(&between.host);
    ck_assert_status(&instance, end_writing(&between), GW_CANCELLED);
    ck_assert(!atomic_load(&ahead.is_done) && !atomic_load(&behind.is_done));
    sqlite3_close(other);
    ck_assert_status(&instance, end_writing(&ahead), GW_OK);
    ck_assert_status(&instance, end_writing(&behind), GW_OK);
    instance_close(&instance);
}
END_TEST

START_TEST(waiting_for_other_sessions_is_bounded)
{
    const char *path = scratch_path("gangway.db");
    static struct writing ahead, behind;
    sqlite3 *other;

    instance_open(&instance, path, "busy_timeout=200ms");
    instance.ops->close_session(instance_begin(&instance));
    other = lock_database(path);
    begin_writing(&ahead, 0);
    begin_writing(&behind, 1);
    ck_assert_status(&instance, end_writing(&ahead), GW_TRANSIENT);
    ck_assert_status(&instance, end_writing(&behind), GW_TRANSIENT);
    sqlite3_close(other);
    instance_close(&instance);
}
END_TEST

static enum gw_status ignore_row(void *context, const struct gw_view_row *row)
{
    (void)context;
    (void)row;
    return GW_OK;
}

START_TEST(a_view_is_read_while_a_writer_waits_for_another_process)
{
    struct gw_view_arguments arguments = {.size = sizeof arguments, .sku = gw_text_of("LAMP")};
    struct gw_view_visitor visitor = {.size = sizeof visitor, .row = ignore_row};
    const char *path = scratch_path("gangway.db");
    static struct writing writing;
    sqlite3 *other;
    void *reader;

    instance_open(&instance, path, "busy_timeout=10m");
    reader = instance_begin(&instance);
    other = lock_database(path);
    begin_writing(&writing, 0);
    ck_assert_status(&instance,
                     instance.ops->query(reader, GW_VIEW_AVAILABILITY, &arguments, &visitor, &instance.error), GW_OK);
    ck_assert(!atomic_load(&writing.is_done));
    sqlite3_close(other);
    ck_assert_status(&instance, end_writing(&writing), GW_OK);
    instance.ops->close_session(reader);
    instance_close(&instance);
}
END_TEST

/* ---- fairness: every session gets its turn, however eager the others are */

enum { SESSIONS = 6, WRITES = 600 };

struct eager {
    struct gw_session *session;
    int count;
    pthread_t thread;
};

static atomic_int writes_left;

static void *write_eagerly(void *context)
{
    struct eager *eager = context;
    struct gw_error error = {0};
    char source[32];

    (void)snprintf(source, sizeof source, "%p", context);
    while (atomic_fetch_sub(&writes_left, 1) > 0) {
        if (instance.ops->set_position(eager->session, gw_text_of(source), eager->count, &error) != GW_OK)
            break;
        eager->count++;
    }
    return NULL;
}

START_TEST(sessions_write_first_come_first_served)
{
    static struct eager sessions[SESSIONS];
    int total = 0;

    instance_open(&instance, scratch_path("gangway.db"), NULL);
    instance.ops->close_session(instance_begin(&instance));
    atomic_store(&writes_left, WRITES);
    for (int i = 0; i < SESSIONS; i++)
        ck_assert_status(&instance, instance_session(&instance, &sessions[i].session), GW_OK);
    for (int i = 0; i < SESSIONS; i++)
        ck_assert_int_eq(pthread_create(&sessions[i].thread, NULL, write_eagerly, &sessions[i]), 0);
    for (int i = 0; i < SESSIONS; i++) {
        ck_assert_int_eq(pthread_join(sessions[i].thread, NULL), 0);
        instance.ops->close_session(sessions[i].session);
        ck_assert_int_gt(sessions[i].count, WRITES / SESSIONS / 4);
        total += sessions[i].count;
    }
    ck_assert_int_eq(total, WRITES);
    instance_close(&instance);
}
END_TEST

TCase *sqlite_waiting_case(void)
{
    TCase *tests = tcase_create("waiting");

    tcase_add_checked_fixture(tests, scratch_begin, scratch_end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_database_that_another_process_is_writing_is_retried_later);
    tcase_add_test(tests, a_shutdown_ends_the_wait_for_another_process);
    tcase_add_test(tests, a_shutdown_ends_the_wait_for_other_sessions_and_the_queue_continues);
    tcase_add_test(tests, waiting_for_other_sessions_is_bounded);
    tcase_add_test(tests, a_view_is_read_while_a_writer_waits_for_another_process);
    tcase_add_test(tests, sessions_write_first_come_first_served);
    return tests;
}
