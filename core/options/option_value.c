/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts one node: a scalar (or a reference to one) by its type, a list or map item by item. No state.
 */
#include "options/option_value.h"

#include "base/text.h"
#include "options/command_fields.h"
#include "options/option_slot.h"
#include "options/path.h"
#include "options/template.h"
#include "options/value.h"
#include "service/catalog.h"

#include <gangway/scope.h>

/* ---- numbers -------------------------------------------------------------------------------------------------- */

static bool is_in_range(const struct gw_option_slot *slot, int64_t value)
{
    const struct gw_option *option = slot->option;

    return !gw_option_has_range(option) || (value >= option->min && value <= option->max);
}

typedef enum gw_status integer_reader_fn(struct gw_text text, int64_t *ret_value, struct gw_error *reterr);

static integer_reader_fn *integer_reader(uint32_t type)
{
    switch (type) {
    case GW_OPTION_DURATION:
        return gw_value_duration;
    case GW_OPTION_SIZE:
        return gw_value_size;
    default:
        return gw_value_int;
    }
}

static enum gw_status read_integer(const struct gw_option_slot *slot, struct gw_text text, void *place,
                                   struct gw_error *reterr)
{
    bool is_off = (slot->option->flags & GW_OPTION_OFF) != 0 && gw_text_is(text, "off");
    int64_t value = 0;
    enum gw_status status = is_off ? GW_OK : integer_reader(slot->type)(text, &value, reterr);

    if (status != GW_OK)
        return status;
    if (!is_off && !is_in_range(slot, value))
        return gw_error_set(reterr, GW_INVALID, "is out of range");
    memcpy(place, &value, sizeof value);
    return GW_OK;
}

static enum gw_status read_bool(const struct gw_option_slot *slot, struct gw_text text, void *place,
                                struct gw_error *reterr)
{
    uint32_t value;
    enum gw_status status = gw_value_bool(text, &value, reterr);

    (void)slot;
    if (status == GW_OK)
        memcpy(place, &value, sizeof value);
    return status;
}

static enum gw_status read_float(const struct gw_option_slot *slot, struct gw_text text, void *place,
                                 struct gw_error *reterr)
{
    double value;
    enum gw_status status = gw_value_float(text, &value, reterr);

    (void)slot;
    if (status == GW_OK)
        memcpy(place, &value, sizeof value);
    return status;
}

/* Writes only the nearest choice; the expected value lists all of them. */
static enum gw_status refuse_name(struct gw_text wrong, const char *const *names, size_t count, const char *what,
                                  struct gw_error *reterr)
{
    const char *nearest = gw_text_nearest(wrong.ptr, (size_t)wrong.len, names, count);

    if (nearest == NULL)
        return gw_error_set(reterr, GW_INVALID, "%s", what);
    return gw_error_set(reterr, GW_INVALID, "%s (did you mean '%s'?)", what, nearest);
}

enum { CHOICES_MAX = 32 };

static enum gw_status refuse_choice(const struct gw_option_slot *slot, struct gw_text text, struct gw_error *reterr)
{
    const char *names[CHOICES_MAX];
    const char *at = slot->option->choices;
    struct gw_text word;
    size_t count = 0;

    while (count < CHOICES_MAX && gw_value_next_word(&at, &word)) {
        names[count] = gw_arena_copy(slot->binder->arena, word.ptr, (size_t)word.len);
        if (names[count++] == NULL)
            return GW_NOMEM;
    }
    return refuse_name(text, names, count, "is none of the choices", reterr);
}

static enum gw_status read_choice(const struct gw_option_slot *slot, struct gw_text text, void *place,
                                  struct gw_error *reterr)
{
    uint32_t value;

    if (gw_value_choice(text, slot->option->choices, &value, NULL) != GW_OK)
        return refuse_choice(slot, text, reterr);
    memcpy(place, &value, sizeof value);
    return GW_OK;
}

/* ---- texts ---------------------------------------------------------------------------------------------------- */

static enum gw_status check_command(struct gw_text text, struct gw_error *reterr)
{
    const char *names[CHOICES_MAX] = {"auto"};
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);

    if (gw_text_is(text, "auto") || gw_command_spec_find(text) != NULL)
        return GW_OK;
    for (size_t i = 0; i < count && i + 1 < CHOICES_MAX; i++)
        names[i + 1] = specs[i].name;
    return refuse_name(text, names, count + 1, "names no command", reterr);
}

static enum gw_status check_template(const struct gw_option_slot *slot, struct gw_text text, struct gw_error *reterr)
{
    struct gw_template parsed;
    struct gw_error cause = {0};
    enum gw_status status = gw_template_parse(slot->binder->arena, text, &parsed, &cause);

    if (status != GW_INVALID)
        return status;
    return gw_error_set(reterr, status, "is no template (%.300s)", cause.text);
}

static enum gw_status check_text(const struct gw_option_slot *slot, struct gw_text text, struct gw_error *reterr)
{
    if (!gw_option_slot_is_item(slot) && !is_in_range(slot, (int64_t)text.len))
        return gw_error_set(reterr, GW_INVALID, "is too %s", (int64_t)text.len < slot->option->min ? "short" : "long");
    switch (slot->type) {
    case GW_OPTION_COMMAND:
        return check_command(text, reterr);
    case GW_OPTION_TEMPLATE:
        return check_template(slot, text, reterr);
    case GW_OPTION_PATH:
    case GW_OPTION_RECIPIENT:
        return text.len > 0 ? GW_OK : gw_error_set(reterr, GW_INVALID, "is empty");
    default:
        return GW_OK;
    }
}

/* Resolves a path relative to the file that contains it; returns other values unchanged. */
static const char *final_text(const struct gw_option_slot *slot, const struct gw_option_scalar *scalar,
                              const char **ret_written)
{
    bool is_dash = (slot->option->flags & GW_OPTION_DASH) != 0 && gw_text_is(scalar->text, "-");

    *ret_written = scalar->text.ptr;
    if (slot->type != GW_OPTION_PATH || scalar->is_placeholder || is_dash)
        return scalar->text.ptr;
    return gw_path_join(slot->binder->arena, slot->binder->folder, scalar->text.ptr);
}

/* NULL if the node is invalid or memory ran out, and for a template whose value is not resolved. */
static const char *read_text(const struct gw_option_slot *slot, const char **ret_written)
{
    struct gw_error error = {0};
    struct gw_option_scalar scalar;
    enum gw_status status;
    const char *text;

    if (!gw_option_slot_read(slot, &scalar) || (scalar.is_placeholder && slot->type == GW_OPTION_TEMPLATE))
        return NULL;
    status = scalar.is_placeholder ? GW_OK : check_text(slot, scalar.text, &error);
    if (status == GW_INVALID) {
        gw_option_slot_complain(slot, error.text);
        return NULL;
    }
    text = status == GW_OK ? final_text(slot, &scalar, ret_written) : NULL;
    if (text == NULL)
        gw_option_slot_fail(slot);
    return text;
}

/* ---- whole options -------------------------------------------------------------------------------------------- */

typedef enum gw_status value_reader_fn(const struct gw_option_slot *slot, struct gw_text text, void *place,
                                       struct gw_error *reterr);

/* YAML distinguishes text and numbers: "5" is text. Durations, sizes and choices may be written as either. */
static bool must_be_plain(uint32_t type)
{
    return type == GW_OPTION_BOOL || type == GW_OPTION_INT || type == GW_OPTION_FLOAT;
}

static void bind_value(const struct gw_option_slot *slot, value_reader_fn *reader, void *place)
{
    struct gw_error error = {0};
    struct gw_option_scalar scalar;
    enum gw_status status;

    if (!gw_option_slot_read(slot, &scalar) || scalar.is_placeholder)
        return;
    if (!scalar.is_plain && must_be_plain(slot->type)) {
        gw_option_slot_complain(slot, "is in quotes, which make it text");
        return;
    }
    status = reader(slot, scalar.text, place, &error);
    if (status == GW_NOMEM)
        gw_option_slot_fail(slot);
    else if (status != GW_OK)
        gw_option_slot_complain(slot, error.text);
}

static void bind_text(const struct gw_option_slot *slot, void *config)
{
    const char *written = NULL;
    const char *text = read_text(slot, &written);
    char *second = slot->option->written != 0 ? (char *)config + slot->option->written : NULL;

    if (text == NULL)
        return;
    memcpy((char *)config + slot->option->offset, &text, sizeof text);
    if (second != NULL && slot->type == GW_OPTION_PATH)
        memcpy(second, &written, sizeof written);
    if (second != NULL && slot->type == GW_OPTION_COMMAND &&
        !gw_command_fields(slot->binder->arena, gw_text_of(text), (struct gw_option_fields *)(void *)second))
        gw_option_slot_fail(slot);
}

/* Whether node is of kind and has a number of items within the option's range. */
static bool check_collection(const struct gw_option_slot *slot, enum gw_yaml_kind kind)
{
    if (slot->node->kind != kind) {
        gw_option_slot_complain(slot, gw_option_slot_is_null(slot) ? "is empty: leave the key out, or give it a value"
                                      : kind == GW_YAML_LIST       ? "is not a list"
                                                                   : "is not a map");
        return false;
    }
    if (!is_in_range(slot, slot->node->count)) {
        gw_option_slot_complain(slot,
                                slot->node->count < slot->option->min ? "has too few items" : "has too many items");
        return false;
    }
    return true;
}

static void bind_list(const struct gw_option_slot *slot, void *place)
{
    struct gw_option_list list = {NULL, slot->node->count};
    const char *written;
    const char **items;

    if (!check_collection(slot, GW_YAML_LIST))
        return;
    items = gw_arena_alloc(slot->binder->arena, slot->node->count * sizeof *items + 1);
    if (items == NULL) {
        gw_option_slot_fail(slot);
        return;
    }
    for (uint32_t i = 0; i < slot->node->count; i++) {
        struct gw_option_slot item = {slot->binder, slot->option, slot->option->item_type, slot->node->items[i], NULL};

        items[i] = read_text(&item, &written);
    }
    list.items = items;
    memcpy(place, &list, sizeof list);
}

static void bind_map(const struct gw_option_slot *slot, void *place)
{
    struct gw_option_map map = {NULL, slot->node->count};
    struct gw_option_pair *pairs;
    const char *written;

    if (!check_collection(slot, GW_YAML_MAP))
        return;
    pairs = gw_arena_alloc(slot->binder->arena, slot->node->count * sizeof *pairs + 1);
    if (pairs == NULL) {
        gw_option_slot_fail(slot);
        return;
    }
    for (uint32_t i = 0; i < slot->node->count; i++) {
        const struct gw_yaml_entry *entry = &slot->node->entries[i];
        struct gw_option_slot item = {slot->binder, slot->option, slot->option->item_type, entry->value,
                                      entry->key->text.ptr};

        pairs[i] = (struct gw_option_pair){entry->key->text.ptr, read_text(&item, &written)};
    }
    map.items = pairs;
    memcpy(place, &map, sizeof map);
}

void gw_option_bind_node(struct gw_binder *binder, const struct gw_option *option, const struct gw_yaml_node *node,
                         void *config)
{
    static value_reader_fn *const readers[] = {
        [GW_OPTION_BOOL] = read_bool,        [GW_OPTION_INT] = read_integer,  [GW_OPTION_FLOAT] = read_float,
        [GW_OPTION_DURATION] = read_integer, [GW_OPTION_SIZE] = read_integer, [GW_OPTION_CHOICE] = read_choice,
    };
    struct gw_option_slot slot = {binder, option, option->type, node, NULL};
    void *place = (char *)config + option->offset;

    if (option->type == GW_OPTION_LIST)
        bind_list(&slot, place);
    else if (option->type == GW_OPTION_MAP)
        bind_map(&slot, place);
    else if (gw_option_type_is_text(option->type))
        bind_text(&slot, config);
    else if (option->type < gw_array_length(readers) && readers[option->type] != NULL)
        bind_value(&slot, readers[option->type], place);
}

/* The default of a scalar is its text, so `-` and `{field}` need no quotes; the default of a collection is YAML. */
static const struct gw_yaml_node *fallback_node(struct gw_binder *binder, const struct gw_option *option,
                                                struct gw_place place)
{
    bool is_collection = option->type == GW_OPTION_LIST || option->type == GW_OPTION_MAP;
    struct gw_text text = gw_text_of(option->fallback);
    const struct gw_yaml_node *parsed = NULL;
    struct gw_yaml_node *node = NULL;
    enum gw_status status = GW_INVALID;

    if (is_collection)
        status = gw_yaml_parse(binder->arena, option->name, text, &parsed, NULL);
    if (status == GW_OK)
        return parsed;
    if (status != GW_NOMEM)
        node = gw_arena_alloc_zero(binder->arena, sizeof *node);
    if (node == NULL) {
        binder->diagnostics->has_failed = true;
        return NULL;
    }
    node->kind = GW_YAML_SCALAR;
    node->line = place.line;
    node->column = place.column;
    node->is_plain = must_be_plain(option->type);
    node->text = text;
    return node;
}

void gw_option_bind_fallback(struct gw_binder *binder, const struct gw_option *option, struct gw_place place,
                             void *config)
{
    const struct gw_yaml_node *node = fallback_node(binder, option, place);

    if (node != NULL)
        gw_option_bind_node(binder, option, node, config);
}
