/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a plugin reports faults of its options that follow from the bootstrap file alone: two options that exclude each
 * other, a text that is not an address, a value that a library refuses. The core has already checked types, ranges and
 * required options against the option table (option.h).
 *
 * The core calls a plugin's `lint` slot (plugin.h) for `gangway lint`, and before `run`, `check` and every other verb
 * that reads the file. It passes the options as they are bound and a struct gw_lint to report to:
 *
 *     static enum gw_status my_lint(const void *config, const struct gw_lint *lint)
 *
 * Life cycle
 *
 *   bind      The core fills the config struct from the file. What the table alone finds is reported already.
 *   lint      The plugin looks at all options together, and reports. It may be called several times, for different
 *             files, and no instance exists.
 *   open      Only if no finding refused the file. The plugin may rely on what lint checked, but for values that were
 *             not known then: open checks these.
 *
 * Rules
 *
 * - `lint` opens nothing, connects to nothing and reads no file. Whatever needs the outside world belongs to `check`.
 * - It reports every fault that it finds, not only the first. It returns OK, or CONFIG when a finding refuses the
 *   file.
 * - A value may be unknown: a secret from a file or the environment is not resolved. Ask gw_lint_is_known before you
 *   judge a value.
 * - The core adds file, line and column to each finding.
 *
 * Ownership: the struct gw_lint belongs to the core and is valid until the slot returns. Texts that are passed to it
 * are copied.
 *
 * Threads: any thread, one call at a time. Only the calling thread may use the struct.
 */
#ifndef GANGWAY_LINT_H
#define GANGWAY_LINT_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where lint asks and reports. A test of a plugin makes one of its own. */
struct gw_lint {
    /* sizeof(struct gw_lint) in the core: it may grow at its end. */
    uint32_t size;
    uint32_t reserved;

    /* The core's. Pass the struct itself as the first argument. */
    void *context;

    /* Returns 1 when the value of an option is written in the file, 0 when it is an {env:} or {file:} that is not
     * resolved. The config then has a placeholder for a text, and the type's zero for everything else. A list or a map
     * is known when all of its items are. With a key that is not empty, that item of the map decides. */
    int32_t (*is_known)(const struct gw_lint *lint, struct gw_text option, struct gw_text key);

    /* Reports one finding: with status CONFIG the file is refused, with OK the finding is a warning. The text names the
     * option and must not show a value that may be a secret. option, and key where the option is a map, say which
     * line and column of the file is meant; an empty option means the component as a whole. */
    void (*line)(const struct gw_lint *lint, int32_t status, struct gw_text option, struct gw_text key,
                 struct gw_text finding);

    /* Of an entrypoint: how many workers the file gives it, each with an instance of its own. Else 0. */
    int64_t workers;
};

/* Whether the value of this option is written in the file: is_known without a key. */
static inline int gw_lint_is_known(const struct gw_lint *lint, const char *option)
{
    return lint->is_known(lint, gw_text_of(option), gw_text_of(NULL)) != 0;
}

/* Formats a finding and reports it. key NULL means the option as a whole. A text above 1023 bytes is cut. Returns
 * status, so that a check can be one line. */
GW_PRINTF(5, 6)
static inline enum gw_status gw_lint_line(const struct gw_lint *lint, enum gw_status status, const char *option,
                                          const char *key, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    lint->line(lint, (int32_t)status, gw_text_of(option), gw_text_of(key), gw_text_of(text));
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
