/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the process after a failed assertion. Allocates nothing, because the heap may be corrupt. Any thread. */
#include "base/assert.h"

#include "base/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void gw_assert_failed(const char *file, int line, const char *expression)
{
    char text[512];
    int len = snprintf(text, sizeof text, "%s:%d: broken invariant: %s\n", file, line, expression);

    if (len > 0)
        (void)gw_output_write(gw_output_standard(STDERR_FILENO), text,
                              (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
    abort();
}
