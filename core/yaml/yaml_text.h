/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a YAML file before and behind what libyaml reads of them. Knows lines and characters, no syntax. */
#ifndef GW_YAML_YAML_TEXT_H
#define GW_YAML_YAML_TEXT_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdint.h>

/* Refuses (GW_CONFIG, an error as yaml.h says): too many bytes, what is not UTF-8, characters that may not stand in a
 * YAML file, directives other than %YAML before the document. */
enum gw_status gw_yaml_text_check(const char *file_name, struct gw_text text, struct gw_error *reterr);

/* Refuses anything but comments and white space from line and column on. */
enum gw_status gw_yaml_text_check_rest(const char *file_name, struct gw_text text, uint32_t line, uint32_t column,
                                       struct gw_error *reterr);

/* The byte at line and column (from 1, in characters); '\0' behind the end. */
char gw_yaml_text_at(struct gw_text text, uint32_t line, uint32_t column);

/* The text without the byte order mark that it may begin with. */
struct gw_text gw_yaml_text_skip_mark(struct gw_text text);

#endif
