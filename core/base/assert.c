/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a process whose invariant is broken. Allocates nothing: memory may be what is broken. Any thread. */
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
