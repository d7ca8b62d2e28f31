/* SPDX-License-Identifier: Apache-2.0 */
/* Puts another file in its own place while it is loaded, or removes it, as an upgrade at the wrong moment does. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void swap(void)
{
    const char *from = getenv("GANGWAY_TEST_SWAP_FROM");
    const char *to = getenv("GANGWAY_TEST_SWAP_TO");

    if (from == NULL && to != NULL && remove(to) != 0)
        abort();
    if (from != NULL && to != NULL && rename(from, to) != 0)
        abort();
}
