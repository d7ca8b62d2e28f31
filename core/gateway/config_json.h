/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration in force, for a program: one object, whose field names are stable.
 *
 *     {"file": "/etc/gangway.yaml", "restart_file": "/etc/gangway.yaml", "restart_reads_another_file": false,
 *      "generation": 3, "config_hash": "8c1f...", "settings": [OPTION],
 *      "components": {"orders": {"section": "entrypoints", "plugin": "kafka_consumer", "line": 4,
 *                                "options": [OPTION]}},
 *      "routes": {"OutOfStock": {"publish": ["events"], "notify": ["ops"], "fallback": []}}}
 *
 *     OPTION  {"name": "log.level", "value": "debug", "secret": false}; in a component the name of the option alone
 *
 * Options that are not set are left out; defaults are not. value has the form of options/option_text.h. It is null
 * where secret is true: the value is a secret, or comes from {env:} or {file:}.
 */
#ifndef GW_GATEWAY_CONFIG_JSON_H
#define GW_GATEWAY_CONFIG_JSON_H

#include "base/buffer.h"
#include "config/bootstrap.h"

/* What is not in the model. */
struct gw_config_origin {
    uint64_t generation;
    const char *restart_file; /* that a restart reads: the one that `run` was given */
};

/* Appends the configuration; the arena is for the texts meanwhile. gw_restart_file_compare says whether a
 * restart reads another file. OK, also if the buffer has failed; NOMEM: it is not whole. Any thread.
 */
enum gw_status gw_config_append_json(struct gw_arena *arena, const struct gw_bootstrap *bootstrap,
                                     const struct gw_config_origin *origin, struct gw_buffer *buffer);

struct gw_json_writer;

/* Writes the group of a route as the member `key`; without a group the object is empty. */
void gw_config_write_group(struct gw_json_writer *writer, const char *key, const struct gw_group_settings *group);

#endif
