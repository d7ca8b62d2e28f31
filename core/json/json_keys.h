/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the objects that are open while a payload is read, and whether one of them appears twice. Knows neither
 * the JSON library nor values. C++, for json.cpp alone.
 */
#ifndef GW_JSON_JSON_KEYS_H
#define GW_JSON_JSON_KEYS_H

#include <gangway/text.h>

#include <cstddef>
#include <cstdlib>

/* An array that grows, and is kept from payload to payload so that a warm reader allocates nothing. */
template <typename T> struct kept_array {
    T *items;
    size_t count;
    size_t capacity;

    /* False when memory ran out. */
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

/* Whether the keys from first on, those of the innermost object, are different. Takes them out of keys. When they are
 * not, ret_repeated is the first in the payload that was there before. Costs no more than sorting them. */
bool json_keys_are_unique(kept_array<json_key> &keys, size_t first, json_key &ret_repeated);

#endif
