/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of a single number or string by RFC 8259. Knows neither the library nor what surrounds a token. */
#ifndef GW_JSON_JSON_TOKEN_H
#define GW_JSON_JSON_TOKEN_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether token is a number. If so, *ret_is_whole is true if it has neither point nor exponent. */
bool gw_json_is_number(struct gw_text token, bool *ret_is_whole);

/* Unescapes written, the text between the quotes of a string, into to, which has room for as many bytes; if to is NULL,
 * only checks the escapes. Returns NULL, or the invalid escape and the reason in *ret_flaw; *ret_len is then not set.
 */
const char *gw_json_unescape(struct gw_text written, char *to, size_t *ret_len, const char **ret_flaw);

#ifdef __cplusplus
}
#endif

#endif
