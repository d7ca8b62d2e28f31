/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: imperative, one handler each. Their syntax has been checked. */
#ifndef GW_DOMAIN_COMMAND_H
#define GW_DOMAIN_COMMAND_H

#include "domain/identifier.h"

enum gw_command_type {
    GW_COMMAND_CREATE_BATCH,
    GW_COMMAND_ALLOCATE,
    GW_COMMAND_DEALLOCATE,
    GW_COMMAND_CHANGE_BATCH_QUANTITY,
    GW_COMMAND_TYPES
};

/* The fields that the command's type has are set; the others are zero. */
struct gw_command {
    enum gw_command_type type;
    struct gw_identifier ref;     /* CreateBatch, ChangeBatchQuantity */
    struct gw_identifier orderid; /* Allocate, Deallocate */
    struct gw_identifier sku;     /* all but ChangeBatchQuantity */
    int64_t qty;                  /* a batch's: 0 to 2,147,483,647; a line's: from 1 */
    int32_t eta;                  /* CreateBatch; domain/eta.h */
};

#endif
