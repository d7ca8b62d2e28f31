/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How characters are written inside a JSON string: as in the plugin library. No state, any thread. JSON itself is
 * written by json/json_writer; this is for it, for the log, which cuts a record between two characters, and for
 * templates, whose text is the operator's.
 */
#ifndef GW_BASE_JSON_ESCAPE_H
#define GW_BASE_JSON_ESCAPE_H

#include <gangway/sdk/json_escape.h>

#endif
