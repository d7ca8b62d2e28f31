/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap file is read with so many bytes, for every number of them: out of memory, or all of model and findings.
 */
#include "check_main.h"
#include "config/bootstrap.h"
#include "fake_plugins.h"

#include <stdlib.h>
#include <string.h>

enum { STEP = 16, ENOUGH = 8 * 1024 * 1024 };

#define COMPONENTS                                                                                             \
    "service: test\n"                                                                                          \
    "log: {level: debug}\n"                                                                                    \
    "repository: {plugin: memory_repository}\n"                                                                \
    "entrypoints:\n"                                                                                           \
    "  commands: {plugin: jsonl_reader, path: ./c}\n"                                                          \
    "publishers:\n"                                                                                            \
    "  events: {plugin: jsonl_writer, path: e}\n"                                                              \
    "notifiers:\n"                                                                                             \
    "  console: {plugin: console_notifier}\n"                                                                  \
    "  mail: {plugin: smtp_notifier, url: {env: GW_TEST_URL}, password: {env: GW_TEST_URL}, to: [a@x, b@x],\n" \
    "         subject: 'for {sku}', text: '{orderid} \\u00e9'}\n"

static const char whole[] = COMPONENTS "routes:\n"
                                       "  Allocated: {publish: [events], notify: [console], fallback: [mail]}\n"
                                       "  OutOfStock: {publish: [events]}\n";

/* One finding of each kind, most of them with a hint. */
static const char wrong[] = COMPONENTS "  console: {plugin: console_notifier}\n";

static const char wrong_routes[] =
    COMPONENTS "  9: {plugin: smtp_notifer, url: u}\n"
               "  lost: {plugin: jsonl_writer}\n"
               "  flat: console_notifier\n"
               "  slow: {plugin: console_notifier, backoff: 2m, txt: x, text: '{skus}'}\n"
               "inbx: {keep: 1d}\n"
               "inbox: {keep: soon}\n"
               "routes:\n"
               "  Allocated: {publish: [event, console, [a]], notify: [slow, slow]}\n"
               "  OutOfStok: {publish: [events]}\n"
               "  OutOfStock: [events]\n"
               "  Deallocated: {notfy: [console], fallback: [console]}\n"
               "  AllocationRequired: {}\n";

static const char *const files[] = {whole, wrong, wrong_routes};

struct reading {
    enum gw_status status;
    const struct gw_bootstrap *bootstrap;
    char *findings; /* NULL for none */
};

static struct reading read_within(size_t max_bytes, const char *text, bool resolves_secrets)
{
    struct gw_bootstrap_request request = {
        .file = "f.yaml", .default_plugin_dir = "/plugins", .resolves_secrets = resolves_secrets, .text = text};
    struct gw_arena *arena = gw_arena_new(max_bytes);
    struct gw_diagnostics diagnostics;
    struct gw_buffer printed;
    struct reading reading = {0};

    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&printed, 64 * 1024);
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    reading.status = gw_bootstrap_read(arena, &request, &diagnostics, &reading.bootstrap);
    gw_diagnostics_print(&diagnostics, &printed);
    reading.findings = printed.ptr != NULL ? strdup(printed.ptr) : NULL;
    if (reading.status == GW_OK)
        ck_assert_str_eq(reading.bootstrap->file, "f.yaml");
    gw_buffer_done(&printed);
    gw_arena_free(arena);
    return reading;
}

static void assert_same_findings(const char *left, const char *right)
{
    ck_assert_str_eq(left != NULL ? left : "", right != NULL ? right : "");
}

static void assert_whole_or_nothing(const char *text, bool resolves_secrets, enum gw_status expected)
{
    struct reading unlimited = read_within(ENOUGH, text, resolves_secrets);
    struct reading reading = {.status = GW_NOMEM};
    size_t refusals = 0;

    ck_assert_int_eq(unlimited.status, expected);
    for (size_t max_bytes = 0; reading.status == GW_NOMEM && max_bytes < ENOUGH; max_bytes += STEP) {
        free(reading.findings);
        reading = read_within(max_bytes, text, resolves_secrets);
        refusals += reading.status == GW_NOMEM;
        ck_assert(reading.status != GW_NOMEM || reading.bootstrap == NULL);
    }
    ck_assert_int_eq(reading.status, expected);
    assert_same_findings(reading.findings, unlimited.findings);
    ck_assert_uint_gt(refusals, 100);
    free(reading.findings);
    free(unlimited.findings);
}

START_TEST(a_good_file_is_read_whole_or_memory_has_run_out)
{
    ck_assert_int_eq(setenv("GW_TEST_URL", "smtp://canary\n", 1), 0);
    assert_whole_or_nothing(whole, _i != 0, GW_OK);
}
END_TEST

START_TEST(a_wrong_file_has_all_of_its_findings_or_memory_has_run_out)
{
    (void)unsetenv("GW_TEST_URL");
    assert_whole_or_nothing(files[_i], true, GW_CONFIG);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("bootstrap_memory");
    TCase *tests = tcase_create("limits");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_good_file_is_read_whole_or_memory_has_run_out, 0, 2);
    tcase_add_loop_test(tests, a_wrong_file_has_all_of_its_findings_or_memory_has_run_out, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}
