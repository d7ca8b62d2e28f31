/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps come from the kernel's random number generator: two gateways must not draw the same one. */
#include "service/stamp.h"

#include "base/assert.h"

#include <gangway/port/repository.h>

#include <sys/random.h>

int64_t gw_stamp_draw(void)
{
    uint64_t bits;

    gw_assert(getrandom(&bits, sizeof bits, 0) == sizeof bits); /* so small a request is never cut short */
    return (int64_t)(bits % (uint64_t)GW_STAMP_MAX) + 1;
}
