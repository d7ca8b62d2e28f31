/* SPDX-License-Identifier: Apache-2.0 */
/* Connects the bus with the aggregates: finds the product, calls the operation, reports the outcome. */
#include "service/handlers.h"

#include "domain/eta.h"
#include "service/catalog.h"
#include "service/routing.h"
#include "stock/port_text.h"

#include <gangway/message.h>
#include <gangway/port/entrypoint.h>

static void append_name(struct gw_buffer *buffer, const char *before, struct gw_identifier name)
{
    gw_buffer_append_string(buffer, before);
    gw_buffer_append(buffer, name.ptr, name.len);
}

/* Rows that contradict each other were changed by another program. The command that needs them is refused; a replay
 * applies it once they are repaired. */
static enum gw_status refuse_unsound(struct gw_handling *handling, const struct gw_tracked *tracked)
{
    struct gw_flaw flaw = gw_product_flaw(tracked->product);
    struct gw_buffer *reason = handling->reason;

    handling->reason_code = GW_REASON_CORRUPT_ROWS;
    append_name(reason, "the stored rows of sku ", tracked->sku);
    append_name(reason, " contradict each other: batch ", flaw.ref);
    gw_buffer_append_format(reason, " has %lld units allocated", (long long)flaw.allocated);
    if (flaw.kind == GW_FLAW_QUANTITIES)
        gw_buffer_append_format(reason, " of %lld purchased", (long long)flaw.purchased);
    else
        gw_buffer_append_format(reason, " and its lines hold %lld", (long long)flaw.held);
    gw_buffer_append_string(reason, "; repair the rows, then replay this message");
    return GW_INVALID;
}

static enum gw_status conclude(struct gw_handling *handling, struct gw_tracked *tracked, enum gw_result result,
                               uint32_t *ret_outcome)
{
    switch (result) {
    case GW_RESULT_APPLIED:
        *ret_outcome = GW_OUTCOME_APPLIED;
        return GW_OK;
    case GW_RESULT_SKIPPED:
        *ret_outcome = GW_OUTCOME_SKIPPED;
        return GW_OK;
    case GW_RESULT_NOT_LOADED:
        return gw_unit_of_work_miss(handling->work, tracked);
    case GW_RESULT_UNSOUND:
        return refuse_unsound(handling, tracked);
    case GW_RESULT_NOMEM:
        return GW_NOMEM;
    case GW_RESULT_UNKNOWN_BATCH:
        break; /* the preconditions have found the batch */
    }
    return GW_INTERNAL;
}

static void append_batch_terms(struct gw_buffer *buffer, int64_t qty, int32_t eta)
{
    char date[GW_ETA_TEXT_MAX] = "none";

    if (eta != GW_ETA_NONE)
        gw_eta_format(eta, date);
    gw_buffer_append_format(buffer, "qty %lld, eta %s", (long long)qty, date);
}

/* Rule 7: a reference that exists is skipped, with a warning that names the differences, if any. */
static void warn_of_difference(struct gw_buffer *reason, const struct gw_batch *batch, const struct gw_command *command)
{
    if (batch->purchased == command->qty && batch->eta == command->eta)
        return;
    append_name(reason, "Batch ", command->ref);
    gw_buffer_append_string(reason, " already exists with ");
    append_batch_terms(reason, batch->purchased, batch->eta);
    gw_buffer_append_string(reason, "; not changed to ");
    append_batch_terms(reason, command->qty, command->eta);
}

static enum gw_status create_batch(struct gw_handling *handling, const struct gw_command *command,
                                   uint32_t *ret_outcome)
{
    struct gw_tracked *tracked = gw_unit_of_work_product(handling->work, command->sku);
    const struct gw_batch *existing = NULL;
    struct gw_tracked *owner;
    enum gw_status status = gw_unit_of_work_batch_owner(handling->work, command->ref, &owner);
    enum gw_result result;

    if (status != GW_OK)
        return status;
    if (tracked == NULL)
        return GW_NOT_LOADED;
    if (owner == NULL && !gw_product_load_absent_batch(tracked->product, command->ref))
        return GW_NOMEM;
    result = gw_product_create_batch(tracked->product, command->ref, command->qty, command->eta, &existing);
    if (result == GW_RESULT_APPLIED)
        gw_unit_of_work_batch_created(handling->work, command->ref, tracked);
    if (result == GW_RESULT_SKIPPED)
        warn_of_difference(handling->reason, existing, command);
    return conclude(handling, tracked, result, ret_outcome);
}

static enum gw_status allocate(struct gw_handling *handling, struct gw_identifier sku, struct gw_identifier orderid,
                               int64_t qty, uint32_t *ret_outcome)
{
    struct gw_tracked *tracked = gw_unit_of_work_product(handling->work, sku);
    const struct gw_held_line *line = NULL;
    enum gw_result result;

    if (tracked == NULL)
        return GW_NOT_LOADED;
    result = gw_product_allocate(tracked->product, orderid, qty, &handling->events, &line);
    if (result == GW_RESULT_APPLIED && line->batch != NULL && !gw_changes_add_line(handling->changes, tracked, line))
        return GW_NOMEM;
    return conclude(handling, tracked, result, ret_outcome);
}

static enum gw_status deallocate(struct gw_handling *handling, const struct gw_command *command, uint32_t *ret_outcome)
{
    struct gw_tracked *tracked = gw_unit_of_work_product(handling->work, command->sku);

    if (tracked == NULL)
        return GW_NOT_LOADED;
    return conclude(handling, tracked,
                    gw_product_deallocate(tracked->product, command->orderid, command->qty, &handling->events),
                    ret_outcome);
}

static enum gw_status change_batch_quantity(struct gw_handling *handling, const struct gw_command *command,
                                            uint32_t *ret_outcome)
{
    struct gw_tracked *owner;
    enum gw_status status = gw_unit_of_work_batch_owner(handling->work, command->ref, &owner);

    if (status != GW_OK)
        return status;
    return conclude(handling, owner,
                    gw_product_change_batch_quantity(owner->product, command->ref, command->qty, &handling->events),
                    ret_outcome);
}

enum gw_status gw_handle_command(struct gw_handling *handling, const struct gw_command *command, uint32_t *ret_outcome)
{
    switch (command->type) {
    case GW_COMMAND_CREATE_BATCH:
        return create_batch(handling, command, ret_outcome);
    case GW_COMMAND_ALLOCATE:
        return allocate(handling, command->sku, command->orderid, command->qty, ret_outcome);
    case GW_COMMAND_DEALLOCATE:
        return deallocate(handling, command, ret_outcome);
    case GW_COMMAND_CHANGE_BATCH_QUANTITY:
        return change_batch_quantity(handling, command, ret_outcome);
    case GW_COMMAND_TYPES:
        break;
    }
    return GW_INTERNAL;
}

enum gw_status gw_handle_allocation_required(const void *context, struct gw_handling *handling,
                                             const struct gw_event *event)
{
    uint32_t outcome;

    (void)context;
    return allocate(handling, event->sku, event->orderid, event->qty, &outcome);
}

/* `identity-number`: the same id however often the message is handled. */
static struct gw_text event_id(struct gw_handling *handling)
{
    struct gw_buffer *scratch = handling->scratch;
    const char *copy;

    gw_buffer_reset(scratch);
    gw_buffer_append(scratch, handling->identity.ptr, (size_t)handling->identity.len);
    gw_buffer_append_byte(scratch, '-');
    gw_buffer_append_int(scratch, handling->event_number);
    copy = scratch->has_failed ? NULL : gw_arena_copy(handling->arena, scratch->ptr, scratch->len);
    return gw_text_span(copy, copy != NULL ? scratch->len : 0);
}

enum gw_status gw_handle_by_sending(const void *context, struct gw_handling *handling, const struct gw_event *event)
{
    const struct gw_destination *destination = context;
    size_t count;
    struct gw_effect_draft draft = {.destination = destination->id,
                                    .id = event_id(handling),
                                    .type = gw_text_of(gw_event_specs(&count)[event->type].name),
                                    .payload = gw_handling_payload(handling, event)};

    if (draft.id.len == 0 || draft.payload.len == 0 || !gw_handling_headers(handling, &draft.headers))
        return GW_NOMEM;
    for (size_t index = 0; index < destination->recipient_count; index++) {
        draft.recipient = destination->recipients[index];
        if (!gw_changes_add_effect(handling->changes, handling->product, &draft))
            return GW_NOMEM;
    }
    return GW_OK;
}
