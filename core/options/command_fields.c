/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the catalog's field tables into the SDK's struct; see command_fields.h. */
#include "options/command_fields.h"

#include "service/catalog.h"

#include <string.h>

static bool has_name(const struct gw_option_fields *fields, const char *name)
{
    for (uint64_t i = 0; i < fields->count; i++)
        if (strcmp(fields->items[i].name, name) == 0)
            return true;
    return false;
}

/* If two commands have a field of one name, the second one only adds its alias. */
static void add(struct gw_option_fields *fields, struct gw_option_field *items, struct gw_option_field field)
{
    if (!has_name(fields, field.name))
        items[fields->count++] = field;
    else if (field.alias != NULL && !has_name(fields, field.alias))
        items[fields->count++] = (struct gw_option_field){.name = field.alias};
}

static void add_command(struct gw_option_fields *fields, struct gw_option_field *items,
                        const struct gw_command_spec *spec, bool is_only)
{
    for (size_t i = 0; i < spec->field_count; i++)
        add(fields, items,
            (struct gw_option_field){.name = spec->fields[i].name,
                                     .alias = spec->fields[i].alias,
                                     .is_required = is_only && spec->fields[i].kind != GW_FIELD_ETA});
}

bool gw_command_fields(struct gw_arena *arena, struct gw_text command, struct gw_option_fields *ret_fields)
{
    const struct gw_command_spec *spec = gw_command_spec_find(command);
    size_t count;
    const struct gw_command_spec *specs = gw_command_specs(&count);
    struct gw_option_field *items = gw_arena_alloc(arena, (count * GW_COMMAND_FIELDS_MAX + 1) * sizeof *items);

    *ret_fields = (struct gw_option_fields){.items = items};
    if (items == NULL)
        return false;
    if (spec != NULL) {
        add_command(ret_fields, items, spec, true);
    } else if (gw_text_is(command, "auto")) {
        add(ret_fields, items, (struct gw_option_field){.name = "type", .is_required = 1});
        for (size_t i = 0; i < count; i++)
            add_command(ret_fields, items, &specs[i], false);
    }
    return true;
}
