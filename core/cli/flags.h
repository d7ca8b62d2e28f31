/* SPDX-License-Identifier: Apache-2.0 */
/* The options as a table: what they are called, what stands behind them, what they are for. Static storage. */
#ifndef GW_CLI_FLAGS_H
#define GW_CLI_FLAGS_H

#include "cli/command_line.h"

struct gw_flag_spec {
    const char *name;      /* with its two dashes */
    const char *arguments; /* as a usage shows them; NULL: none */
    uint32_t argument_count;
    const char *help;
};

const struct gw_flag_spec *gw_flag_spec(enum gw_flag flag);

#endif
