/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses the command line into a verb, its operands and its options. The table of each verb says what it accepts;
 * parsing, errors and help come from that table. Knows no verb by name. Main thread, once: getopt_long has global
 * state.
 */
#ifndef GW_CLI_COMMAND_LINE_H
#define GW_CLI_COMMAND_LINE_H

#include "cli/listing.h"

#include <gangway/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All options. A verb accepts some of them, and always `--help`. */
enum gw_flag {
    GW_FLAG_HELP,
    GW_FLAG_CONFIG,
    GW_FLAG_PLUGIN_DIR,
    GW_FLAG_FORMAT,
    GW_FLAG_SET,
    GW_FLAG_FORGET,
    GW_FLAG_QTY,
    GW_FLAG_ALL,
    GW_FLAG_REASON,
    GW_FLAG_SOURCE,
    GW_FLAG_TO,
    GW_FLAG_BURY,
    GW_FLAG_CORE_DUMPS,
    GW_FLAG_SOCKET,
    GW_FLAG_PLAN,
    GW_FLAG_WATCH,
    GW_FLAG_EVENT,
    GW_FLAG_RECIPIENT,
    GW_FLAG_SINCE,
    GW_FLAG_FORGET_RECIPIENT, /* another `--forget`, of another verb */
    GW_FLAG_COUNT
};

#define GW_FLAG_BIT(flag) (UINT32_C(1) << (flag))

struct gw_command_line;

struct gw_verb {
    const char *name;     /* `lint`; or two words, the first of which is a group: `dlq list` */
    const char *operands; /* as shown in a usage: `FILE`, `ID...`; empty: none */
    const char *summary;  /* one line */
    const char *details;  /* further lines of its help; NULL: none */
    size_t operands_min;
    size_t operands_max;
    uint32_t flags;                                 /* GW_FLAG_BIT of the options that it accepts */
    uint32_t required;                              /* GW_FLAG_BIT of the options that it requires */
    int (*run)(const struct gw_command_line *line); /* returns the exit status */
};

struct gw_verb_list {
    const struct gw_verb *items;
    size_t count;
};

/* The values of an option; both are NULL if the option was not given. */
struct gw_flag_value {
    const char *first; /* of an option without a value: its name */
    const char *second;
};

enum gw_wanted_help { GW_HELP_NONE, GW_HELP_PROGRAM, GW_HELP_GROUP, GW_HELP_VERB, GW_HELP_VERSION };

/* Borrows everything from argv and from the table of verbs. */
struct gw_command_line {
    enum gw_wanted_help help;
    const char *group;          /* GW_HELP_GROUP: its name */
    const struct gw_verb *verb; /* NULL: none was named */
    const char *const *operands;
    size_t operand_count;
    struct gw_flag_value values[GW_FLAG_COUNT];
    enum gw_format format;
};

/* Parses argv and changes its order. OK; INVALID: wrong usage; reterr says what is wrong and suggests the nearest name.
 * *ret_line then has what was parsed until there, so that the usage can be shown. */
enum gw_status gw_command_line_read(const struct gw_verb_list *verbs, int argc, char **argv,
                                    struct gw_command_line *ret_line, struct gw_error *reterr);

bool gw_command_line_has(const struct gw_command_line *line, enum gw_flag flag);

/* The value of an option; NULL if it was not given. */
const char *gw_command_line_value(const struct gw_command_line *line, enum gw_flag flag);

#endif
