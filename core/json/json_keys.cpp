/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few keys are compared pairwise, more are sorted. So a sender can neither cause quadratic time nor, as with a hash,
 * choose keys that collide. No state.
 */
#include "json/json_keys.h"

#include <algorithm>

namespace
{

constexpr size_t pairwise_max = 8;

/* Sorts keys; equal keys are adjacent, in the order of the payload. */
bool is_before(const json_key &a, const json_key &b)
{
    int order;

    if (a.name.len != b.name.len)
        return a.name.len < b.name.len;
    order = gw_text_compare(a.name, b.name);
    return order != 0 ? order < 0 : a.written.ptr < b.written.ptr;
}

const json_key *find_repeated_pairwise(const json_key *begin, const json_key *end)
{
    for (const json_key *key = begin; key < end; key++)
        for (const json_key *before = begin; before < key; before++)
            if (gw_text_equal(key->name, before->name))
                return key;
    return nullptr;
}

const json_key *find_repeated_sorted(json_key *begin, json_key *end)
{
    const json_key *first = nullptr;

    std::sort(begin, end, is_before);
    for (const json_key *key = begin + 1; key < end; key++) {
        bool is_repeated = gw_text_equal(key[-1].name, key->name) != 0;

        if (is_repeated && (first == nullptr || key->written.ptr < first->written.ptr))
            first = key;
    }
    return first;
}

} // namespace

bool json_keys_are_unique(kept_array<json_key> &keys, size_t first, json_key &ret_repeated)
{
    json_key *begin = keys.items + first;
    json_key *end = keys.items + keys.count;
    const json_key *repeated =
        keys.count - first <= pairwise_max ? find_repeated_pairwise(begin, end) : find_repeated_sorted(begin, end);

    keys.count = first;
    if (repeated != nullptr)
        ret_repeated = *repeated;
    return repeated == nullptr;
}
