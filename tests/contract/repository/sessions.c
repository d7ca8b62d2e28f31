/* SPDX-License-Identifier: Apache-2.0 */
/* Instances and sessions: two on one product, many threads, opening again, check. */
#include "answers.h"
#include "everything.h"
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

static struct changes changes;

/* Two sessions that both loaded version 3 and both allocate. */
START_TEST(of_two_sessions_on_one_version_one_wins_and_one_conflicts)
{
    struct gw_session *other = repository_session();
    struct question question = {0};
    struct answer mine, theirs;

    given_batch("LAMP", "b1", 10, 0, 0);
    given_line("LAMP", 1, "o1", 1, "b1", 10, 1);
    given_line("LAMP", 2, "o2", 1, "b1", 10, 2);
    ask_product(&question, "LAMP", 1, 16);
    load(&question, &mine);
    ask_product(&question, "LAMP", 1, 16);
    ck_assert_ok(load_in(other, &question, &theirs));
    ck_assert_int_eq(told_version(&mine, "LAMP"), 3);
    ck_assert_int_eq(told_version(&theirs, "LAMP"), 3);
    answer_done(&mine);
    answer_done(&theirs);
    for (int i = 0; i < 2; i++) {
        changes_init(&changes);
        change_batch(&changes, change_product(&changes, "LAMP", 3, 4), "b1", 10, 3);
        change_take(&changes, 0, i == 0 ? "o3" : "o4", 1, "b1", 4);
        ck_assert_status(apply_in(i == 0 ? other : repo.session, &changes), i == 0 ? GW_OK : GW_CONFLICT);
    }
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o3", "", 0), "LAMP b1 1 0\n");
    ck_assert_answer(view_of(GW_VIEW_ALLOCATIONS, "o4", "", 0), "");
    repo.ops->close_session(other);
}
END_TEST

enum { THREADS = 4, ALLOCATIONS = 250, PURCHASED = 2000 };

static pthread_barrier_t all_ready;

static enum gw_status keep_version(void *context, const struct gw_product_snapshot *product)
{
    *(struct gw_product_snapshot *)context = *product;
    return GW_OK;
}

static enum gw_status keep_nothing(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

/* Version and stamp; version -1: the load failed. */
static struct gw_product_snapshot product_now(struct gw_session *session)
{
    struct gw_product_snapshot found = {.version = -1};
    struct gw_product_request item = {T("LAMP"), 1, 1, 0};
    struct gw_load_request request = {.size = sizeof request, .products = {&item, 1, sizeof item}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = &found, .product = keep_version, .batch = keep_nothing};
    struct gw_error error = {0};

    if (repo.ops->load(session, &request, &visitor, &error) != GW_OK)
        found.version = -1;
    return found;
}

/* Allocates one line: OK, or CONFLICT when another thread was first. */
static enum gw_status allocate_one(struct gw_session *session, const struct gw_product_snapshot *now,
                                   const char *orderid)
{
    static _Atomic int64_t stamps = 1;
    int64_t version = now->version;
    struct gw_product_change product = {
        .sku = T("LAMP"), .expected = version, .version = version + 1, .stamp = now->stamp, .events = 1};
    struct gw_batch_update update = {.ref = T("b1"),
                                     .old_purchased = PURCHASED,
                                     .old_allocated = version - 1,
                                     .purchased = PURCHASED,
                                     .allocated = version};
    struct gw_line_insert line = {0, 0, T(orderid), 1, T("b1"), version + 1};
    struct gw_effect effect = {.event = 1, .destination = T("events"), .id = T(orderid)};
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = stamps++,
        .products = {&product, 1, sizeof product},
        .batch_updates = {&update, 1, sizeof update},
        .line_inserts = {&line, 1, sizeof line},
        .effects = {&effect, repository_has(GW_REPOSITORY_OUTBOX), sizeof effect},
    };
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_error error = {0};

    return repo.ops->apply(session, &set, &result, &error);
}

static void *allocate_many(void *session)
{
    uintptr_t wrong = 0;

    (void)pthread_barrier_wait(&all_ready);
    for (int i = 0; i < ALLOCATIONS; i++) {
        enum gw_status status;
        char orderid[64];

        (void)snprintf(orderid, sizeof orderid, "%p-%d", session, i);
        do {
            struct gw_product_snapshot now = product_now(session);

            status = now.version < 1 ? GW_TRANSIENT : allocate_one(session, &now, orderid);
            wrong += status != GW_OK && status != GW_CONFLICT && status != GW_TRANSIENT;
        } while (status != GW_OK && wrong == 0);
    }
    return (void *)wrong; /* NOLINT(performance-no-int-to-ptr): a count, on its way through pthread_join */
}

START_TEST(sessions_of_several_threads_lose_nothing)
{
    struct gw_session *sessions[THREADS];
    pthread_t threads[THREADS];
    int64_t due_in_ms;
    char *rows;

    given_batch("LAMP", "b1", PURCHASED, 0, 0);
    ck_assert_int_eq(pthread_barrier_init(&all_ready, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        sessions[i] = repository_session();
        ck_assert_int_eq(pthread_create(&threads[i], NULL, allocate_many, sessions[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *wrong;

        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
        repo.ops->close_session(sessions[i]);
    }
    ck_assert_int_eq(product_now(repo.session).version, 1 + THREADS * ALLOCATIONS);
    ck_assert_answer(view_of(GW_VIEW_AVAILABILITY, "", "LAMP", 0), "LAMP b1 1000 0\n");
    if (!repository_has(GW_REPOSITORY_OUTBOX))
        return;
    rows = outbox_ids("events", 0, UINT32_MAX, &due_in_ms);
    ck_assert_uint_ge(strlen(rows), THREADS * ALLOCATIONS);
    free(rows);
}
END_TEST

START_TEST(an_applied_changeset_survives_a_reopen)
{
    struct gw_dead_letter letter = {
        .entrypoint = T("orders"), .identity = T("d1"), .payload = T("p"), .reason = T("r")};
    char *before;

    if (!is_persistent)
        return;
    given_batch("LAMP", "b1", 10, 0, 20261224);
    given_line("LAMP", 1, "o1", 3, "b1", 10, 3);
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 2, 2);
    change_position(&changes, "s1", GW_OFFSET_NONE, 5);
    change_mark(&changes, 99);
    if (repository_has(GW_REPOSITORY_INBOX))
        change_id(&changes, "id1", "body", GW_OUTCOME_APPLIED, "");
    if (repository_has(GW_REPOSITORY_DEAD_LETTERS))
        change_dead(&changes, &letter);
    if (repository_has(GW_REPOSITORY_OUTBOX))
        change_effect(&changes, 0, "events", "k1");
    ck_assert_ok(apply(&changes));
    before = everything();
    repository_reopen();
    ck_assert_answer(everything(), before);
    free(before);
}
END_TEST

START_TEST(migrate_again_changes_nothing)
{
    int64_t from = -1;
    int64_t to = -1;
    char *before;

    given_batch("LAMP", "b1", 10, 0, 0);
    before = everything();
    ck_assert_ok(repo.ops->migrate(repo.self, &repo.host.host, &from, &to, &last_error));
    ck_assert_int_eq(from, to);
    ck_assert_answer(everything(), before);
    free(before);
}
END_TEST

static void count_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    ck_assert_status(status, GW_OK);
    ck_assert_uint_gt(subject.len, 0);
    ck_assert_uint_gt(finding.len, 0);
    ++*(int *)report->context;
}

START_TEST(check_reports_a_valid_repository_as_ok)
{
    int lines = 0;
    struct gw_report report = {.size = sizeof report, .sessions = 1, .context = &lines, .line = count_line};

    ck_assert_ok(repo.plugin.descriptor->check(repo.self, &report));
    ck_assert_int_gt(lines, 0);
}
END_TEST

START_TEST(two_instances_of_one_plugin_are_independent)
{
    const struct gw_plugin *descriptor = repo.plugin.descriptor;
    void *second = NULL;

    ck_assert_ok(descriptor->open(&repo.host.host, repo.plugin.config, &second, &last_error));
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_ne(second, repo.self);
    descriptor->close(second);
    given_batch("LAMP", "b1", 10, 0, 0);
}
END_TEST

START_TEST(close_accepts_null)
{
    repo.plugin.descriptor->close(NULL);
    repo.ops->close_session(NULL);
}
END_TEST

TCase *sessions_case(void)
{
    TCase *tests = repository_case("sessions");

    tcase_add_test(tests, of_two_sessions_on_one_version_one_wins_and_one_conflicts);
    tcase_add_test(tests, sessions_of_several_threads_lose_nothing);
    tcase_add_test(tests, an_applied_changeset_survives_a_reopen);
    tcase_add_test(tests, migrate_again_changes_nothing);
    tcase_add_test(tests, check_reports_a_valid_repository_as_ok);
    tcase_add_test(tests, two_instances_of_one_plugin_are_independent);
    tcase_add_test(tests, close_accepts_null);
    return tests;
}
