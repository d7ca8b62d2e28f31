/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of sqlite_repository, one per file. */
#ifndef GW_TEST_SQLITE_CASES_H
#define GW_TEST_SQLITE_CASES_H

#include <check.h>

TCase *sqlite_claim_case(void);
TCase *sqlite_corrections_case(void);
TCase *sqlite_migration_case(void);
TCase *sqlite_notices_case(void);
TCase *sqlite_schema_case(void);
TCase *sqlite_waiting_case(void);
TCase *sqlite_storage_case(void);

#endif
