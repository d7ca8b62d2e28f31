/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target is: one function, called with many inputs, that ends the process when a promise is broken. */
#ifndef GW_TEST_FUZZ_H
#define GW_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define fuzz_promise(expression) \
    ((expression) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expression), abort()))

#endif
