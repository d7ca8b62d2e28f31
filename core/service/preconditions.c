/* SPDX-License-Identifier: Apache-2.0 */
/* One function per precondition. The switch at the end says which command needs which. */
#include "service/preconditions.h"

#include "domain/command.h"
#include "service/handling.h"

#include <gangway/port/entrypoint.h>

static enum gw_status reject(struct gw_handling *handling, enum gw_reason code, const char *before,
                             struct gw_identifier name)
{
    handling->reason_code = code;
    gw_buffer_append_string(handling->reason, before);
    gw_buffer_append(handling->reason, name.ptr, name.len);
    return GW_INVALID;
}

/* A product has the SKU. */
static enum gw_status product_exists(struct gw_handling *handling, struct gw_identifier sku)
{
    const struct gw_tracked *tracked = gw_unit_of_work_product(handling->work, sku);

    if (tracked == NULL)
        return GW_NOT_LOADED;
    return gw_product_version(tracked->product) > 0 ? GW_OK
                                                    : reject(handling, GW_REASON_UNKNOWN_PRODUCT, "Invalid sku ", sku);
}

static enum gw_status batch_exists(struct gw_handling *handling, struct gw_identifier ref)
{
    struct gw_tracked *owner;
    enum gw_status status = gw_unit_of_work_batch_owner(handling->work, ref, &owner);

    if (status != GW_OK)
        return status;
    return owner != NULL ? GW_OK : reject(handling, GW_REASON_UNKNOWN_BATCH, "Unknown batch ", ref);
}

/* The reference is free, or a batch of this SKU has it. */
static enum gw_status reference_is_ours(struct gw_handling *handling, struct gw_identifier ref,
                                        struct gw_identifier sku)
{
    struct gw_tracked *owner;
    enum gw_status status = gw_unit_of_work_batch_owner(handling->work, ref, &owner);

    if (status != GW_OK)
        return status;
    if (owner == NULL || gw_identifier_equal(owner->sku, sku))
        return GW_OK;
    gw_buffer_append_string(handling->reason, "Batch ");
    gw_buffer_append(handling->reason, ref.ptr, ref.len);
    return reject(handling, GW_REASON_REFERENCE_TAKEN, " already exists for sku ", owner->sku);
}

enum gw_status gw_preconditions_check(struct gw_handling *handling, const struct gw_command *command)
{
    switch (command->type) {
    case GW_COMMAND_CREATE_BATCH:
        return reference_is_ours(handling, command->ref, command->sku);
    case GW_COMMAND_ALLOCATE:
    case GW_COMMAND_DEALLOCATE:
        return product_exists(handling, command->sku);
    case GW_COMMAND_CHANGE_BATCH_QUANTITY:
        return batch_exists(handling, command->ref);
    case GW_COMMAND_TYPES:
        break;
    }
    return GW_INTERNAL;
}
