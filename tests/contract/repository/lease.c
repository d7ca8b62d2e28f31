/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lease of a destination, where several processes share the repository: only its holder settles. A second instance
 * acts as another process.
 */
#include "answers.h"
#include "fixture.h"
#include "settling.h"

enum { NOW = 5000, FREE_WITHIN_MS = 5000, ASK_EVERY_MS = 10 };

static struct changes changes;
static struct gw_session *other;

/* A row for events and one for mail; the number of the first. */
static int64_t given_rows(void)
{
    changes_init(&changes);
    change_new_batch(&changes, change_product(&changes, "LAMP", 0, 1), "b1", 10, 0, 0, 1);
    change_effect(&changes, 0, "events", "k1");
    change_effect(&changes, 0, "mail", "m1");
    ck_assert_ok(apply(&changes));
    return first_effect;
}

static enum gw_status lease(struct gw_session *session, const char *destination)
{
    return repo.ops->lease(session, T(destination), &last_error);
}

static enum gw_status settle(struct gw_session *session, const char *destination, int64_t number)
{
    struct settling item = {.number = number, .way = DELIVERED};

    return settle_in(session, destination, &item, 1);
}

static void assert_pending(const char *destination, const char *expected)
{
    int64_t due_in_ms;

    ck_assert_answer(outbox_ids(destination, 0, 100, &due_in_ms), expected);
}

/* A session ends on the server a moment after it was closed here. */
static void assert_free_soon(const char *destination)
{
    int64_t deadline = repo.host.host.monotonic_ms(&repo.host.host) + FREE_WITHIN_MS;
    enum gw_status status = lease(repo.session, destination);

    while (status == GW_CONFLICT && repo.host.host.monotonic_ms(&repo.host.host) < deadline) {
        uint32_t ready;
        int64_t until = repo.host.host.monotonic_ms(&repo.host.host) + ASK_EVERY_MS;

        ck_assert_ok(repo.host.host.wait(&repo.host.host, -1, 0, until, &ready));
        status = lease(repo.session, destination);
    }
    ck_assert_ok(status);
}

START_TEST(a_lease_can_be_renewed_by_its_holder)
{
    for (int i = 0; i < 3; i++)
        ck_assert_ok(lease(repo.session, "events"));
}
END_TEST

START_TEST(a_lease_has_one_holder)
{
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    ck_assert_status(lease(repo.session, "events"), GW_CONFLICT);
    ck_assert_status(lease(repo.session, "events"), GW_CONFLICT);
    ck_assert_ok(lease(other, "events"));
    repo.ops->close_session(other);
}
END_TEST

START_TEST(a_lease_is_free_once_its_session_is_closed)
{
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    ck_assert_ok(lease(other, "events")); /* asked twice, held once */
    ck_assert_ok(lease(other, "mail"));
    repo.ops->close_session(other);
    assert_free_soon("events");
    assert_free_soon("mail");
}
END_TEST

START_TEST(destinations_have_leases_of_their_own)
{
    other = repository_session();
    ck_assert_ok(lease(other, "mail"));
    ck_assert_ok(lease(repo.session, "events"));
    ck_assert_status(lease(other, "events"), GW_CONFLICT);
    ck_assert_status(lease(repo.session, "mail"), GW_CONFLICT);
    ck_assert_ok(lease(other, "mail"));
    ck_assert_ok(lease(repo.session, "events"));
    repo.ops->close_session(other);
}
END_TEST

START_TEST(settling_without_the_lease_is_a_conflict_and_records_nothing)
{
    int64_t first = given_rows();

    ck_assert_status(settle(repo.session, "events", first), GW_CONFLICT);
    assert_pending("events", "k1");
    ck_assert_ok(lease(repo.session, "mail"));
    ck_assert_status(settle(repo.session, "events", first), GW_CONFLICT);
    assert_pending("events", "k1");
    ck_assert_ok(settle(repo.session, "mail", first + 1));
    assert_pending("mail", "");
}
END_TEST

START_TEST(only_the_holder_settles)
{
    int64_t first = given_rows();

    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    ck_assert_status(settle(repo.session, "events", first), GW_CONFLICT);
    assert_pending("events", "k1");
    ck_assert_ok(settle(other, "events", first));
    assert_pending("events", "");
    ck_assert_ok(lease(other, "events"));
    repo.ops->close_session(other);
}
END_TEST

START_TEST(reading_rows_needs_no_lease)
{
    (void)given_rows();
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    assert_pending("events", "k1");
    ck_assert_answer(figures(), "events 1\nmail 1\n");
    repo.ops->close_session(other);
}
END_TEST

START_TEST(apply_needs_no_lease)
{
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    (void)given_rows();
    ck_assert_ok(lease(repo.session, "mail"));
    changes_init(&changes);
    (void)change_product(&changes, "LAMP", 1, 1);
    change_effect(&changes, 0, "events", "k2");
    ck_assert_ok(apply_in(other, &changes));
    assert_pending("events", "k1 k2");
    ck_assert_ok(lease(other, "events"));
    ck_assert_ok(lease(repo.session, "mail"));
    repo.ops->close_session(other);
}
END_TEST

START_TEST(a_second_instance_runs_beside_the_first_and_waits_for_its_lease)
{
    const struct gw_plugin *descriptor = repo.plugin.descriptor;
    int64_t first = given_rows();
    void *second = NULL;

    ck_assert_ok(descriptor->open(&repo.host.host, repo.plugin.config, &second, &last_error));
    ck_assert_ok(repo.ops->claim(second, &last_error));
    ck_assert_ok(repo.ops->open_session(second, &repo.host.host, &other, &last_error));
    ck_assert_ok(lease(other, "events"));
    ck_assert_status(lease(repo.session, "events"), GW_CONFLICT);
    ck_assert_ok(settle(other, "events", first));
    assert_pending("events", "");
    repo.ops->close_session(other);
    descriptor->close(second);
    assert_free_soon("events");
}
END_TEST

/* ---- announcements: a repository may have them ------------------------------------------------------------------ */

/* Whether an announcement has arrived, or does within this time. */
static bool hears(struct gw_session *session, int64_t within_ms)
{
    int64_t until = repo.host.host.monotonic_ms(&repo.host.host) + within_ms;
    uint32_t ready = 0;
    int32_t fd;

    if (repo.ops->outbox_await(session, &fd) == GW_ALREADY)
        return true;
    ck_assert_int_ge(fd, 0);
    ck_assert_ok(repo.host.host.wait(&repo.host.host, fd, GW_WAIT_READ, until, &ready));
    return ready != 0;
}

static bool has_announcements(void)
{
    ck_assert_int_eq(repo.ops->outbox_announce != NULL, repo.ops->outbox_await != NULL);
    return repo.ops->outbox_announce != NULL;
}

static enum gw_status ignore_row(void *context, const struct gw_outbox_row *row)
{
    (void)context, (void)row;
    return GW_OK;
}

static void look(struct gw_session *session, const char *destination)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = ignore_row};
    int64_t due_in_ms;

    ck_assert_ok(repo.ops->outbox_next(session, T(destination), 0, 1, 0, &visitor, &due_in_ms, &last_error));
}

START_TEST(an_announcement_reaches_the_holder_of_that_destination)
{
    struct gw_session *mail;

    if (!has_announcements())
        return;
    other = repository_session();
    mail = repository_session();
    ck_assert_ok(lease(other, "events"));
    ck_assert_ok(lease(mail, "mail"));
    look(other, "events");
    look(mail, "mail");
    ck_assert(!hears(other, 0));
    ck_assert_ok(repo.ops->outbox_announce(repo.session, T("events"), &last_error));
    ck_assert(hears(other, FREE_WITHIN_MS));
    look(other, "events");
    ck_assert(!hears(other, 0));
    ck_assert(!hears(mail, 0));
    ck_assert(!hears(repo.session, 0));
    repo.ops->close_session(mail);
    repo.ops->close_session(other);
}
END_TEST

START_TEST(an_announcement_is_kept_through_a_renewal_until_the_next_look)
{
    if (!has_announcements())
        return;
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    look(other, "events");
    ck_assert_ok(repo.ops->outbox_announce(repo.session, T("events"), &last_error));
    ck_assert(hears(other, FREE_WITHIN_MS));
    ck_assert_ok(lease(other, "events"));
    ck_assert(hears(other, 0));
    look(other, "events");
    ck_assert(!hears(other, 0));
    repo.ops->close_session(other);
}
END_TEST

START_TEST(who_acquires_a_free_lease_hears_announcements_from_then_on)
{
    if (!has_announcements())
        return;
    other = repository_session();
    ck_assert_ok(lease(other, "events"));
    repo.ops->close_session(other);
    assert_free_soon("events");
    look(repo.session, "events");
    other = repository_session();
    ck_assert_ok(repo.ops->outbox_announce(other, T("events"), &last_error));
    ck_assert(hears(repo.session, FREE_WITHIN_MS));
    repo.ops->close_session(other);
}
END_TEST

TCase *lease_case(void)
{
    TCase *tests = repository_case("lease");

    tcase_add_test(tests, a_lease_can_be_renewed_by_its_holder);
    tcase_add_test(tests, a_lease_has_one_holder);
    tcase_add_test(tests, a_lease_is_free_once_its_session_is_closed);
    tcase_add_test(tests, destinations_have_leases_of_their_own);
    tcase_add_test(tests, settling_without_the_lease_is_a_conflict_and_records_nothing);
    tcase_add_test(tests, only_the_holder_settles);
    tcase_add_test(tests, reading_rows_needs_no_lease);
    tcase_add_test(tests, apply_needs_no_lease);
    tcase_add_test(tests, a_second_instance_runs_beside_the_first_and_waits_for_its_lease);
    tcase_add_test(tests, an_announcement_reaches_the_holder_of_that_destination);
    tcase_add_test(tests, an_announcement_is_kept_through_a_renewal_until_the_next_look);
    tcase_add_test(tests, who_acquires_a_free_lease_hears_announcements_from_then_on);
    return tests;
}
