/* SPDX-License-Identifier: Apache-2.0 */
/* Reads scalars and references, and writes the findings about them. No state. */
#include "options/option_slot.h"

#include "base/vector.h"
#include "options/hint.h"
#include "options/reference.h"

#include <gangway/scope.h>

bool gw_option_slot_is_item(const struct gw_option_slot *slot)
{
    return slot->type != slot->option->type;
}

/* The type limits an item; the option's range limits the number of items. */
static struct gw_option expected_option(const struct gw_option_slot *slot)
{
    struct gw_option option = *slot->option;

    if (gw_option_slot_is_item(slot)) {
        option.type = slot->type;
        option.item_type = 0;
        option.min = 0;
        option.max = 0;
    }
    return option;
}

/* Adds an error: `'workers' is not a whole number; expected ...`. */
void gw_option_slot_complain(const struct gw_option_slot *slot, const char *what)
{
    struct gw_option option = expected_option(slot);
    struct gw_buffer expected;
    char subject[160];

    gw_buffer_init(&expected, GW_HINT_MAX_BYTES);
    gw_option_append_expected(&option, &expected);
    if (slot->key != NULL)
        (void)snprintf(subject, sizeof subject, "'%.60s' in '%s'", slot->key, slot->option->name);
    else
        (void)snprintf(subject, sizeof subject, "%s'%s'", gw_option_slot_is_item(slot) ? "an item of " : "",
                       slot->option->name);
    gw_diagnostics_add(slot->binder->diagnostics, GW_SEVERITY_ERROR, slot->node->line, slot->node->column,
                       "%s %s; expected %s", subject, what, expected.ptr != NULL ? expected.ptr : "another value");
    gw_buffer_done(&expected);
}

void gw_option_slot_fail(const struct gw_option_slot *slot)
{
    slot->binder->diagnostics->has_failed = true;
}

/* A line end that a file or an editor left is part of the value. The errors that it causes later name other causes, so
 * warn here.
 */
static void warn_of_flaw(const struct gw_option_slot *slot, struct gw_text value, const char *reference)
{
    const char *flaw = slot->type != GW_OPTION_TEMPLATE ? gw_reference_flaw(value) : NULL;

    if (flaw != NULL)
        gw_diagnostics_add(slot->binder->diagnostics, GW_SEVERITY_WARNING, slot->node->line, slot->node->column,
                           "'%s': the value%s%.120s %s, which is taken as part of it", slot->option->name,
                           reference != NULL ? " of " : "", reference != NULL ? reference : "", flaw);
}

static enum gw_status add_reference(const struct gw_option_slot *slot, const char *text)
{
    struct gw_binder *binder = slot->binder;
    struct gw_option_reference *references = gw_vector_grow(binder->arena, binder->references, binder->reference_count,
                                                            &binder->reference_capacity, sizeof *references);

    if (references == NULL)
        return GW_NOMEM;
    references[binder->reference_count++] =
        (struct gw_option_reference){slot->option->name, text, binder->resolves_secrets};
    binder->references = references;
    return GW_OK;
}

/* If secrets are not resolved, only checks that the value exists and, if it can be read, how it begins and ends. */
static enum gw_status fetch_reference(const struct gw_option_slot *slot, struct gw_option_scalar *scalar,
                                      struct gw_error *reterr)
{
    struct gw_binder *binder = slot->binder;
    const char *text = gw_reference_text(binder->arena, slot->node);
    struct gw_text value = gw_text_of(NULL);
    enum gw_status status;

    if (text == NULL || add_reference(slot, text) != GW_OK)
        return GW_NOMEM;
    status = gw_reference_resolve(binder->arena, binder->folder, slot->node, &value,
                                  binder->resolves_secrets ? reterr : NULL);
    if (status == GW_OK)
        warn_of_flaw(slot, value, text);
    if (binder->resolves_secrets || status == GW_NOMEM) {
        scalar->text = value;
        return status;
    }
    binder->unresolved++;
    scalar->text = gw_text_of(text);
    scalar->is_placeholder = true;
    return gw_reference_look(binder->arena, binder->folder, slot->node, reterr);
}

static bool read_reference(const struct gw_option_slot *slot, struct gw_option_scalar *scalar)
{
    struct gw_error error = {0};
    enum gw_status status = fetch_reference(slot, scalar, &error);

    scalar->is_plain = true;
    if (status == GW_NOMEM) {
        gw_option_slot_fail(slot);
        return false;
    }
    if (status != GW_OK)
        gw_diagnostics_add(slot->binder->diagnostics,
                           slot->binder->resolves_secrets ? GW_SEVERITY_ERROR : GW_SEVERITY_WARNING, slot->node->line,
                           slot->node->column, "'%s': %s", slot->option->name, error.text);
    return status == GW_OK || scalar->is_placeholder;
}

bool gw_option_slot_is_null(const struct gw_option_slot *slot)
{
    const struct gw_yaml_node *node = slot->node;
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    for (size_t i = 0; i < gw_array_length(words) && node->kind == GW_YAML_SCALAR && node->is_plain; i++)
        if (gw_text_is(node->text, words[i]))
            return true;
    return false;
}

bool gw_option_slot_read(const struct gw_option_slot *slot, struct gw_option_scalar *ret_scalar)
{
    *ret_scalar = (struct gw_option_scalar){0};
    if (gw_reference_is(slot->node))
        return read_reference(slot, ret_scalar);
    if (slot->node->kind != GW_YAML_SCALAR) {
        gw_option_slot_complain(slot, slot->node->kind == GW_YAML_LIST ? "is a list" : "is a map");
        return false;
    }
    if (gw_option_slot_is_null(slot)) {
        gw_option_slot_complain(slot, gw_option_slot_is_item(slot) ? "is empty"
                                                                   : "is empty: leave the key out, or give it a value");
        return false;
    }
    if (slot->type == GW_OPTION_SECRET && slot->option->fallback != slot->node->text.ptr)
        gw_diagnostics_add(slot->binder->diagnostics, GW_SEVERITY_WARNING, slot->node->line, slot->node->column,
                           "'%s' is a secret in plain text; {env: NAME} or {file: PATH} keep it out",
                           slot->option->name);
    warn_of_flaw(slot, slot->node->text, NULL);
    ret_scalar->text = slot->node->text;
    ret_scalar->is_plain = slot->node->is_plain;
    return true;
}
