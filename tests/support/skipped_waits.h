/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time in a unit test: a pause of the core's threads ends at once, and the monotonic clock jumps to its end. So a test
 * of retries, deadlines and renewals passes all of them, in their order, in milliseconds; nothing is left out. Link
 * gangway_skipped_waits.
 */
#ifndef GW_TEST_SKIPPED_WAITS_H
#define GW_TEST_SKIPPED_WAITS_H

#include <stdint.h>

/* The clock jumps by so much. */
void skip_ms(int64_t ms);

#endif
