/* SPDX-License-Identifier: Apache-2.0 */
/* A log for tests of the core: a temporary file that is gone with the process. */
#ifndef GW_TEST_LOG_FILE_H
#define GW_TEST_LOG_FILE_H

#include "base/log.h"

/* Of level INFO, in JSON. */
extern struct gw_log log_file;

/* Makes it empty. */
void log_file_open(void);

/* How many of its records have this code and this fact; NULL: any. See log_records_count. */
unsigned logged(const char *code, const char *fact);

#endif
