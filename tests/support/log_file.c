/* SPDX-License-Identifier: Apache-2.0 */
#include "log_file.h"

#include "log_records.h"

#include <check.h>
#include <stdio.h>

static FILE *stream;
static struct gw_output output;

struct gw_log log_file = {.output = &output, .format = GW_LOG_JSON, .level = GW_LOG_INFO};

void log_file_open(void)
{
    if (stream != NULL) {
        gw_output_done(&output);
        (void)fclose(stream);
    }
    stream = tmpfile();
    ck_assert_ptr_nonnull(stream);
    gw_output_init(&output, fileno(stream));
}

unsigned logged(const char *code, const char *fact)
{
    return log_records_count(output.fd, code, fact);
}
