/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes field by field in the order of the catalog. It does not know whether the values come from JSON or CSV. */
#include "service/decode.h"

#include "domain/command.h"
#include "domain/eta.h"
#include "domain/product.h"
#include "json/json_writer.h"

#include <string.h>

static const char *const expectations[] = {
    [GW_FIELD_IDENTIFIER] = "a string of 1 to 255 bytes without control characters",
    [GW_FIELD_LINE_QUANTITY] = "an integer from 1 to 2147483647",
    [GW_FIELD_BATCH_QUANTITY] = "an integer from 0 to 2147483647",
    [GW_FIELD_ETA] = "a date as YYYY-MM-DD, with or without a time behind it, or null",
};

static void describe_found(struct gw_buffer *reason, const struct gw_value *value)
{
    switch (value->kind) {
    case GW_VALUE_ABSENT:
        gw_buffer_append_string(reason, "it is missing");
        return;
    case GW_VALUE_NULL:
        gw_buffer_append_string(reason, "found null");
        return;
    case GW_VALUE_STRING:
        if (value->text.len > 64) {
            gw_buffer_append_format(reason, "found a string of %llu bytes", (unsigned long long)value->text.len);
            return;
        }
        gw_buffer_append_string(reason, "found ");
        gw_json_append_string(reason, value->text);
        return;
    case GW_VALUE_INTEGER:
        gw_buffer_append_string(reason, "found ");
        gw_buffer_append_int(reason, value->integer);
        return;
    case GW_VALUE_OTHER:
        gw_buffer_append_string(reason, "found something else");
        return;
    }
}

static bool refuse(struct gw_buffer *reason, const char *name, enum gw_field_kind kind, const struct gw_value *value)
{
    gw_buffer_append_format(reason, "%s: expected %s, ", name, expectations[kind]);
    describe_found(reason, value);
    return false;
}

static bool read_identifier(const struct gw_value *value, struct gw_identifier *ret_identifier)
{
    if (value->kind != GW_VALUE_STRING || !gw_identifier_is_valid(value->text.ptr, (size_t)value->text.len))
        return false;
    *ret_identifier = gw_identifier_make(value->text.ptr, (size_t)value->text.len);
    return true;
}

static bool read_quantity(const struct gw_value *value, int64_t lowest, int64_t *ret_qty)
{
    if (value->kind != GW_VALUE_INTEGER || value->integer < lowest || value->integer > GW_QTY_MAX)
        return false;
    *ret_qty = value->integer;
    return true;
}

static bool read_eta(const struct gw_value *value, int32_t *ret_eta)
{
    if (value->kind == GW_VALUE_ABSENT || value->kind == GW_VALUE_NULL) {
        *ret_eta = GW_ETA_NONE;
        return true;
    }
    return value->kind == GW_VALUE_STRING && gw_eta_parse(value->text.ptr, (size_t)value->text.len, ret_eta);
}

static struct gw_identifier *target_identifier(struct gw_command *command, uint32_t target)
{
    switch (target) {
    case GW_TARGET_REF:
        return &command->ref;
    case GW_TARGET_ORDERID:
        return &command->orderid;
    default:
        return &command->sku;
    }
}

static bool read_field(const struct gw_field_spec *field, const struct gw_value *value, struct gw_command *command)
{
    switch (field->kind) {
    case GW_FIELD_IDENTIFIER:
        return read_identifier(value, target_identifier(command, field->target));
    case GW_FIELD_LINE_QUANTITY:
        return read_quantity(value, 1, &command->qty);
    case GW_FIELD_BATCH_QUANTITY:
        return read_quantity(value, 0, &command->qty);
    case GW_FIELD_ETA:
        return read_eta(value, &command->eta);
    }
    return false;
}

static bool same_string(const struct gw_value *a, const struct gw_value *b)
{
    return a->kind == GW_VALUE_STRING && b->kind == GW_VALUE_STRING && gw_text_equal(a->text, b->text);
}

/* Finds the value under the field's name or its alias. Both may be given if they are equal. */
static bool find_value(const struct gw_field_spec *field, const struct gw_values *values, struct gw_value *ret_value,
                       struct gw_buffer *ret_reason)
{
    struct gw_value aliased;

    *ret_value = values->find(values, field->name);
    if (field->alias == NULL)
        return true;
    aliased = values->find(values, field->alias);
    if (aliased.kind == GW_VALUE_ABSENT)
        return true;
    if (ret_value->kind != GW_VALUE_ABSENT && !same_string(ret_value, &aliased)) {
        gw_buffer_append_format(ret_reason, "%s: expected the same as %s, which is given too", field->name,
                                field->alias);
        return false;
    }
    *ret_value = aliased;
    return true;
}

bool gw_command_decode(const struct gw_command_spec *spec, const struct gw_values *values,
                       struct gw_command *ret_command, struct gw_buffer *ret_reason)
{
    size_t count;

    memset(ret_command, 0, sizeof *ret_command);
    ret_command->type = (enum gw_command_type)(spec - gw_command_specs(&count));
    for (size_t index = 0; index < spec->field_count; index++) {
        const struct gw_field_spec *field = &spec->fields[index];
        struct gw_value value;

        if (!find_value(field, values, &value, ret_reason))
            return false;
        if (!read_field(field, &value, ret_command))
            return refuse(ret_reason, field->name, field->kind, &value);
    }
    return true;
}
