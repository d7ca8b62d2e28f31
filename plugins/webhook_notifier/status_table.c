/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of HTTP and their meaning. See status_table.h. */
#include "status_table.h"

#include <gangway/scope.h>

#include <stdbool.h>
#include <string.h>

/* A meaning that an option set for a single code; a class that is set later leaves it. */
enum { SET_ALONE = 0x80 };

static const char *const words[] = {"sent", "again", "never", "operator"};

static void set_class(struct status_table *table, int hundred, enum status_meaning meaning)
{
    uint8_t *first = table->meanings + hundred * 100 - STATUS_FIRST;

    for (int i = 0; i < 100; i++)
        if ((first[i] & SET_ALONE) == 0)
            first[i] = (uint8_t)meaning;
}

static void set_code(struct status_table *table, int code, int meaning)
{
    table->meanings[code - STATUS_FIRST] = (uint8_t)meaning;
}

/*
 * 2xx: the receiver has taken the notice. 3xx: redirects are not followed, because then an answer would choose the host
 * that gets the notice. 408, 425 and 429 ask for a repetition (RFC 9110, RFC 8470, RFC 6585), and 5xx is a failure of
 * the server, which may pass. 401, 403 and 407 are about the login, so no other notice would fare better, and none may
 * become a dead letter because of it. Any other 4xx is about the request: the same bytes get the same answer.
 */
void status_table_init(struct status_table *table)
{
    static const int again[] = {408, 425, 429};
    static const int operator_acts[] = {401, 403, 407};

    memset(table, 0, sizeof *table);
    set_class(table, 2, STATUS_SENT);
    set_class(table, 3, STATUS_NEVER);
    set_class(table, 4, STATUS_NEVER);
    set_class(table, 5, STATUS_AGAIN);
    for (size_t i = 0; i < gw_array_length(again); i++)
        set_code(table, again[i], STATUS_AGAIN);
    for (size_t i = 0; i < gw_array_length(operator_acts); i++)
        set_code(table, operator_acts[i], STATUS_OPERATOR);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

enum gw_status status_table_set(struct status_table *table, const char *code, const char *word, struct gw_error *reterr)
{
    bool is_class = strlen(code) == 3 && strcmp(code + 1, "xx") == 0;
    bool is_code = strlen(code) == 3 && is_digit(code[1]) && is_digit(code[2]);
    size_t meaning = 0;

    if (code[0] < '2' || code[0] > '5' || (!is_class && !is_code))
        return gw_error_set(reterr, GW_CONFIG, "\"%.20s\" is no status; expected 200 to 599, or 2xx, 3xx, 4xx or 5xx",
                            code);
    while (meaning < gw_array_length(words) && strcmp(words[meaning], word) != 0)
        meaning++;
    if (meaning == gw_array_length(words))
        return gw_error_set(reterr, GW_CONFIG, "\"%.20s\" for %s; expected sent, again, never or operator", word, code);
    if (is_class)
        set_class(table, code[0] - '0', (enum status_meaning)meaning);
    else
        set_code(table, (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'), (int)meaning | SET_ALONE);
    return GW_OK;
}

enum status_meaning status_table_meaning(const struct status_table *table, long code)
{
    if (code < STATUS_FIRST || code >= STATUS_END)
        return STATUS_AGAIN;
    return (enum status_meaning)(table->meanings[code - STATUS_FIRST] & ~SET_ALONE);
}
