/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a contract suite. See suite.h. */
#include "suite.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WRONG_USAGE = 2, OPEN_DIRECTORIES = 16, SETTINGS_MAX = 32, TEXT_BYTES = 4096 };

struct suite_arguments suite;

/* ---- the command line */

static int usage(const char *program, const struct suite_option *options, size_t option_count)
{
    (void)fprintf(stderr, "usage: %s PLUGIN", program);
    for (size_t i = 0; i < option_count; i++)
        (void)fprintf(stderr, " [%s%s]", options[i].name, options[i].text != NULL ? " TEXT" : "");
    (void)fprintf(stderr, " [key=value...]\n");
    return WRONG_USAGE;
}

/* The number of arguments of the first option; 0: it is not an option of the suite. */
static int take_option(char **arguments, int count, const struct suite_option *options, size_t option_count)
{
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(arguments[0], options[i].name) != 0)
            continue;
        if (options[i].flag != NULL) {
            *options[i].flag = true;
            return 1;
        }
        if (count < 2)
            return 0;
        *options[i].text = arguments[1];
        return 2;
    }
    return 0;
}

static bool read_command_line(int argc, char **argv, const struct suite_option *options, size_t option_count)
{
    int at = 2;

    if (argc < 2 || argv[1][0] == '-')
        return false;
    suite.plugin = argv[1];
    while (at < argc && strncmp(argv[at], "--", 2) == 0) {
        int taken = take_option(argv + at, argc - at, options, option_count);

        if (taken == 0)
            return false;
        at += taken;
    }
    suite.settings = (const char *const *)argv + at;
    suite.setting_count = (size_t)(argc - at);
    return suite.setting_count <= SETTINGS_MAX;
}

static uint32_t plugin_features(enum gw_port port)
{
    struct test_plugin plugin;
    uint32_t features;

    test_plugin_load(&plugin, suite.plugin, port);
    features = plugin.descriptor->features;
    test_plugin_done(&plugin);
    return features;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

int suite_main(int argc, char **argv, enum gw_port port, const struct suite_option *options, size_t option_count,
               Suite *(*make)(uint32_t features))
{
    const char *temporary = getenv("TMPDIR");
    const char *fork_mode = getenv("GANGWAY_CHECK_FORK");
    SRunner *runner;
    int failed;

    if (!read_command_line(argc, argv, options, option_count))
        return usage(argv[0], options, option_count);
    (void)snprintf(suite.root, sizeof suite.root, "%s/gangway_XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(suite.root) == NULL) {
        perror(suite.root);
        return EXIT_FAILURE;
    }
    runner = srunner_create(make(plugin_features(port)));
    (void)fflush(stdout);
    if (fork_mode != NULL && strcmp(fork_mode, "no") == 0)
        srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    (void)nftw(suite.root, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void suite_leave_out(const char *what, const char *why)
{
    (void)printf("%s %s: left out is %s\n", suite.plugin, why, what);
}

/* ---- places */

void suite_place_make(struct suite_place *ret_place)
{
    static atomic_uint count;

    (void)snprintf(ret_place->unique, sizeof ret_place->unique, "test_%ld_%u", (long)getpid(),
                   atomic_fetch_add(&count, 1));
    (void)snprintf(ret_place->dir, sizeof ret_place->dir, "%s/%s", suite.root, ret_place->unique);
    ck_assert_int_eq(mkdir(ret_place->dir, 0700), 0);
}

static void replace(char *text, const char *name, const char *value)
{
    char *found;

    while ((found = strstr(text, name)) != NULL) {
        char rest[TEXT_BYTES];

        (void)snprintf(rest, sizeof rest, "%s", found + strlen(name));
        (void)snprintf(found, (size_t)(text + TEXT_BYTES - found), "%s%s", value, rest);
    }
}

char *suite_text(const struct suite_place *place, const char *text)
{
    char *made = malloc(TEXT_BYTES);

    ck_assert_ptr_nonnull(made);
    ck_assert_int_lt(snprintf(made, TEXT_BYTES, "%s", text), TEXT_BYTES);
    replace(made, "{dir}", place->dir);
    replace(made, "{unique}", place->unique);
    return made;
}

static bool has_key_of(const char *setting, const char *other)
{
    size_t len = other != NULL ? strcspn(other, "=") + 1 : 0;

    return other != NULL && strncmp(setting, other, len) == 0;
}

void suite_configure(struct test_plugin *plugin, const struct suite_place *place, const char *instead)
{
    char *settings[SETTINGS_MAX + 1] = {NULL};
    size_t count = 0;

    for (size_t i = 0; i < suite.setting_count; i++) {
        if (!has_key_of(suite.settings[i], instead))
            settings[count++] = suite_text(place, suite.settings[i]);
    }
    if (instead != NULL)
        settings[count++] = suite_text(place, instead);
    test_plugin_configure(plugin, (const char *const *)settings, count);
    while (count > 0)
        free(settings[--count]);
}

/* ---- check */

static void note_finding(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    struct findings *findings = report->context;

    ck_assert_int_ge(status, GW_OK);
    ck_assert_int_le(status, GW_INTERNAL);
    ck_assert_uint_gt(subject.len, 0);
    ck_assert_uint_gt(finding.len, 0);
    findings->has_status[status] = true;
    findings->count++;
}

enum gw_status suite_check(suite_check_fn *check, void *self, struct findings *ret_findings)
{
    struct gw_report report = {.size = sizeof report, .context = ret_findings, .line = note_finding};

    *ret_findings = (struct findings){0};
    return check(self, &report);
}

void suite_expect_all_well(suite_check_fn *check, void *self)
{
    struct findings findings;
    enum gw_status status = suite_check(check, self, &findings);

    ck_assert_msg(status == GW_OK, "check returns %s", gw_status_word((int)status));
    ck_assert_uint_ge(findings.count, 1);
    for (int other = GW_OK + 1; other <= GW_INTERNAL; other++)
        ck_assert_msg(!findings.has_status[other], "check returns ok, and says %s", gw_status_word(other));
}

void suite_expect_away(suite_check_fn *check, void *self)
{
    struct findings findings;
    enum gw_status status = suite_check(check, self, &findings);

    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFIG, "check returns %s", gw_status_word((int)status));
    ck_assert_msg(findings.has_status[status], "no line says why check returns %s", gw_status_word((int)status));
}

/* ---- time */

enum { SOON_MS = 100 };

static struct {
    pthread_t thread;
    void (*act)(void *);
    void *argument;
} soon;

static void *act_soon(void *unused)
{
    const struct timespec pause = {0, SOON_MS * 1000000L};

    (void)nanosleep(&pause, NULL);
    soon.act(soon.argument);
    return unused;
}

void suite_soon(void (*act)(void *), void *argument)
{
    soon.act = act;
    soon.argument = argument;
    ck_assert_int_eq(pthread_create(&soon.thread, NULL, act_soon, NULL), 0);
}

void suite_join(void)
{
    ck_assert_int_eq(pthread_join(soon.thread, NULL), 0);
}

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
