/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target once over every file of the named folders, so that a fault that was found once is found again. */
#include "fuzz.h"

#include <dirent.h>

/* Bytes that end where the file ends, so that a sanitizer sees any byte read behind them. */
static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long len = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        len = ftell(file);
    if (len >= 0)
        bytes = malloc((size_t)len);
    if (len < 0 || (bytes == NULL && len > 0) || fseek(file, 0, SEEK_SET) != 0 ||
        fread(bytes, 1, (size_t)len, file) != (size_t)len) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, (size_t)len);
    free(bytes);
    return 1;
}

static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    if (folder == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while ((entry = readdir(folder)) != NULL) {
        char file[1024];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        count += run_file(file);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%d seeds\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
