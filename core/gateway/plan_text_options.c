/* SPDX-License-Identifier: Apache-2.0 */
/* Options before and after. Values come from files and the environment, so all of them are escaped. */
#include "gateway/plan_text_internal.h"

#include "base/terminal_text.h"

#include <string.h>

enum { LONG_VALUE = 48 };

void gw_plan_append_padded(struct gw_buffer *buffer, const char *text, size_t width)
{
    size_t len = strlen(text);

    gw_buffer_append_terminal(buffer, text, len);
    for (size_t column = gw_terminal_width(text, len); column < width; column++)
        gw_buffer_append_byte(buffer, ' ');
}

/* An empty text would not be seen. */
static const char *shown(const char *value)
{
    if (value == NULL)
        return "(not set)";
    return value[0] != '\0' ? value : "\"\"";
}

static size_t width_of(const char *text)
{
    return gw_terminal_width(text, strlen(text));
}

static void append_values(struct gw_buffer *buffer, const struct gw_option_change *option)
{
    const char *before = shown(option->before);
    const char *after = shown(option->after);

    if (width_of(before) > LONG_VALUE || width_of(after) > LONG_VALUE) {
        gw_buffer_append_string(buffer, "\n      - ");
        gw_plan_append_padded(buffer, before, 0);
        gw_buffer_append_string(buffer, "\n      + ");
    } else {
        gw_plan_append_padded(buffer, before, 0);
        gw_buffer_append_string(buffer, " -> ");
    }
    gw_plan_append_padded(buffer, after, 0);
}

static void append_option(struct gw_buffer *buffer, const struct gw_option_change *option, size_t width)
{
    gw_buffer_append_string(buffer, "    ");
    gw_plan_append_padded(buffer, option->name, width);
    gw_buffer_append_string(buffer, "  ");
    if (option->is_unknown)
        gw_buffer_append_string(buffer, "unknown: its value could not be read");
    else if (option->is_reread)
        gw_buffer_append_string(buffer, "changed in its file");
    else if (option->is_contents)
        gw_buffer_append_string(buffer, "its file has other contents");
    else if (option->is_secret)
        gw_buffer_append_string(buffer, "changed");
    else
        append_values(buffer, option);
    gw_buffer_append_byte(buffer, '\n');
}

void gw_plan_append_options(struct gw_buffer *buffer, const struct gw_option_changes *options)
{
    size_t width = 0;

    for (size_t i = 0; i < options->count; i++)
        if (width_of(options->items[i].name) > width)
            width = width_of(options->items[i].name);
    for (size_t i = 0; i < options->count; i++)
        append_option(buffer, &options->items[i], width);
}
