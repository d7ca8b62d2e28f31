/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup at the end of a scope, for C that gcc or clang compiles. Optional: a plugin may use it or not.
 *
 *     GW_DEFINE_AUTO(struct thing, thing_free);            // once, beside thing_free
 *
 *     gw_auto(thing_free) struct thing *thing = NULL;      // thing_free runs on every way out of the scope ...
 *     status = thing_new(&thing, reterr);
 *     if (status != GW_OK)
 *         return status;
 *     *ret_thing = gw_take(thing);                         // ... but not after the pointer was taken
 *
 * Life cycle
 *
 *   declare   gw_auto before a pointer variable, with an initial value, usually NULL.
 *   own       From the assignment on, the scope owns the object.
 *   take      gw_take gives the object to the caller. The variable is NULL then, and its cleanup does nothing.
 *   end       The cleanup runs where the scope is left, by return, break or goto too.
 *
 * Declare such a variable with an initial value: the cleanup runs also where nothing was assigned. Variables of one
 * scope are cleaned up in the reverse order of their declarations. longjmp, exit and abort run no cleanup.
 */
#ifndef GANGWAY_SCOPE_H
#define GANGWAY_SCOPE_H

#include <stddef.h>

/* Makes free_fn usable with gw_auto. free_fn takes a `type *`; it is called only with pointers that are not NULL. Write
 * a semicolon behind it. */
#define GW_DEFINE_AUTO(type, free_fn)           \
    static inline void free_fn##_at(type **ptr) \
    {                                           \
        if (*ptr != NULL)                       \
            free_fn(*ptr);                      \
    }                                           \
    struct gw_semicolon_required

/* Declares a pointer that free_fn releases when its scope ends. */
#define gw_auto(free_fn) __attribute__((cleanup(free_fn##_at)))

/* Gives the value of a pointer variable away and sets the variable to NULL, so that its cleanup does nothing. The
 * receiver owns the object. ptr is evaluated more than once: pass a variable. */
#define gw_take(ptr)                    \
    __extension__({                     \
        __typeof__(ptr) taken_ = (ptr); \
        (ptr) = NULL;                   \
        taken_;                         \
    })

/* The struct that contains the member to which ptr points. ptr must point to that member of such a struct. */
#define gw_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
/* The number of elements of an array. The argument must be an array, not a pointer. */
#define gw_array_length(array) (sizeof(array) / sizeof((array)[0]))

#endif
