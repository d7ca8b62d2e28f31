/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options: name, arguments, help. Static storage. */
#ifndef GW_CLI_FLAGS_H
#define GW_CLI_FLAGS_H

#include "cli/command_line.h"

struct gw_flag_spec {
    const char *name;      /* with the two dashes */
    const char *arguments; /* as shown in a usage; NULL: none */
    uint32_t argument_count;
    const char *help;
};

const struct gw_flag_spec *gw_flag_spec(enum gw_flag flag);

#endif
