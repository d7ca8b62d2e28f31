/* SPDX-License-Identifier: Apache-2.0 */
/* The port's check: examines the folder and all its files, and changes nothing. */
#ifndef CSV_CHECK_H
#define CSV_CHECK_H

#include "store.h"

/* is_ours: this instance has locked the folder. */
enum gw_status check_folder(const char *path, bool is_ours, const struct gw_report *report);

#endif
