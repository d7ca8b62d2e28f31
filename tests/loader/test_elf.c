/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are damaged: whatever of a plugin is there, and whichever bits of its headers are flipped, it loads or it
 * is refused, and the process lives. Damaged files are tried in children, many in each; a file that the dynamic linker
 * takes is the last that its child tries, since it stays.
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
static size_t headers_len; /* header and program headers stand together at its beginning */
static size_t *progress;   /* the damage that a child is trying, for the parent to see */

static const ElfW(Ehdr) * header(void)
{
    return (const void *)image;
}

static void setup(void)
{
    plugin_directory_make();
    image = plugin_built("good", &image_len);
    ck_assert_uint_eq(header()->e_phoff, sizeof(ElfW(Ehdr)));
    headers_len = sizeof(ElfW(Ehdr)) + header()->e_phnum * sizeof(ElfW(Phdr));
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

static void assert_refused(const void *bytes, size_t len, const char *expected)
{
    char text[GW_ERROR_TEXT_MAX];
    const struct gw_plugin *plugin = NULL;
    struct gw_error error = {0};

    write_image(bytes, len);
    ck_assert_int_eq(gw_loader_load(plugin_directory, "good", &plugin, &error), GW_CONFIG);
    (void)snprintf(text, sizeof text, "%s: %s", plugin_directory_path("good.so"), expected);
    ck_assert_str_eq(error.text, text);
    ck_assert_ptr_null(plugin);
}

START_TEST(an_empty_file_and_one_byte_are_refused)
{
    assert_refused("", 0, "the file is empty");
    assert_refused("\x7f", 1, "the file has 1 bytes, expected the 64 of an ELF header at least");
    assert_refused("#!/bin/sh\nexec true # and enough behind it to be as long as an ELF header\n", 74,
                   "begins with 23 21 2f 62, expected 7f 45 4c 46: it is no ELF file");
}
END_TEST

/* Refused after bytes at offset were set to value. */
static void assert_byte_refused(size_t offset, unsigned char value, const char *expected)
{
    unsigned char old = image[offset];

    image[offset] = value;
    assert_refused(image, image_len, expected);
    image[offset] = old;
}

START_TEST(a_file_for_another_machine_is_refused)
{
    char text[128];

    assert_byte_refused(EI_CLASS, ELFCLASS32, "its ELF class (1: 32 bits, 2: 64 bits) is 1, expected 2");
    assert_byte_refused(EI_DATA, ELFDATA2MSB, "its ELF byte order (1: little, 2: big) is 2, expected 1");
    (void)snprintf(text, sizeof text, "its ELF machine is %d, expected %d", EM_S390, header()->e_machine);
    assert_byte_refused(offsetof(ElfW(Ehdr), e_machine), EM_S390, text);
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused)
{
    assert_byte_refused(offsetof(ElfW(Ehdr), e_type), ET_EXEC, "its ELF type (3: shared object) is 2, expected 3");
    assert_byte_refused(offsetof(ElfW(Ehdr), e_type), ET_REL, "its ELF type (3: shared object) is 1, expected 3");
}
END_TEST

START_TEST(a_truncated_file_is_refused_by_its_tables)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "%u section headers at byte %llu end behind the file's %zu bytes: it is truncated or damaged",
                   header()->e_shnum, (unsigned long long)header()->e_shoff, image_len - 1);
    assert_refused(image, image_len - 1, text);
    (void)snprintf(text, sizeof text,
                   "%u program headers at byte 64 end behind the file's 100 bytes: it is truncated or damaged",
                   header()->e_phnum);
    assert_refused(image, 100, text);
}
END_TEST

/* The first program header of a type, in the image. */
static ElfW(Phdr) * program_header(uint32_t type, size_t *ret_index)
{
    ElfW(Phdr) *programs = (void *)(image + header()->e_phoff);
    size_t i = 0;

    while (i < header()->e_phnum && programs[i].p_type != type)
        i++;
    ck_assert_uint_lt(i, header()->e_phnum);
    *ret_index = i;
    return &programs[i];
}

/* Refused with what is wrong with a segment, after one field of its header got another value. */
static void assert_segment_refused(uint32_t type, size_t offset, ElfW(Addr) value, const char *what)
{
    char text[256];
    size_t index;
    unsigned char *program = (void *)program_header(type, &index);
    ElfW(Addr) old;

    memcpy(&old, program + offset, sizeof old);
    memcpy(program + offset, &value, sizeof value);
    (void)snprintf(text, sizeof text, "program header %zu (type 0x%x) %s: it is truncated or damaged", index, type,
                   what);
    assert_refused(image, image_len, text);
    memcpy(program + offset, &old, sizeof old);
}

START_TEST(a_segment_outside_the_file_is_refused)
{
    const char *outside = "ends behind the end of the file";

    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_filesz), 1 << 24, outside);
    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_filesz), UINT64_MAX, outside);
    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_offset), UINT64_MAX - 16, outside);
    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_memsz), 1, "is longer in the file than in memory");
    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_memsz), UINT64_MAX, "ends behind the address space");
    assert_segment_refused(PT_LOAD, offsetof(ElfW(Phdr), p_align), 3, "has an alignment that no linker writes");
    assert_segment_refused(PT_DYNAMIC, offsetof(ElfW(Phdr), p_vaddr), 1 << 24, "points outside the loaded segments");
}
END_TEST

START_TEST(sections_that_disagree_with_the_segments_are_refused)
{
    size_t index;
    ElfW(Phdr) *dynamic = program_header(PT_DYNAMIC, &index);

    dynamic->p_type = PT_NULL;
    assert_refused(image, image_len, "it has no dynamic section, expected that of a shared object");
    dynamic->p_type = PT_DYNAMIC;
    dynamic->p_memsz -= 16;
    assert_refused(image, image_len, "program and section headers disagree about its dynamic section: it is damaged");
}
END_TEST

static void flip(size_t bit)
{
    image[bit / 8] ^= (unsigned char)(1u << (bit % 8));
}

static void flip_one_bit(size_t bit)
{
    flip(bit);
    write_image(image, image_len);
    flip(bit);
}

START_TEST(any_flipped_bit_of_the_headers_is_survived)
{
    /* Some say nothing to the dynamic linker, so some load: physical addresses, the entry point. */
    size_t loaded = survive(flip_one_bit, headers_len * 8);

    ck_assert_uint_gt(loaded, 0);
    ck_assert_uint_lt(loaded, headers_len * 4);
}
END_TEST

/* splitmix64: the i-th number of a seed. */
static uint64_t random_number(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Two to nine bits of len bytes at begin. */
static void flip_some_bits(size_t begin, size_t len, uint64_t seed)
{
    size_t count = 2 + random_number(seed) % 8;

    for (size_t i = 0; i < count; i++)
        flip(begin * 8 + random_number(seed * 16 + i + 1) % (len * 8));
}

static void flip_header_bits(size_t i)
{
    flip_some_bits(0, headers_len, i);
    write_image(image, image_len);
    flip_some_bits(0, headers_len, i);
}

START_TEST(many_flipped_bits_of_the_headers_are_survived)
{
    (void)survive(flip_header_bits, 20000);
}
END_TEST

static void flip_section_bits(size_t i)
{
    size_t len = header()->e_shnum * sizeof(ElfW(Shdr));

    flip_some_bits(header()->e_shoff, len, i);
    write_image(image, image_len);
    flip_some_bits(header()->e_shoff, len, i);
}

START_TEST(flipped_bits_of_the_section_table_are_survived)
{
    (void)survive(flip_section_bits, 2000);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("elf");
    TCase *refused = tcase_create("refused");
    TCase *survived = tcase_create("survived");

    tcase_add_checked_fixture(refused, setup, teardown);
    tcase_add_test(refused, an_empty_file_and_one_byte_are_refused);
    tcase_add_test(refused, a_file_for_another_machine_is_refused);
    tcase_add_test(refused, a_file_that_is_no_shared_object_is_refused);
    tcase_add_test(refused, a_truncated_file_is_refused_by_its_tables);
    tcase_add_test(refused, a_segment_outside_the_file_is_refused);
    tcase_add_test(refused, sections_that_disagree_with_the_segments_are_refused);
    suite_add_tcase(suite, refused);

    tcase_add_checked_fixture(survived, setup, teardown);
    tcase_set_timeout(survived, TEST_SECONDS);
    tcase_add_test(survived, a_file_of_any_length_is_refused_or_loads);
    tcase_add_test(survived, any_flipped_bit_of_the_headers_is_survived);
    tcase_add_test(survived, many_flipped_bits_of_the_headers_are_survived);
    tcase_add_test(survived, flipped_bits_of_the_section_table_are_survived);
    suite_add_tcase(suite, survived);
    return suite;
}
