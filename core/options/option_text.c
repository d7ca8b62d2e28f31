/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per kind of value. No state. */
#include "options/option_text.h"

#include "options/options.h"
#include "options/value.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

bool gw_option_is_secret(const struct gw_option *option)
{
    return option->type == GW_OPTION_SECRET || option->item_type == GW_OPTION_SECRET;
}

const struct gw_option_reference *gw_option_reference_of(const struct gw_option *option,
                                                         const struct gw_option_reference *references, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(references[i].option, option->name) == 0)
            return &references[i];
    return NULL;
}

static int64_t read_int64(const void *place)
{
    int64_t value;

    memcpy(&value, place, sizeof value);
    return value;
}

static uint32_t read_uint32(const void *place)
{
    uint32_t value;

    memcpy(&value, place, sizeof value);
    return value;
}

static const char *read_string(const void *place)
{
    const char *value;

    memcpy(&value, place, sizeof value);
    return value;
}

/* ---- numbers -------------------------------------------------------------------------------------------------- */

/* The shortest of the texts that read back as this value. */
static void append_float(struct gw_buffer *buffer, const void *place)
{
    char text[GW_VALUE_TEXT_MAX];
    double value;

    memcpy(&value, place, sizeof value);
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    gw_buffer_append_string(buffer, text);
}

static void append_measure(struct gw_buffer *buffer, const struct gw_option *option, int64_t value)
{
    char text[GW_VALUE_TEXT_MAX];

    if (value == 0 && (option->flags & GW_OPTION_OFF) != 0)
        gw_buffer_append_string(buffer, "off");
    else if (option->type == GW_OPTION_DURATION)
        gw_buffer_append_string(buffer, gw_value_duration_text(text, value));
    else
        gw_buffer_append_string(buffer, gw_value_size_text(text, value));
}

static void append_choice(struct gw_buffer *buffer, const char *choices, uint32_t index)
{
    const char *at = choices;
    struct gw_text word;

    for (uint32_t i = 0; gw_value_next_word(&at, &word); i++)
        if (i == index)
            gw_buffer_append(buffer, word.ptr, (size_t)word.len);
}

/* ---- items ---------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@+-";

    return text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

/* In quotes where it could be taken for more than one item. NULL, an item without a value, is not quoted and has a
 * character that is quoted elsewhere. */
static void append_item(struct gw_buffer *buffer, const char *text)
{
    if (text == NULL || is_plain(text)) {
        gw_buffer_append_string(buffer, text != NULL ? text : "~");
        return;
    }
    gw_buffer_append_byte(buffer, '"');
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            gw_buffer_append_byte(buffer, '\\');
        gw_buffer_append_byte(buffer, *at);
    }
    gw_buffer_append_byte(buffer, '"');
}

static void append_list(struct gw_buffer *buffer, const void *place)
{
    struct gw_option_list list;

    memcpy(&list, place, sizeof list);
    gw_buffer_append_byte(buffer, '[');
    for (uint64_t i = 0; i < list.count; i++) {
        gw_buffer_append_string(buffer, i > 0 ? ", " : "");
        append_item(buffer, list.items[i]);
    }
    gw_buffer_append_byte(buffer, ']');
}

static int compare_pairs(const void *left, const void *right)
{
    const struct gw_option_pair *a = left;
    const struct gw_option_pair *b = right;

    return strcmp(a->key, b->key);
}

static void append_pairs(struct gw_buffer *buffer, const struct gw_option_pair *pairs, uint64_t count)
{
    gw_buffer_append_byte(buffer, '{');
    for (uint64_t i = 0; i < count; i++) {
        gw_buffer_append_string(buffer, i > 0 ? ", " : "");
        append_item(buffer, pairs[i].key);
        gw_buffer_append_string(buffer, ": ");
        append_item(buffer, pairs[i].value);
    }
    gw_buffer_append_byte(buffer, '}');
}

static void append_map(struct gw_buffer *buffer, const void *place)
{
    struct gw_option_map map;
    struct gw_option_pair *sorted;

    memcpy(&map, place, sizeof map);
    sorted = malloc((size_t)map.count * sizeof *sorted + 1);
    if (sorted == NULL) {
        buffer->has_failed = true;
        return;
    }
    if (map.count > 0) {
        memcpy(sorted, map.items, (size_t)map.count * sizeof *sorted);
        qsort(sorted, (size_t)map.count, sizeof *sorted, compare_pairs);
    }
    append_pairs(buffer, sorted, map.count);
    free(sorted);
}

/* ---- whole options -------------------------------------------------------------------------------------------- */

static bool append_text(struct gw_buffer *buffer, const void *place)
{
    const char *text = read_string(place);

    if (text != NULL)
        gw_buffer_append_string(buffer, text);
    return text != NULL;
}

bool gw_option_append_value(const struct gw_option *option, const void *config, struct gw_buffer *buffer)
{
    const char *place = (const char *)config + option->offset;

    switch (option->type) {
    case GW_OPTION_BOOL:
        gw_buffer_append_string(buffer, read_uint32(place) != 0 ? "true" : "false");
        return true;
    case GW_OPTION_INT:
        gw_buffer_append_int(buffer, read_int64(place));
        return true;
    case GW_OPTION_FLOAT:
        append_float(buffer, place);
        return true;
    case GW_OPTION_DURATION:
    case GW_OPTION_SIZE:
        append_measure(buffer, option, read_int64(place));
        return true;
    case GW_OPTION_CHOICE:
        append_choice(buffer, option->choices, read_uint32(place));
        return true;
    case GW_OPTION_LIST:
        append_list(buffer, place);
        return true;
    case GW_OPTION_MAP:
        append_map(buffer, place);
        return true;
    default:
        return gw_option_type_is_text(option->type) && append_text(buffer, place);
    }
}

const char *gw_option_written(const struct gw_option *option, const void *config)
{
    if (option->type != GW_OPTION_PATH || option->written == 0)
        return NULL;
    return read_string((const char *)config + option->written);
}
