/* SPDX-License-Identifier: Apache-2.0 */
/* What is particular to sqlite_repository: the file, other processes, a disk that fails. */
#include "check_main.h"
#include "sqlite_cases.h"

Suite *test_suite(void)
{
    Suite *suite = suite_create("sqlite_repository");

    suite_add_tcase(suite, sqlite_claim_case());
    suite_add_tcase(suite, sqlite_schema_case());
    suite_add_tcase(suite, sqlite_migration_case());
    suite_add_tcase(suite, sqlite_corrections_case());
    suite_add_tcase(suite, sqlite_notices_case());
    suite_add_tcase(suite, sqlite_waiting_case());
    suite_add_tcase(suite, sqlite_storage_case());
    return suite;
}
