/* SPDX-License-Identifier: Apache-2.0 */
/* Counts and copies members of tracestate. It checks their form only. */
#include "service/trace_context.h"

#include <string.h>

enum {
    PARENT_BYTES = 55,       /* of version 00: 2 + 32 + 16 + 2 digits and three hyphens */
    LONG_MEMBER_BYTES = 128, /* left out first, where not all members fit */
    MEMBERS_MAX = 32
};

/* ---- traceparent ----------------------------------------------------------------------------------------------- */

/* Whether these are lower-case hexadecimal digits; *ret_is_zero, whether all are 0. */
static bool is_hexadecimal(const char *digits, size_t count, bool *ret_is_zero)
{
    *ret_is_zero = true;
    for (size_t at = 0; at < count; at++) {
        if (!(digits[at] >= '0' && digits[at] <= '9') && !(digits[at] >= 'a' && digits[at] <= 'f'))
            return false;
        *ret_is_zero = *ret_is_zero && digits[at] == '0';
    }
    return true;
}

/* A later version may be longer, after a further hyphen. */
static bool is_valid_parent(struct gw_text text)
{
    const char *at = text.ptr;
    bool is_version_zero, is_trace_zero, is_parent_zero, is_zero;

    if (text.len < PARENT_BYTES || at[2] != '-' || at[35] != '-' || at[52] != '-')
        return false;
    if (!is_hexadecimal(at, 2, &is_version_zero) || memcmp(at, "ff", 2) == 0)
        return false;
    if (!is_hexadecimal(at + 3, 32, &is_trace_zero) || !is_hexadecimal(at + 36, 16, &is_parent_zero) ||
        !is_hexadecimal(at + 53, 2, &is_zero) || is_trace_zero || is_parent_zero)
        return false;
    return text.len == PARENT_BYTES || (!is_version_zero && at[PARENT_BYTES] == '-');
}

/* The last traceparent; empty if it is invalid, or longer than any known version could be. */
static struct gw_text find_parent(const struct gw_array *headers)
{
    struct gw_text found = gw_text_of(NULL);

    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);

        if (gw_text_is(header->name, "traceparent"))
            found = header->value;
    }
    return found.len <= 2 * PARENT_BYTES && is_valid_parent(found) ? found : gw_text_of(NULL);
}

/* ---- tracestate ------------------------------------------------------------------------------------------------ */

struct state {
    char bytes[GW_TRACESTATE_MAX_BYTES];
    size_t len;
    size_t members;
    size_t longest; /* members up to this length are taken */
    bool is_full;   /* a member did not fit, so all later ones are left out too */
};

static void add_member(struct state *state, const char *ptr, size_t len)
{
    size_t comma = state->members > 0 ? 1 : 0;

    if (len == 0 || len > state->longest)
        return;
    if (state->is_full || state->members == MEMBERS_MAX || len + comma > sizeof state->bytes - state->len) {
        state->is_full = true;
        return;
    }
    if (comma > 0)
        state->bytes[state->len++] = ',';
    memcpy(state->bytes + state->len, ptr, len);
    state->len += len;
    state->members++;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void add_members(struct state *state, struct gw_text value)
{
    const char *at = value.ptr;
    size_t left = (size_t)value.len;

    while (left > 0) {
        const char *comma = memchr(at, ',', left);
        size_t taken = comma != NULL ? (size_t)(comma - at) : left;
        size_t begin = 0, end = taken;

        while (begin < end && is_space(at[begin]))
            begin++;
        while (end > begin && is_space(at[end - 1]))
            end--;
        add_member(state, at + begin, end - begin);
        taken += comma != NULL ? 1 : 0;
        at += taken;
        left -= taken;
    }
}

static bool is_printable(struct gw_text value)
{
    for (uint64_t at = 0; at < value.len; at++)
        if (value.ptr[at] != '\t' && (value.ptr[at] < ' ' || value.ptr[at] > '~'))
            return false;
    return true;
}

/* Collects the members of all headers from the beginning. A second pass is rare, because a tracestate is seldom longer
 * than one line. */
static bool collect(const struct gw_array *headers, size_t longest, struct state *state)
{
    *state = (struct state){.longest = longest};
    for (uint32_t index = 0; index < headers->count; index++) {
        const struct gw_header *header = gw_array_at(headers, index);

        if (!gw_text_is(header->name, "tracestate"))
            continue;
        if (!is_printable(header->value)) {
            state->len = 0;
            return true;
        }
        add_members(state, header->value);
    }
    return !state->is_full;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

bool gw_trace_context_extract(struct gw_arena *arena, const struct gw_array *headers, struct gw_array *ret_context)
{
    struct gw_text parent = find_parent(headers);
    struct gw_header *context;
    struct state state;
    const char *copy;

    *ret_context = (struct gw_array){NULL, 0, sizeof *context};
    if (parent.len == 0)
        return true;
    if (!collect(headers, SIZE_MAX, &state))
        (void)collect(headers, LONG_MEMBER_BYTES, &state);
    context = gw_arena_alloc(arena, 2 * sizeof *context);
    copy = gw_arena_copy(arena, state.bytes, state.len);
    if (context == NULL || copy == NULL)
        return false;
    context[0] = (struct gw_header){gw_text_of("traceparent"), parent};
    context[1] = (struct gw_header){gw_text_of("tracestate"), gw_text_span(copy, state.len)};
    *ret_context = (struct gw_array){context, state.len > 0 ? 2 : 1, sizeof *context};
    return true;
}
