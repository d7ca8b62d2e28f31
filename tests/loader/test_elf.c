/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are truncated: whatever its length, a plugin is loaded or refused, and the process lives. Truncated files
 * are tried in children, many in each; a file that dlopen accepts is the last that its child tries, since it stays.
 */
#include "check_main.h"
#include "plugin/loader.h"
#include "plugin_directory.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_DONE = 40, CHILD_LOADED = 41, TEST_SECONDS = 250 };

static unsigned char *image; /* the plugin, whole */
static size_t image_len;
static size_t *progress; /* the damage that a child is trying, for the parent to see */

static ElfW(Ehdr) * header(void)
{
    return (void *)image;
}

static void setup(void)
{
    plugin_directory_make();
    image = plugin_built("good", &image_len);
    ck_assert_uint_eq(header()->e_phoff, sizeof(ElfW(Ehdr)));
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(progress, MAP_FAILED);
}

static void teardown(void)
{
    plugin_directory_remove();
    free(image);
    (void)munmap(progress, sizeof *progress);
}

/* Loads good.so as it now is. Whether the dynamic linker took it; a plugin that loads must do what plugins do. */
static int try_to_load(void)
{
    const struct gw_plugin *plugin = NULL;
    struct gw_error error = {0};
    enum gw_status status = gw_loader_load(plugin_directory, "good", &plugin, &error);

    if (status != GW_OK) {
        if ((status != GW_CONFIG && status != GW_ABI) || strstr(error.text, "good.so: ") == NULL)
            abort();
        return status == GW_ABI;
    }
    plugin->close(NULL);
    return 1;
}

/* Damages good.so in the i-th way. */
typedef void damage_fn(size_t i);

static void run_child(damage_fn *damage, size_t first, size_t count)
{
    for (size_t i = first; i < count; i++) {
        *progress = i;
        damage(i);
        if (try_to_load())
            exit(CHILD_LOADED); /* with its destructors */
    }
    _exit(CHILD_DONE);
}

/* Tries every way of damage; how many of the files loaded in spite of it. */
static size_t survive(damage_fn *damage, size_t count)
{
    size_t loaded = 0;
    size_t next = 0;

    while (next < count) {
        pid_t child = fork();
        int status;

        ck_assert_int_ge(child, 0);
        if (child == 0)
            run_child(damage, next, count);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == CHILD_DONE || WEXITSTATUS(status) == CHILD_LOADED),
                      "damage %zu of %zu killed the process (wait status 0x%x)", *progress, count, (unsigned)status);
        loaded += WEXITSTATUS(status) == CHILD_LOADED;
        next = WEXITSTATUS(status) == CHILD_LOADED ? *progress + 1 : count;
    }
    return loaded;
}

static void write_image(const unsigned char *bytes, size_t len)
{
    plugin_directory_write("good.so", bytes, len);
}

static void cut_to_length(size_t len)
{
    write_image(image, len);
}

START_TEST(a_file_of_any_length_is_refused_or_loads)
{
    /* The whole file is the only length that loads. */
    ck_assert_uint_eq(survive(cut_to_length, image_len + 1), 1);
}
END_TEST

/* Cuts off what no segment needs and pretends that strip removed the section table: returns the length that is left. */
static size_t strip_sections(void)
{
    const ElfW(Phdr) *programs = (const void *)(image + header()->e_phoff);
    size_t end = 0;

    for (size_t i = 0; i < header()->e_phnum; i++) {
        if (programs[i].p_type == PT_LOAD && programs[i].p_offset + programs[i].p_filesz > end)
            end = (size_t)(programs[i].p_offset + programs[i].p_filesz);
    }
    header()->e_shoff = 0;
    header()->e_shnum = 0;
    header()->e_shstrndx = 0;
    return end;
}

START_TEST(a_file_without_sections_loads_once_its_segments_are_complete)
{
    ck_assert_uint_eq(survive(cut_to_length, strip_sections() + 1), 1);
}
END_TEST

/* Refused as configuration, by a text that names the file and contains fact. */
static void assert_refused(const void *bytes, size_t len, const char *fact)
{
    const struct gw_plugin *plugin = NULL;
    struct gw_error error = {0};

    write_image(bytes, len);
    ck_assert_int_eq(gw_loader_load(plugin_directory, "good", &plugin, &error), GW_CONFIG);
    ck_assert_ptr_null(plugin);
    ck_assert_ptr_nonnull(strstr(error.text, plugin_directory_path("good.so")));
    ck_assert_msg(strstr(error.text, fact) != NULL, "%s: no %s", error.text, fact);
}

START_TEST(a_file_that_dlopen_refuses_is_refused_with_its_reason)
{
    assert_refused("", 0, "too short");
    assert_refused("\x7f", 1, "too short");
    assert_refused("#!/bin/sh\nexec true # and enough behind it to be as long as an ELF header\n", 74, "invalid ELF");
}
END_TEST

/* Refused after bytes at offset were set to value. */
static void assert_byte_refused(size_t offset, unsigned char value, const char *fact)
{
    unsigned char old = image[offset];

    image[offset] = value;
    assert_refused(image, image_len, fact);
    image[offset] = old;
}

START_TEST(a_file_for_another_machine_is_refused)
{
    char machine[32];

    (void)snprintf(machine, sizeof machine, "machine is %d", EM_S390);
    assert_byte_refused(EI_CLASS, ELFCLASS32, "ELFCLASS32");
    assert_byte_refused(EI_DATA, ELFDATA2MSB, "endian");
    assert_byte_refused(offsetof(ElfW(Ehdr), e_machine), EM_S390, machine);
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused)
{
    assert_byte_refused(offsetof(ElfW(Ehdr), e_type), ET_EXEC, "executable");
    assert_byte_refused(offsetof(ElfW(Ehdr), e_type), ET_REL, "ET_DYN");
}
END_TEST

START_TEST(a_truncated_file_is_refused_with_the_bytes_that_it_lacks)
{
    char offset[64];

    (void)snprintf(offset, sizeof offset, "offset %llu, and the file has %zu bytes",
                   (unsigned long long)header()->e_shoff, image_len - 1);
    assert_refused(image, image_len - 1, offset);
    (void)strip_sections();
    assert_refused(image, 100, "offset 64, and the file has 100 bytes");
}
END_TEST

START_TEST(a_segment_outside_the_file_is_refused)
{
    ElfW(Phdr) *load = (void *)(image + header()->e_phoff);
    ElfW(Phdr) whole;

    while (load->p_type != PT_LOAD)
        load++;
    whole = *load;
    load->p_filesz = 1 << 24;
    assert_refused(image, image_len, "truncated");
    load->p_filesz = UINT64_MAX; /* offset and length overflow */
    assert_refused(image, image_len, "truncated");
    *load = whole;
    load->p_offset = UINT64_MAX - 16;
    assert_refused(image, image_len, "truncated");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("elf");
    TCase *refused = tcase_create("refused");
    TCase *survived = tcase_create("survived");

    tcase_add_checked_fixture(refused, setup, teardown);
    tcase_add_test(refused, a_file_that_dlopen_refuses_is_refused_with_its_reason);
    tcase_add_test(refused, a_file_for_another_machine_is_refused);
    tcase_add_test(refused, a_file_that_is_no_shared_object_is_refused);
    tcase_add_test(refused, a_truncated_file_is_refused_with_the_bytes_that_it_lacks);
    tcase_add_test(refused, a_segment_outside_the_file_is_refused);
    suite_add_tcase(suite, refused);

    tcase_add_checked_fixture(survived, setup, teardown);
    tcase_set_timeout(survived, TEST_SECONDS);
    tcase_add_test(survived, a_file_of_any_length_is_refused_or_loads);
    tcase_add_test(survived, a_file_without_sections_loads_once_its_segments_are_complete);
    suite_add_tcase(suite, survived);
    return suite;
}
