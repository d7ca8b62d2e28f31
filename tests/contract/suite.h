/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of a contract suite: its command line, a place of its own for each instance of the plugin under test, and
 * what is left out for a plugin. Knows no port.
 *
 *     contract_PORT PLUGIN [--option...] [key=value...]
 *
 * PLUGIN is a name in the build tree's plugin directory, or a file when it holds a slash; key=value are its options. In
 * them {dir} stands for a fresh directory and {unique} for a name that no other test has.
 */
#ifndef GW_CONTRACT_SUITE_H
#define GW_CONTRACT_SUITE_H

#include "test_plugin.h"

#include <gangway/host.h>

#include <check.h>

#include <stdbool.h>
#include <stddef.h>

/* What a suite takes besides settings: `--name`, a flag, or `--name TEXT`. */
struct suite_option {
    const char *name; /* with its dashes */
    bool *flag;       /* one of these two */
    const char **text;
};

struct suite_arguments {
    const char *plugin;
    const char *const *settings;
    size_t setting_count;
    char root[64]; /* the directory under which tests make theirs */
};
extern struct suite_arguments suite;

/* The message has both statuses in words, and the plugin's text. */
#define suite_assert_status(found, expected, error)                                                                    \
    do {                                                                                                               \
        int found_ = (int)(found);                                                                                     \
        int expected_ = (int)(expected);                                                                               \
        ck_assert_msg(found_ == expected_, "%s instead of %s (%s)", gw_status_word(found_), gw_status_word(expected_), \
                      (error)->text);                                                                                  \
    } while (0)

/* What {dir} and {unique} stand for. */
struct suite_place {
    char dir[128];
    char unique[48];
};

/* The whole of main: reads the command line, runs what make gives for a plugin with these features, cleans up. */
int suite_main(int argc, char **argv, enum gw_port port, const struct suite_option *options, size_t option_count,
               Suite *(*make)(uint32_t features));

/* A test that does not apply to a plugin passes without a check, or is left out; this prints which. */
void suite_leave_out(const char *what, const char *why);

/* A place that no other test and no other instance has. */
void suite_place_make(struct suite_place *ret_place);

/* The text with {dir} and {unique} replaced: free it. */
char *suite_text(const struct suite_place *place, const char *text);

/* Configures a plugin with the settings of the command line. `instead`, which may be NULL, is a setting that takes the
 * place of those with its key. */
void suite_configure(struct test_plugin *plugin, const struct suite_place *place, const char *instead);

/* The findings of a plugin's check: their number, and their statuses. */
struct findings {
    uint32_t count;
    bool has_status[GW_INTERNAL + 1];
};
typedef enum gw_status suite_check_fn(void *self, const struct gw_report *report);

/* Runs the check; every line must name a thing and a finding. */
enum gw_status suite_check(suite_check_fn *check, void *self, struct findings *ret_findings);

/* It must be OK, with at least one finding. */
void suite_expect_all_well(suite_check_fn *check, void *self);

/* It must report, in a line, that the other side is unreachable. */
void suite_expect_away(suite_check_fn *check, void *self);

/* Runs the function with its argument in another thread, a little later. Joined by suite_join. */
void suite_soon(void (*act)(void *), void *argument);
void suite_join(void);

/* Milliseconds that never go back. */
int64_t now_ms(void);

#endif
