/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the plugin directory that a program in this place has. */
#include "plugin/plugin_dir.h"

#include <stdio.h>

int main(void)
{
    return puts(gw_plugin_dir_default()) < 0;
}
