/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 8259 says about a single number or string. Knows no library and nothing of what is around a token. */
#ifndef GW_JSON_JSON_TOKEN_H
#define GW_JSON_JSON_TOKEN_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether token is a number; then *ret_is_whole says that it has neither point nor exponent. */
bool gw_json_is_number(struct gw_text token, bool *ret_is_whole);

/* Unescapes written, what is between the quotes of a string, into to, which has room for as many bytes; with NULL, only
 * checks the escapes. Returns NULL, or the escape at fault with *ret_flaw, why it is: then *ret_len is not set. */
const char *gw_json_unescape(struct gw_text written, char *to, size_t *ret_len, const char **ret_flaw);

#ifdef __cplusplus
}
#endif

#endif
