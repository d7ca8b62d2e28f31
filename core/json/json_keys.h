/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds duplicate keys among the open objects of a payload. Knows neither the JSON library nor values. C++, only for
 * json.cpp.
 */
#ifndef GW_JSON_JSON_KEYS_H
#define GW_JSON_JSON_KEYS_H

#include <gangway/text.h>

#include <cstddef>
#include <cstdlib>

/* A growing array. The reader keeps it for the next payload, so it allocates nothing in steady state. */
template <typename T> struct kept_array {
    T *items;
    size_t count;
    size_t capacity;

    /* False when out of memory. */
    bool push(const T &item)
    {
        if (count == capacity) {
            size_t wanted = capacity == 0 ? 32 : 2 * capacity;
            T *grown = static_cast<T *>(realloc(items, wanted * sizeof(T)));

            if (grown == nullptr)
                return false;
            items = grown;
            capacity = wanted;
        }
        items[count++] = item;
        return true;
    }

    void done()
    {
        free(items);
        *this = {};
    }
};

struct json_key {
    gw_text name;    /* unescaped */
    gw_text written; /* in the payload, without the quotes */
};

/* Whether the keys from first on, those of the innermost object, are unique. Removes them from keys. If not,
 * ret_repeated is the first duplicate in the payload. Takes the time of sorting them. */
bool json_keys_are_unique(kept_array<json_key> &keys, size_t first, json_key &ret_repeated);

#endif
