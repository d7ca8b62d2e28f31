/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the plugin for each test, in the process of that test. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTINGS_MAX = 32, SETTING_BYTES = 1024, TEST_SECONDS = 60 };

struct suite_arguments suite;
struct repository repo;
struct gw_error last_error;

static char settings[SETTINGS_MAX][SETTING_BYTES];

static void replace(char *text, const char *place, const char *value)
{
    char *found = strstr(text, place);
    char rest[SETTING_BYTES];

    if (found == NULL)
        return;
    (void)snprintf(rest, sizeof rest, "%s", found + strlen(place));
    (void)snprintf(found, (size_t)(text + SETTING_BYTES - found), "%s%s", value, rest);
}

static void make_settings(void)
{
    char unique[32];
    char dir[128];

    (void)snprintf(unique, sizeof unique, "test_%ld", (long)getpid());
    (void)snprintf(dir, sizeof dir, "%s/%s", suite.root, unique);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_uint_le(suite.setting_count, SETTINGS_MAX);
    for (size_t i = 0; i < suite.setting_count; i++) {
        (void)snprintf(settings[i], sizeof settings[i], "%s", suite.settings[i]);
        replace(settings[i], "{dir}", dir);
        replace(settings[i], "{unique}", unique);
    }
}

static void open_repository(void)
{
    const char *list[SETTINGS_MAX];
    int64_t from = -1;
    int64_t to = -1;

    for (size_t i = 0; i < suite.setting_count; i++)
        list[i] = settings[i];
    test_host_init(&repo.host, "repository");
    test_plugin_load(&repo.plugin, suite.plugin, GW_PORT_REPOSITORY);
    test_plugin_configure(&repo.plugin, list, suite.setting_count);
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
    make_settings();
    open_repository();
}

bool repository_has(uint32_t feature)
{
    return (repo.plugin.descriptor->features & feature) != 0;
}

void *repository_session(void)
{
    void *session = NULL;

    ck_assert_ok(repo.ops->open_session(repo.self, &repo.host.host, &session, &last_error));
    return session;
}

void repository_lease(const char *destination)
{
    if (repository_has(GW_REPOSITORY_SHARED))
        ck_assert_ok(repo.ops->lease(repo.session, T(destination), &last_error));
}

void repository_settle(const char *destination, const struct gw_array *settlements)
{
    repository_lease(destination);
    ck_assert_ok(repo.ops->outbox_settle(repo.session, T(destination), settlements, &last_error));
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
