/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a plugin reports what is wrong with its options and follows from the bootstrap file alone: two that exclude each
 * other, a text that is no address, a value that a library refuses. The core knows line and column of each option.
 */
#ifndef GANGWAY_LINT_H
#define GANGWAY_LINT_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_lint {
    uint32_t size;
    uint32_t reserved;
    void *context;

    /* 1 when the value of an option is the file's own, 0 while it is an {env:} or a {file:} that is not resolved: what
     * the config has is then a placeholder, or nothing for what is no text. A list or map is known when all of its
     * items are; with a key, when that item is. */
    int32_t (*is_known)(const struct gw_lint *lint, struct gw_text option, struct gw_text key);

    /* A finding: CONFIG refuses the file, OK warns. It names the option, and shows no value that may be a secret. The
     * option, and the key where it is a map, say which place of the file is meant; without one it is the component's.
     */
    void (*line)(const struct gw_lint *lint, int32_t status, struct gw_text option, struct gw_text key,
                 struct gw_text finding);
};

/* Whether this option's value is the file's own. */
static inline int gw_lint_is_known(const struct gw_lint *lint, const char *option)
{
    return lint->is_known(lint, gw_text_of(option), gw_text_of(NULL)) != 0;
}

/* Formats the finding and reports it; key NULL: the option as a whole. Returns status. */
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
