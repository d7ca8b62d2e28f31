/* SPDX-License-Identifier: Apache-2.0 */
/* One call of libsodium, which core and plugins share. See digest.h. */
#include "process/digest.h"

#include <sodium.h>

void gw_digest(struct gw_text bytes, uint8_t ret_digest[GW_DIGEST_BYTES])
{
    (void)crypto_generichash(ret_digest, GW_DIGEST_BYTES, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
}
