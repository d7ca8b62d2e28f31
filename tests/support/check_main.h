/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of every Check program: a test file defines test_suite(), and check_main.c runs it.
 *
 * GANGWAY_CHECK_FORK=no in the environment runs the tests in one process, for a debugger or valgrind.
 */
#ifndef GW_TEST_CHECK_MAIN_H
#define GW_TEST_CHECK_MAIN_H

#include <check.h>

/* The suite of this program, owned by the runner. */
Suite *test_suite(void);

#endif
