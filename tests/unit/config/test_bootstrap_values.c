/* SPDX-License-Identifier: Apache-2.0 */
/* What a digest of a file is made of: every value, and nothing of how the file is laid out. */
#include "check_main.h"
#include "config/bootstrap_values.h"
#include "fake_plugins.h"

#include <string.h>

#define FILE_WITH(orders, mail, route)                            \
    "repository: {plugin: memory_repository}\n"                   \
    "entrypoints: {orders: {plugin: jsonl_reader, " orders "}}\n" \
    "notifiers: {mail: {plugin: smtp_notifier, " mail "}}\n"      \
    "routes: {OutOfStock: {" route "}}\n"
#define MAIL "url: u, to: [a@x]"

static struct gw_arena *arena;

static void set_up(void)
{
    arena = gw_arena_new(4 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    ck_assert_ptr_nonnull(fake_plugin("smtp_notifier"));
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

/* One line per text; `~` for none. */
static void add_line(void *context, struct gw_text text)
{
    struct gw_buffer *lines = context;

    if (text.ptr != NULL)
        gw_buffer_append(lines, text.ptr, (size_t)text.len);
    gw_buffer_append_string(lines, text.ptr != NULL ? "\n" : "~\n");
}

static void visit(const char *text, struct gw_buffer *lines)
{
    struct gw_bootstrap_request request = {
        .file = "/f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = true, .text = text};
    struct gw_bootstrap_visitor visitor = {.context = lines, .text = add_line};
    const struct gw_bootstrap *bootstrap = NULL;
    struct gw_diagnostics diagnostics;

    gw_buffer_init(lines, SIZE_MAX);
    gw_diagnostics_init(&diagnostics, arena, request.file);
    ck_assert_int_eq(gw_bootstrap_read(arena, &request, &diagnostics, &bootstrap), GW_OK);
    ck_assert_int_eq(gw_bootstrap_visit(bootstrap, &visitor), GW_OK);
    ck_assert(!lines->has_failed);
}

static bool is_alike(const char *left, const char *right)
{
    struct gw_buffer first;
    struct gw_buffer second;
    bool is_alike;

    visit(left, &first);
    visit(right, &second);
    is_alike = strcmp(first.ptr, second.ptr) == 0;
    gw_buffer_done(&first);
    gw_buffer_done(&second);
    return is_alike;
}

START_TEST(names_and_values_follow_each_other_defaults_and_secrets_too)
{
    struct gw_buffer lines;

    visit(FILE_WITH("path: in", MAIL ", password: canary", "notify: [mail]"), &lines);
    ck_assert_ptr_nonnull(strstr(lines.ptr, "service\ngangway\n"));
    ck_assert_ptr_nonnull(strstr(lines.ptr, "path\n/in\n"));
    ck_assert_ptr_nonnull(strstr(lines.ptr, "timeout\n30s\n"));
    ck_assert_ptr_nonnull(strstr(lines.ptr, "password\ncanary\n"));
    ck_assert_ptr_nonnull(strstr(lines.ptr, "text\n~\n"));
    ck_assert_ptr_nonnull(strstr(lines.ptr, "OutOfStock\n0\n1\nmail\n0\n"));
    gw_buffer_done(&lines);
}
END_TEST

START_TEST(only_values_count)
{
    static const char plain[] = FILE_WITH("path: in", MAIL, "notify: [mail]");

    ck_assert(is_alike(plain, "# comment\n\n" FILE_WITH("follow: false, path: 'in'", MAIL, "notify: [mail]")));
    ck_assert(!is_alike(plain, FILE_WITH("path: out", MAIL, "notify: [mail]")));
    ck_assert(!is_alike(plain, FILE_WITH("path: in", MAIL ", text: ''", "notify: [mail]")));
    ck_assert(!is_alike(plain, FILE_WITH("path: in", MAIL ", timeout: 1s", "notify: [mail]")));
    ck_assert(!is_alike(plain, FILE_WITH("path: in", MAIL, "")));
    ck_assert(!is_alike(plain, "log: {level: debug}\n" FILE_WITH("path: in", MAIL, "notify: [mail]")));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("bootstrap_values");
    TCase *tests = tcase_create("values");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, names_and_values_follow_each_other_defaults_and_secrets_too);
    tcase_add_test(tests, only_values_count);
    suite_add_tcase(suite, tests);
    return suite;
}
