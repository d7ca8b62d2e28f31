/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects whose symbol is not what it should be: missing, code, too short, or that of a library. */
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

#if defined(SYMBOL_IS_CODE)

EXPORT void gw_plugin_descriptor(void);

void gw_plugin_descriptor(void)
{
}

#elif defined(SYMBOL_IS_SHORT)

extern EXPORT const uint32_t gw_plugin_descriptor[6];
const uint32_t gw_plugin_descriptor[6] = {0x47574159, 128, 1, 1};

#elif defined(SYMBOL_IS_TINY)

extern EXPORT const uint32_t gw_plugin_descriptor;
const uint32_t gw_plugin_descriptor = 0x47574159;

#elif defined(SYMBOL_IS_ODD)

/* The language aligns whatever it defines, so the assembler places it. */
__asm__(".section .rodata\n"
        ".balign 8\n"
        ".byte 0\n"
        ".globl gw_plugin_descriptor\n"
        ".type gw_plugin_descriptor, STT_OBJECT\n"
        ".size gw_plugin_descriptor, 128\n"
        "gw_plugin_descriptor: .zero 128\n"
        ".text\n");

#elif defined(SYMBOL_IS_UNDEFINED)

extern EXPORT void gangway_test_nowhere(void);
extern EXPORT void some_function(void);

void some_function(void)
{
    gangway_test_nowhere();
}

#else

extern EXPORT int some_number;
int some_number = 1;

#endif
