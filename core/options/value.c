/* SPDX-License-Identifier: Apache-2.0 */
/* The grammars of single values, and the tables of units. No state, any thread. */
#include "options/value.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct unit {
    const char *word;
    int64_t factor;
};

/* In ascending order: a value is written in the last unit that divides it. */
static const struct unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
};

static const struct unit size_units[] = {
    {"B", 1},
    {"kB", 1000},
    {"KiB", INT64_C(1) << 10},
    {"MB", 1000000},
    {"MiB", INT64_C(1) << 20},
    {"GB", 1000000000},
    {"GiB", INT64_C(1) << 30},
    {"TB", INT64_C(1000000000000)},
    {"TiB", INT64_C(1) << 40},
};

enum gw_status gw_value_bool(struct gw_text text, uint32_t *ret_value, struct gw_error *reterr)
{
    if (!gw_text_is(text, "true") && !gw_text_is(text, "false"))
        return gw_error_set(reterr, GW_INVALID, "is neither true nor false");
    *ret_value = gw_text_is(text, "true") ? 1 : 0;
    return GW_OK;
}

static uint64_t count_digits(struct gw_text text, uint64_t at)
{
    uint64_t end = at;

    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    return end - at;
}

/* The number of len digits; false if it does not fit. Counts down from 0, because there is one more negative number. */
static bool read_digits(const char *digits, uint64_t len, bool is_negative, int64_t *ret_value)
{
    int64_t value = 0;

    for (uint64_t i = 0; i < len; i++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digits[i] - '0', &value))
            return false;
    if (!is_negative && __builtin_sub_overflow(0, value, &value))
        return false;
    *ret_value = value;
    return true;
}

/* A number with a leading zero is octal in YAML 1.1 and decimal in 1.2, so it is refused. */
static bool has_leading_zero(struct gw_text text, uint64_t at, uint64_t digits)
{
    return digits > 1 && text.ptr[at] == '0';
}

enum gw_status gw_value_int(struct gw_text text, int64_t *ret_value, struct gw_error *reterr)
{
    uint64_t sign = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    uint64_t digits = count_digits(text, sign);

    if (digits == 0 || sign + digits != text.len || has_leading_zero(text, sign, digits))
        return gw_error_set(reterr, GW_INVALID, "is not a whole number");
    if (!read_digits(text.ptr + sign, digits, sign == 1, ret_value))
        return gw_error_set(reterr, GW_INVALID, "is too large");
    return GW_OK;
}

/* The length of a float by the grammar -? digits (. digits)? ([eE] [+-]? digits)?; 0 if there is none. The text is not
 * empty. */
static uint64_t float_length(struct gw_text text)
{
    uint64_t at = text.ptr[0] == '-' ? 1 : 0;
    uint64_t digits = count_digits(text, at);

    if (digits == 0 || has_leading_zero(text, at, digits))
        return 0;
    at += digits;
    if (at < text.len && text.ptr[at] == '.') {
        digits = count_digits(text, at + 1);
        at = digits > 0 ? at + 1 + digits : at;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        uint64_t sign = at + 1 < text.len && (text.ptr[at + 1] == '+' || text.ptr[at + 1] == '-') ? 1 : 0;

        digits = count_digits(text, at + 1 + sign);
        at = digits > 0 ? at + 1 + sign + digits : at;
    }
    return at;
}

enum gw_status gw_value_float(struct gw_text text, double *ret_value, struct gw_error *reterr)
{
    char copy[64];
    double value;

    if (text.len == 0 || float_length(text) != text.len || text.len >= sizeof copy)
        return gw_error_set(reterr, GW_INVALID, "is not a number");
    memcpy(copy, text.ptr, (size_t)text.len);
    copy[text.len] = '\0';
    value = strtod(copy, NULL);
    if (!isfinite(value))
        return gw_error_set(reterr, GW_INVALID, "is too large");
    *ret_value = value;
    return GW_OK;
}

static const struct unit *find_unit(const struct unit *units, size_t count, struct gw_text word)
{
    for (size_t i = 0; i < count; i++)
        if (gw_text_is(word, units[i].word))
            return &units[i];
    return NULL;
}

static enum gw_status read_measure(struct gw_text text, const struct unit *units, size_t count, int64_t *ret_value,
                                   struct gw_error *reterr)
{
    uint64_t digits = count_digits(text, 0);
    const struct unit *unit = find_unit(units, count, gw_text_span(text.ptr + digits, text.len - digits));
    int64_t value;

    if (digits == 0 || has_leading_zero(text, 0, digits))
        return gw_error_set(reterr, GW_INVALID, "does not begin with a whole number");
    if (digits == text.len)
        return gw_error_set(reterr, GW_INVALID, "has no unit");
    if (text.ptr[digits] == '.')
        return gw_error_set(reterr, GW_INVALID, "has a fraction; take a smaller unit");
    if (unit == NULL)
        return gw_error_set(reterr, GW_INVALID, "has a unit that is none");
    if (!read_digits(text.ptr, digits, false, &value) || __builtin_mul_overflow(value, unit->factor, &value))
        return gw_error_set(reterr, GW_INVALID, "is too large");
    *ret_value = value;
    return GW_OK;
}

enum gw_status gw_value_duration(struct gw_text text, int64_t *ret_ms, struct gw_error *reterr)
{
    return read_measure(text, duration_units, gw_array_length(duration_units), ret_ms, reterr);
}

enum gw_status gw_value_size(struct gw_text text, int64_t *ret_bytes, struct gw_error *reterr)
{
    return read_measure(text, size_units, gw_array_length(size_units), ret_bytes, reterr);
}

int gw_value_next_word(const char **at, struct gw_text *ret_word)
{
    size_t len = *at != NULL ? strcspn(*at, "|") : 0;

    if (len == 0)
        return 0;
    *ret_word = gw_text_span(*at, len);
    *at += (*at)[len] == '|' ? len + 1 : len;
    return 1;
}

enum gw_status gw_value_choice(struct gw_text text, const char *words, uint32_t *ret_index, struct gw_error *reterr)
{
    const char *at = words;
    struct gw_text word;

    for (uint32_t index = 0; gw_value_next_word(&at, &word); index++)
        if (gw_text_equal(text, word)) {
            *ret_index = index;
            return GW_OK;
        }
    return gw_error_set(reterr, GW_INVALID, "is none of the choices");
}

const char *gw_value_duration_units(void)
{
    return "ms|s|m|h|d";
}

const char *gw_value_size_units(void)
{
    return "B|kB|MB|GB|TB|KiB|MiB|GiB|TiB";
}

static const char *measure_text(char text[GW_VALUE_TEXT_MAX], const struct unit *units, size_t count, int64_t value)
{
    const struct unit *best = &units[0];

    for (size_t i = 1; i < count && value != 0; i++)
        if (value % units[i].factor == 0)
            best = &units[i];
    (void)snprintf(text, GW_VALUE_TEXT_MAX, "%" PRId64 "%s", value / best->factor, best->word);
    return text;
}

const char *gw_value_duration_text(char text[GW_VALUE_TEXT_MAX], int64_t ms)
{
    return measure_text(text, duration_units, gw_array_length(duration_units), ms);
}

const char *gw_value_size_text(char text[GW_VALUE_TEXT_MAX], int64_t bytes)
{
    return measure_text(text, size_units, gw_array_length(size_units), bytes);
}
