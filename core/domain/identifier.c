/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers and their hashes. No state, any thread. */
#include "domain/identifier.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

struct gw_identifier gw_identifier_make(const char *ptr, size_t len)
{
    return (struct gw_identifier){.ptr = ptr, .len = (uint32_t)len, .hash = gw_hash_bytes(ptr, len)};
}

bool gw_identifier_is_valid(const char *ptr, size_t len)
{
    return len >= 1 && len <= GW_IDENTIFIER_MAX_BYTES && gw_utf8_is_valid(ptr, len) && !gw_utf8_has_control(ptr, len);
}

bool gw_identifier_equal(struct gw_identifier a, struct gw_identifier b)
{
    return a.hash == b.hash && a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}
