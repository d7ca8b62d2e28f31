/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a YAML file's bytes before libyaml reads them, and after the document. Knows lines and characters only. */
#ifndef GW_YAML_YAML_TEXT_H
#define GW_YAML_YAML_TEXT_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

/* Refuses (GW_CONFIG, an error as in yaml.h): too many bytes, invalid UTF-8, characters that a YAML file must not have,
 * directives other than %YAML before the document. */
enum gw_status gw_yaml_text_check(const char *file_name, struct gw_text text, struct gw_error *reterr);

/* Refuses anything but comments and white space from line and column on. */
enum gw_status gw_yaml_text_check_rest(const char *file_name, struct gw_text text, uint32_t line, uint32_t column,
                                       struct gw_error *reterr);

/* The byte at line and column (from 1, in characters); '\0' after the end. */
char gw_yaml_text_at(struct gw_text text, uint32_t line, uint32_t column);

/* The text without its byte order mark, if it has one. */
struct gw_text gw_yaml_text_skip_mark(struct gw_text text);

#endif
