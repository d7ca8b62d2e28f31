/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table: how a plugin declares what its YAML block may hold. From one row the core converts the value,
 * checks its range, reports an error with file, line and column, and writes `gangway describe` and the JSON Schema.
 *
 *     struct writer_config {
 *         const char *path;
 *         int64_t max_bytes;
 *     };
 *
 *     static const struct gw_option writer_options[] = {
 *         {.name = "path", .help = "The file that events are appended to.", .type = GW_OPTION_PATH,
 *          .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY, .offset = offsetof(struct writer_config, path)},
 *         {.name = "max_bytes", .help = "How long it may grow.", .type = GW_OPTION_SIZE, .fallback = "1GiB",
 *          .min = 1024, .max = INT64_MAX, .offset = offsetof(struct writer_config, max_bytes)},
 *     };
 *
 * Life cycle
 *
 *   load    The loader checks the table: names, types, ranges, flags, and that each offset lies inside the config
 *           struct. It refuses a plugin whose table is wrong.
 *   bind    For each component the core allocates a config struct, sets it to zero, and fills it from the file and the
 *           defaults. An option that the file leaves out and that has no default stays 0, NULL, or a count of 0.
 *   lint    The plugin checks the config (gangway/plugin.h). No instance exists yet.
 *   open    The instance gets the config. The config is constant: when the file is read again, the core makes another.
 *   close   The core frees the config after close has returned.
 *
 * Ownership: the table is static in the plugin. The config, and all that it points to, belongs to the core.
 *
 * Threads: the core writes a config before any thread of the instance starts and never afterwards, so any thread may
 * read it.
 *
 * Units: DURATION is in milliseconds, SIZE in bytes; min and max are in the same unit.
 *
 * Statuses: a table returns none. The core reports a value that does not fit, with file, line and column, before the
 * plugin sees the config.
 */
#ifndef GANGWAY_OPTION_H
#define GANGWAY_OPTION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, number, word, C type in the config struct, what the YAML value looks like).
 *
 * Text-like values (TEXT, SECRET, PATH, COMMAND, RECIPIENT, TEMPLATE) are NUL-terminated and contain no other NUL byte.
 * An optional one without a default is NULL. Choose the most specific type:
 * - The core never prints a SECRET.
 * - A PATH is relative to the folder of the file that names it.
 * - The core checks a COMMAND against the commands that exist.
 * - Each RECIPIENT gets a notice of its own.
 * - The core renders and escapes a TEMPLATE.
 */
#define GW_OPTION_TYPE_LIST(X)                                                              \
    X(BOOL, 1, "bool", "uint32_t", "true or false")                                         \
    X(INT, 2, "int", "int64_t", "a whole number")                                           \
    X(FLOAT, 3, "float", "double", "a number")                                              \
    X(DURATION, 4, "duration", "int64_t", "a duration with a unit: 250ms, 10s, 5m, 2h, 7d") \
    X(SIZE, 5, "size", "int64_t", "a size with a unit: 512B, 64KiB, 1MiB, 2GiB, 1kB, 1MB")  \
    X(TEXT, 6, "text", "const char *", "text")                                              \
    X(SECRET, 7, "secret", "const char *", "a secret, best as {env: NAME} or {file: PATH}") \
    X(PATH, 8, "path", "const char *", "a path, relative to the file that names it")        \
    X(CHOICE, 9, "choice", "uint32_t", "one of the choices")                                \
    X(LIST, 10, "list", "struct gw_option_list", "a list")                                  \
    X(MAP, 11, "map", "struct gw_option_map", "a map")                                      \
    X(COMMAND, 12, "command", "const char *", "the name of a command, or auto")             \
    X(RECIPIENT, 13, "recipient", "const char *", "who is notified")                        \
    X(TEMPLATE, 14, "template", "const char *", "text with {field} places")

/* GW_OPTION_BOOL, GW_OPTION_INT ... In structs a type is a uint32_t. */
enum gw_option_type {
#define GW_OPTION_TYPE_ENUM(name, number, word, c_type, looks) GW_OPTION_##name = number,
    GW_OPTION_TYPE_LIST(GW_OPTION_TYPE_ENUM)
#undef GW_OPTION_TYPE_ENUM
};

/* Bits of gw_option.flags. */
enum {
    /* The option has no default, and a file without it is refused. */
    GW_OPTION_REQUIRED = 1u << 0,

    /* PATH: the value `-` means standard input or output, and the config gets it unchanged. */
    GW_OPTION_DASH = 1u << 1,

    /* SIZE, DURATION: the value `off` means 0, even if the minimum is higher. */
    GW_OPTION_OFF = 1u << 2,

    /* The option identifies what the component reads or writes: a path, brokers, a topic, a consumer group. With
     * another value the component reads another source, at the position of that source, or writes to another place. A
     * change of any other option leaves sources and destinations as they are. `gangway describe --format json` shows
     * the flag. */
    GW_OPTION_IDENTITY = 1u << 3,

    /* Two instances with the same value cannot run at the same time, because the other side, or a lock, admits only
     * one. If an instance is replaced by one with the same value, the old one is closed before the new one works. An
     * option that is not set excludes nothing. `gangway lint` warns of two components of one file with the same value,
     * unless an option with the flag IDENTITY, other than a list or a map, has different values. `gangway describe
     * --format json` shows the flag. */
    GW_OPTION_EXCLUSIVE = 1u << 4,

    /* PATH: the instance reads the file once, when it is opened: a certificate, a key, the authorities. Other contents
     * under the same path are another value, so that `gangway apply` replaces the component. The core compares a digest
     * and never shows the contents. `gangway describe --format json` shows the flag. */
    GW_OPTION_CONTENTS = 1u << 5
};

/*
 * How the core escapes the values of a template's fields when it renders the template. Values come from senders and may
 * contain any bytes but NUL. The text around the places comes from the operator and stays as it is. The core renders
 * every template when it reads the file, with every event that reaches it and with values that are long, empty, or full
 * of quotes and control characters.
 *
 * NONE      no escaping: plain text, such as the body of a mail
 * JSON      for the inside of a JSON string: escapes quote, backslash, control and invisible characters. A template that
 *           begins with a brace or bracket is a whole document, and is refused if it renders to invalid JSON
 * SLACK     for Slack's mrkdwn: `&`, `<` and `>` become entities, so that a value can neither mention anyone nor make a
 *           link
 * TERMINAL  for a terminal: control and invisible characters become `\u202e`, bytes that are not UTF-8 `\x9b`
 * HEADER    for one line of a header, such as the subject of a mail: CR, LF and NUL become a space each, so that a
 *           value cannot begin another header. A template with a line end of its own is refused
 * HTML      for text and quoted attributes of HTML: `&`, `<`, `>`, `"` and `'` become entities
 * URL       for a part of a URL: everything is percent-encoded except letters, digits and `-._~`
 */
enum gw_escape {
    GW_ESCAPE_NONE = 0,
    GW_ESCAPE_JSON = 1,
    GW_ESCAPE_SLACK = 2,
    GW_ESCAPE_TERMINAL = 3,
    GW_ESCAPE_HEADER = 4,
    GW_ESCAPE_HTML = 5,
    GW_ESCAPE_URL = 6
};

/* A row of the table. Members that are not set are 0 or NULL. The core reads rows by their stride
 * (gw_plugin.option_size), so a later minor version may add members at the end. `gangway describe` and the rendered
 * templates of a notice have the order of the rows. */
struct gw_option {
    /* The key in the YAML: lower case, words joined by `_`. */
    const char *name;

    /* One sentence for an operator; never NULL. */
    const char *help;

    /* The default, written as in the YAML; NULL: none. */
    const char *fallback;

    /* CHOICE: the words, joined by `|`; the config gets the index of the chosen one, from 0. Otherwise NULL. */
    const char *choices;

    /* The lowest and the highest value, both allowed. INT: the number; DURATION: milliseconds; SIZE: bytes; LIST and
     * MAP: the number of items; text-like: bytes. Both 0: only the limits of the type. */
    int64_t min;
    int64_t max;

    /* enum gw_option_type. */
    uint32_t type;

    /* LIST and MAP: the type of the items, which is a text-like one. Otherwise 0. */
    uint32_t item_type;

    /* GW_OPTION_REQUIRED ... */
    uint32_t flags;

    /* TEMPLATE: enum gw_escape. */
    uint32_t escape;

    /* offsetof the member of the config struct that gets the value. */
    uint32_t offset;

    /* PATH: offsetof a `const char *` that gets the path as the file writes it, for a name that must not depend on the
     * folder. COMMAND: offsetof a `struct gw_option_fields` that gets the fields of that command. 0: not wanted. */
    uint32_t written;
};

/* The value of a LIST: count NUL-terminated texts in the order of the YAML. If the file leaves the option out and it
 * has no default, count is 0 and items may be NULL. */
struct gw_option_list {
    const char *const *items;
    uint64_t count;
};

/* One entry of a MAP. Keys are unique: the core refuses a repeated one, with its line and column. */
struct gw_option_pair {
    const char *key;
    const char *value;
};

/* The value of a MAP: count pairs in the order of the YAML. */
struct gw_option_map {
    const struct gw_option_pair *items;
    uint64_t count;
};

/* A field of a command, for a plugin that reads tables and must know which columns are fields. The names are static and
 * stay valid as long as the process. */
struct gw_option_field {
    const char *name;

    /* Another name that is accepted; NULL: none. */
    const char *alias;

    /* 1: the core refuses a message without the field. */
    uint32_t is_required;
    uint32_t reserved;
};

/* The fields of one command. With `auto` they are the fields of all commands and `type`, which is then the only
 * required one. */
struct gw_option_fields {
    const struct gw_option_field *items;
    uint64_t count;
};

#ifdef __cplusplus
}
#endif

#endif
