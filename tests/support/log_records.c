/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the file line by line; a code is a word of the line, between quotes (JSON) or blanks and colon (plain). */
#include "log_records.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool has_code(const char *line, const char *code)
{
    size_t len = strlen(code);

    for (const char *at = strstr(line, code); at != NULL; at = strstr(at + 1, code))
        if (at > line && strchr("\" ", at[-1]) != NULL && !isalnum((unsigned char)at[len]))
            return true;
    return false;
}

unsigned log_records_count(int fd, const char *code, const char *fact)
{
    static char whole[256 * 1024];
    ssize_t len = pread(fd, whole, sizeof whole - 1, 0);
    unsigned count = 0;
    char *rest = NULL;

    ck_assert_int_ge(len, 0);
    ck_assert_int_lt(len, (ssize_t)sizeof whole - 1);
    whole[len] = '\0';
    for (char *line = strtok_r(whole, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        count += (code == NULL || has_code(line, code)) && (fact == NULL || strstr(line, fact) != NULL);
    return count;
}
