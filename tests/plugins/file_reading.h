/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of a plugin that reads a file of the scratch folder. One at a time. */
#ifndef GW_TEST_FILE_READING_H
#define GW_TEST_FILE_READING_H

#include "reading.h"

extern struct reading reading;

/* The option of the plugin that names the file. */
extern char path_setting[300];

/* Makes the scratch folder; the file of this name in it need not exist. */
void file_reading_set_up(const char *name);

/* Ends the reading and deletes the folder. */
void file_reading_tear_down(void);

/* Turns until the file has ended, which it must. */
void read_to_end(void);

#endif
