/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of catalog.h. Only this file writes down the names of commands, events and fields. */
#include "service/catalog.h"

#include "domain/command.h"
#include "domain/event.h"
#include "service/decode.h"

#include <gangway/scope.h>

static const struct gw_command_spec command_specs[GW_COMMAND_TYPES] = {
    [GW_COMMAND_CREATE_BATCH] = {"CreateBatch",
                                 {{"ref", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_REF},
                                  {"sku", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_SKU},
                                  {"qty", NULL, GW_FIELD_BATCH_QUANTITY, GW_TARGET_QTY},
                                  {"eta", NULL, GW_FIELD_ETA, GW_TARGET_ETA}},
                                 4},
    [GW_COMMAND_ALLOCATE] = {"Allocate",
                             {{"orderid", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_ORDERID},
                              {"sku", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_SKU},
                              {"qty", NULL, GW_FIELD_LINE_QUANTITY, GW_TARGET_QTY}},
                             3},
    [GW_COMMAND_DEALLOCATE] = {"Deallocate",
                               {{"orderid", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_ORDERID},
                                {"sku", NULL, GW_FIELD_IDENTIFIER, GW_TARGET_SKU},
                                {"qty", NULL, GW_FIELD_LINE_QUANTITY, GW_TARGET_QTY}},
                               3},
    [GW_COMMAND_CHANGE_BATCH_QUANTITY] = {"ChangeBatchQuantity",
                                          {{"ref", "batchref", GW_FIELD_IDENTIFIER, GW_TARGET_REF},
                                           {"qty", NULL, GW_FIELD_BATCH_QUANTITY, GW_TARGET_QTY}},
                                          2},
};

#define BATCH_EXAMPLE                                                  \
    "{\"orderid\": \"order-1\", \"sku\": \"BRASS-LAMP\", \"qty\": 4, " \
    "\"batchref\": \"lamp-ship-june\"}"

static const struct gw_event_spec event_specs[GW_EVENT_TYPES] = {
    [GW_EVENT_ALLOCATED] = {"Allocated",
                            {"orderid", "sku", "qty", "batchref"},
                            4,
                            false,
                            "Allocated {qty} of {sku} to order {orderid} from batch {batchref}",
                            BATCH_EXAMPLE},
    [GW_EVENT_DEALLOCATED] = {"Deallocated",
                              {"orderid", "sku", "qty", "batchref"},
                              4,
                              false,
                              "Deallocated {qty} of {sku} for order {orderid} from batch {batchref}",
                              BATCH_EXAMPLE},
    [GW_EVENT_OUT_OF_STOCK] = {"OutOfStock",
                               {"sku", "orderid", "qty"},
                               3,
                               false,
                               "Out of stock for {sku}",
                               "{\"sku\": \"BRASS-LAMP\", \"orderid\": \"order-1\", \"qty\": 4}"},
    [GW_EVENT_ALLOCATION_REQUIRED] = {"AllocationRequired",
                                      {"orderid", "sku", "qty"},
                                      3,
                                      true,
                                      "",
                                      "{\"orderid\": \"order-1\", \"sku\": \"BRASS-LAMP\", \"qty\": 4}"},
};

const struct gw_command_spec *gw_command_specs(size_t *ret_count)
{
    *ret_count = gw_array_length(command_specs);
    return command_specs;
}

const struct gw_event_spec *gw_event_specs(size_t *ret_count)
{
    *ret_count = gw_array_length(event_specs);
    return event_specs;
}

const struct gw_command_spec *gw_command_spec_find(struct gw_text name)
{
    for (size_t type = 0; type < gw_array_length(command_specs); type++)
        if (gw_text_is(name, command_specs[type].name))
            return &command_specs[type];
    return NULL;
}

const struct gw_event_spec *gw_event_spec_find(struct gw_text name)
{
    for (size_t type = 0; type < gw_array_length(event_specs); type++)
        if (gw_text_is(name, event_specs[type].name))
            return &event_specs[type];
    return NULL;
}

const struct gw_event_spec *gw_event_spec_for_people(void)
{
    return &event_specs[GW_EVENT_OUT_OF_STOCK];
}
