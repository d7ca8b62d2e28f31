/* SPDX-License-Identifier: Apache-2.0 */
/* The exit statuses of the program. */
#ifndef GW_CLI_EXIT_STATUS_H
#define GW_CLI_EXIT_STATUS_H

enum {
    GW_EXIT_DONE = 0,
    GW_EXIT_FAILED = 1,
    GW_EXIT_USAGE = 2,
    GW_EXIT_CONFIG = 78 /* a configuration that is refused */
};

#endif
