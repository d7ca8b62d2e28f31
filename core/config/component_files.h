/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a component reads when it is opened (GW_OPTION_CONTENTS), by digest: another certificate under the
 * same path is another configuration. Files are read while the model is made, so that comparing two models reads none.
 */
#ifndef GW_CONFIG_COMPONENT_FILES_H
#define GW_CONFIG_COMPONENT_FILES_H

#include "base/arena.h"
#include "config/bootstrap.h"

#include <stdint.h>

enum { GW_FILE_DIGEST_BYTES = 32 };

/* The file of one option. */
struct gw_component_file {
    const char *option;                   /* its name */
    uint8_t digest[GW_FILE_DIGEST_BYTES]; /* BLAKE2b of the contents; all 0: it cannot be read */
};

/* Reads the files of all options that are set, and notes them in the component. OK, also where a file cannot be read;
 * NOMEM. Any thread; component->config must be bound. */
enum gw_status gw_component_files_read(struct gw_arena *arena, struct gw_component *component);

/* The file of an option; NULL: it has none. */
const struct gw_component_file *gw_component_file_of(const struct gw_component *component,
                                                     const struct gw_option *option);

#endif
