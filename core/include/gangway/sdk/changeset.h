/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: what a repository checks in a changeset before it compares or stores anything.
 *
 * A changeset comes from the core, which builds it by the rules of port/repository.h. A changeset that breaks them is a
 * bug of the core, never of a sender, so the check answers INTERNAL. A repository calls gw_changeset_check first in its
 * apply; afterwards every index is valid, and gw_changeset_product needs no error path.
 *
 * These functions hold no state, allocate nothing and may run on any thread. What they get is borrowed for the call.
 */
#ifndef GANGWAY_SDK_CHANGESET_H
#define GANGWAY_SDK_CHANGESET_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The highest quantity that a batch or an order line may have. */
enum { GW_QUANTITY_MAX = 2147483647 };

/*
 * Checks a changeset as a whole:
 * - each product change has an expected version of at least 0 and a version that is not below it;
 * - each batch, line and effect names one of the changeset's products, and one that exists once the changeset is
 *   applied (its version is above 0);
 * - no stamp is below 0 or above GW_STAMP_MAX, that of the last effect included. 0 is allowed: the core never draws it,
 *   and a program that works without stamps may use it.
 *
 * Cost: one pass over the changeset.
 *
 * OK.
 * INTERNAL: one of these rules is broken, and the text says which. Nothing may be stored.
 */
enum gw_status gw_changeset_check(const struct gw_changeset *set, struct gw_error *reterr);

/* The product that a part of the changeset names by its index. The index must be valid; gw_changeset_check ensures it.
 */
static inline const struct gw_product_change *gw_changeset_product(const struct gw_changeset *set, uint32_t index)
{
    return (const struct gw_product_change *)gw_array_at(&set->products, index);
}

/*
 * Checks the quantities that a batch would have: 0 <= allocated <= purchased <= GW_QUANTITY_MAX. This is the second
 * line of defence behind the business rules, for a repository without a database constraint.
 *
 * A repository calls it for each inserted or updated batch, after it has compared the old quantities. If the old
 * quantities have changed, the status is CONFLICT, whatever the changeset would store.
 *
 * OK.
 * PERMANENT: the numbers are out of range; the text names the batch and both numbers.
 */
enum gw_status gw_quantities_check(struct gw_text ref, int64_t purchased, int64_t allocated, struct gw_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
