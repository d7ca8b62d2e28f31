/* SPDX-License-Identifier: Apache-2.0 */
/* The pauses of the core's threads take no time: the monotonic clock jumps to their end. Link gangway_skipped_waits. */
#ifndef GW_TEST_SKIPPED_WAITS_H
#define GW_TEST_SKIPPED_WAITS_H

#include <stdint.h>

/* The clock jumps by so much. */
void skip_ms(int64_t ms);

#endif
