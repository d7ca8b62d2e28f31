/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a log that a test wrote to a file, found by their event code. */
#ifndef GW_TEST_LOG_RECORDS_H
#define GW_TEST_LOG_RECORDS_H

/* How many records have this code (NULL: any) and this fact somewhere in their line, such as a name, an offset or a
 * figure (NULL: any). fd: the file, JSON or plain. */
unsigned log_records_count(int fd, const char *code, const char *fact);

#endif
