/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts for libyaml's problems that say what to do. */
#ifndef GW_YAML_YAML_PROBLEM_H
#define GW_YAML_YAML_PROBLEM_H

#include <gangway/error.h>
#include <gangway/text.h>

#include <yaml.h>

/* Sets the error for the problem that stopped parser in text. Returns GW_CONFIG, or GW_NOMEM when out of memory. */
enum gw_status gw_yaml_problem(const yaml_parser_t *parser, const char *file_name, struct gw_text text,
                               struct gw_error *reterr);

#endif
