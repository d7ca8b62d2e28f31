/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup at the end of a scope, for C that is compiled by gcc or clang.
 *
 *     gw_auto(thing_free) struct thing *thing = NULL;      // freed on every way out of the scope ...
 *     ...
 *     *ret_thing = gw_take(thing);                         // ... unless it was given away, as the last statement
 *
 * gw_auto names a function made by GW_DEFINE_AUTO(type, free_fn): `free_fn` takes `type *` and accepts NULL.
 */
#ifndef GANGWAY_SCOPE_H
#define GANGWAY_SCOPE_H

#include <stddef.h>

#define GW_DEFINE_AUTO(type, free_fn)           \
    static inline void free_fn##_at(type **ptr) \
    {                                           \
        if (*ptr != NULL)                       \
            free_fn(*ptr);                      \
    }                                           \
    struct gw_semicolon_required

#define gw_auto(free_fn) __attribute__((cleanup(free_fn##_at)))

#define gw_take(ptr)                    \
    __extension__({                     \
        __typeof__(ptr) taken_ = (ptr); \
        (ptr) = NULL;                   \
        taken_;                         \
    })

#define gw_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define gw_array_length(array)             (sizeof(array) / sizeof((array)[0]))

#endif
