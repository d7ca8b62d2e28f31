/* SPDX-License-Identifier: Apache-2.0 */
#include "file_reading.h"

#include "scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct reading reading;
char path_setting[300];

void file_reading_set_up(const char *name)
{
    memset(&reading, 0, sizeof reading);
    scratch_begin();
    (void)snprintf(path_setting, sizeof path_setting, "path=%s", scratch_path(name));
}

void file_reading_tear_down(void)
{
    reading_end(&reading);
    scratch_end();
}

void read_to_end(void)
{
    enum gw_status status = reading_until(&reading, SIZE_MAX);

    ck_assert_msg(status == GW_END, "%s: %s", gw_status_word((int)status), reading.error.text);
}
