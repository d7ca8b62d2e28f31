/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An identifier: SKU, order id or batch reference. Opaque UTF-8, 1 to 255 bytes without control characters (C0, DEL,
 * C1), compared byte by byte: nothing is normalised, folded or trimmed. Contains its hash, so a look-up reads the bytes
 * only once. Does not own the bytes.
 */
#ifndef GW_DOMAIN_IDENTIFIER_H
#define GW_DOMAIN_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_IDENTIFIER_MAX_BYTES = 255 };

struct gw_identifier {
    const char *ptr;
    uint32_t len;
    uint32_t hash;
};

/* The identifier of len bytes at ptr; borrows them. They must be valid (gw_identifier_is_valid). */
struct gw_identifier gw_identifier_make(const char *ptr, size_t len);

/* Whether these bytes are a valid identifier. */
bool gw_identifier_is_valid(const char *ptr, size_t len);

bool gw_identifier_equal(struct gw_identifier a, struct gw_identifier b);

#endif
