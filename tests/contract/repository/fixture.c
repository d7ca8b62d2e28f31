/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the plugin for each test, in the process of that test. */
#include "fixture.h"

#include "answers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEST_SECONDS = 60, MS_PER_SECOND = 1000 };

static const char clock_variable[] = "GANGWAY_TEST_CLOCK";

struct repository repo;
struct gw_error last_error;

static struct suite_place place;

bool repository_has(uint32_t feature)
{
    return (repo.plugin.descriptor->features & feature) != 0;
}

bool repository_set_clock(int64_t offset_ms)
{
    const char *path = getenv(clock_variable);
    int64_t seconds = offset_ms / MS_PER_SECOND;
    int fd;

    repo.host.unix_offset_ms = offset_ms;
    if (path == NULL)
        return !repository_has(GW_REPOSITORY_SHARED);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, &seconds, sizeof seconds, 0), (ssize_t)sizeof seconds);
    ck_assert_int_eq(close(fd), 0);
    return true;
}

static void open_repository(void)
{
    int64_t from = -1;
    int64_t to = -1;

    test_host_init(&repo.host, "repository");
    test_plugin_load(&repo.plugin, suite.plugin, GW_PORT_REPOSITORY);
    suite_configure(&repo.plugin, &place, NULL);
    repo.ops = repo.plugin.descriptor->ops;
    ck_assert_ok(repo.plugin.descriptor->open(&repo.host.host, repo.plugin.config, &repo.self, &last_error));
    ck_assert_ok(repo.ops->migrate(repo.self, &repo.host.host, &from, &to, &last_error));
    ck_assert_ok(repo.ops->claim(repo.self, &last_error));
    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 1);
    repo.session = repository_session();
}

static void close_repository(void)
{
    repo.ops->close_session(repo.session);
    repo.plugin.descriptor->close(repo.self);
    test_plugin_done(&repo.plugin);
}

static void set_up(void)
{
    suite_place_make(&place);
    if (getenv(clock_variable) != NULL)
        (void)repository_set_clock(0); /* the test before may have failed, and the server is the same */
    open_repository();
}

struct gw_session *repository_session(void)
{
    struct gw_session *session = NULL;

    ck_assert_ok(repo.ops->open_session(repo.self, &repo.host.host, &session, &last_error));
    return session;
}

void repository_lease(const char *destination)
{
    if (repository_has(GW_REPOSITORY_SHARED))
        ck_assert_ok(repo.ops->lease(repo.session, T(destination), &last_error));
}

void repository_reopen(void)
{
    close_repository();
    open_repository();
}

TCase *repository_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, set_up, close_repository);
    tcase_set_timeout(tests, TEST_SECONDS);
    return tests;
}
