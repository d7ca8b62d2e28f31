/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions about the last call on an instance of a plugin; `error` has the error of that call. */
#ifndef GW_TEST_INSTANCE_CHECK_H
#define GW_TEST_INSTANCE_CHECK_H

#include <gangway/status.h>

#include <check.h>
#include <string.h>

#define ck_assert_status(instance, found, expected)                                               \
    do {                                                                                          \
        int found_ = (int)(found);                                                                \
        ck_assert_msg(found_ == (int)(expected), "%s instead of %s (%s)", gw_status_word(found_), \
                      gw_status_word((int)(expected)), (instance)->error.text);                   \
    } while (0)
#define ck_assert_says(instance, part)                                                          \
    ck_assert_msg(strstr((instance)->error.text, (part)) != NULL, "\"%s\" does not say \"%s\"", \
                  (instance)->error.text, (part))

#endif
