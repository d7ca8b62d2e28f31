/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads consumer tags. See tag.h. */
#include "tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10 };

void consumer_tag_write(uint64_t index, char ret_tag[CONSUMER_TAG_MAX])
{
    (void)snprintf(ret_tag, CONSUMER_TAG_MAX, "%u", (unsigned)index);
}

bool consumer_tag_read(amqp_bytes_t tag, uint64_t count, uint64_t *ret_index)
{
    char digits[CONSUMER_TAG_MAX];
    char *end;

    if (tag.len == 0 || tag.len >= sizeof digits)
        return false;
    memcpy(digits, tag.bytes, tag.len);
    digits[tag.len] = '\0';
    *ret_index = strtoull(digits, &end, DECIMAL);
    return *end == '\0' && *ret_index < count;
}
