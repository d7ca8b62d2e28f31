/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is particular to csv_repository: every system call that a commit makes fails once, and is the last one of a
 * process once; journals that are damaged; files that people change while it runs; two instances on one folder.
 *
 * The calls are this program's own functions, which the plugin finds before those of libc.
 */
#include "check_main.h"
#include "scratch.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the calls ------------------------------------------------------------------------------------------------- */

#define VISIBLE __attribute__((visibility("default")))

enum fault { FAULT_NONE, FAULT_FAIL, FAULT_KILL, FAULT_SHORT, FAULT_EDIT };

static const char edited_batches[] = "ref,sku,qty,eta\nb1,LAMP,100,\nb2,LAMP,5,2027-01-01\n";

static enum fault fault;
static int fault_errno;
static int calls_left; /* until the fault happens */
static bool stays;     /* ... and with all that follow */

static bool is_faulty(void)
{
    if (fault == FAULT_NONE || calls_left < 0)
        return false;
    if (calls_left-- > 0)
        return false;
    if (fault == FAULT_KILL)
        (void)raise(SIGKILL);
    if (fault == FAULT_EDIT) { /* a person saves the file, before a call that succeeds */
        fault = FAULT_NONE;
        calls_left = -1;
        scratch_write("saved.csv", edited_batches);
        scratch_rename("saved.csv", "batches.csv");
        return false;
    }
    calls_left = stays ? 0 : -1;
    errno = fault_errno;
    return true;
}

VISIBLE int openat(int fd, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return (flags & O_CREAT) != 0 && is_faulty() ? -1 : (int)syscall(SYS_openat, fd, path, flags, mode);
}

/* Looking at a file does not fail; a person may save it just before. */
VISIBLE int fstatat(int fd, const char *restrict path, struct stat *restrict info, int flags)
{
    if (fault == FAULT_EDIT)
        (void)is_faulty();
    return (int)syscall(SYS_newfstatat, fd, path, info, flags);
}

VISIBLE ssize_t write(int fd, const void *bytes, size_t len)
{
    if (fault == FAULT_SHORT && len > 1)
        return syscall(SYS_write, fd, bytes, len / 2);
    return is_faulty() ? -1 : syscall(SYS_write, fd, bytes, len);
}

VISIBLE int fsync(int fd)
{
    return is_faulty() ? -1 : (int)syscall(SYS_fsync, fd);
}

VISIBLE int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return is_faulty() ? -1 : (int)syscall(SYS_renameat, from_fd, from, to_fd, to);
}

VISIBLE int unlinkat(int fd, const char *path, int flags)
{
    return is_faulty() ? -1 : (int)syscall(SYS_unlinkat, fd, path, flags);
}

static void set_fault(enum fault which, int os_error, int after, bool for_good)
{
    fault = which;
    fault_errno = os_error;
    calls_left = after;
    stays = for_good;
}

/* ---- a repository on a scratch folder -------------------------------------------------------------------------- */

struct instance {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_repository_ops *ops;
    void *self;
    struct gw_session *session;
    struct gw_error error;
};

static struct instance repo;

static void instance_load(struct instance *instance)
{
    char setting[512];
    const char *settings[] = {setting};

    memset(instance, 0, sizeof *instance);
    (void)snprintf(setting, sizeof setting, "path=%s", scratch_path("."));
    test_host_init(&instance->host, "repository");
    test_plugin_load(&instance->plugin, "csv_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&instance->plugin, settings, 1);
    instance->ops = instance->plugin.descriptor->ops;
    ck_assert_int_eq(instance->plugin.descriptor->open(&instance->host.host, instance->plugin.config, &instance->self,
                                                       &instance->error),
                     GW_OK);
}

static enum gw_status instance_session(struct instance *instance)
{
    return instance->ops->open_session(instance->self, &instance->host.host, &instance->session, &instance->error);
}

static enum gw_status instance_open(struct instance *instance)
{
    int64_t from, to;
    enum gw_status status;

    instance_load(instance);
    status = instance->ops->claim(instance->self, &instance->error);
    if (status == GW_OK)
        status = instance->ops->migrate(instance->self, &instance->host.host, &from, &to, &instance->error);
    return status == GW_OK ? instance_session(instance) : status;
}

static void instance_close(struct instance *instance)
{
    instance->ops->close_session(instance->session);
    instance->plugin.descriptor->close(instance->self);
    test_plugin_done(&instance->plugin);
}

static void open_ok(void)
{
    enum gw_status status = instance_open(&repo);

    ck_assert_msg(status == GW_OK, "%s: %s", gw_status_word((int)status), repo.error.text);
}

static int64_t first_stamp; /* LAMP's, drawn by the plugin for a product that came by hand */

/* LAMP's from version 2 on. */
static int64_t stamp_of(int version)
{
    return GW_STAMP_MAX - version;
}

/* Allocates order `number` for 1 LAMP from batch b1, which must be the product's version `number`. */
static enum gw_status allocate(int number)
{
    char orderid[16] = "";
    int len = snprintf(orderid, sizeof orderid, "o%d", number);
    struct gw_text id = gw_text_span(orderid, (uint64_t)len);
    struct gw_product_change product = {.sku = gw_text_of("LAMP"),
                                        .expected = number,
                                        .version = number + 1,
                                        .stamp = number == 1 ? first_stamp : stamp_of(number),
                                        .events = 1};
    struct gw_batch_update update = {0, 0, gw_text_of("b1"), 100, number - 1, 100, number};
    struct gw_line_insert line = {0, 0, id, 1, gw_text_of("b1"), number + 1};
    struct gw_effect effect = {.event = 1, .destination = gw_text_of("events"), .id = id};
    struct gw_position_change position = {gw_text_of("s"), number == 1 ? GW_OFFSET_NONE : number - 1, number, 0, 0, 0};
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = stamp_of(number + 1),
        .positions = {&position, 1, sizeof position},
        .products = {&product, 1, sizeof product},
        .batch_updates = {&update, 1, sizeof update},
        .line_inserts = {&line, 1, sizeof line},
        .effects = {&effect, 1, sizeof effect},
    };
    struct gw_apply_result result = {.size = sizeof result};

    return repo.ops->apply(repo.session, &set, &result, &repo.error);
}

static int64_t loaded_stamp;

static enum gw_status keep_version(void *context, const struct gw_product_snapshot *product)
{
    *(int64_t *)context = product->version;
    loaded_stamp = product->stamp;
    return GW_OK;
}

static enum gw_status keep_room(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

static enum gw_status load_version(int64_t *ret_version)
{
    struct gw_product_request item = {gw_text_of("LAMP"), 1, 1, 0};
    struct gw_load_request request = {.size = sizeof request, .products = {&item, 1, sizeof item}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = ret_version, .product = keep_version, .batch = keep_room};

    *ret_version = -1;
    return repo.ops->load(repo.session, &request, &visitor, &repo.error);
}

static int64_t version_now(void)
{
    int64_t version;

    ck_assert_int_eq(load_version(&version), GW_OK);
    return version;
}

/* What people see, and the rest, after so many allocations. */
static void assert_allocated(int count)
{
    char expected[1024] = "orderid,sku,qty,batchref\n";
    char products[128];

    for (int i = 1; i <= count; i++)
        (void)snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "o%d,LAMP,1,b1\n", i);
    ck_assert_int_eq(version_now(), 1 + count);
    ck_assert_str_eq(scratch_read("allocations.csv"), expected);
    ck_assert_str_eq(scratch_read("batches.csv"), "ref,sku,qty,eta\nb1,LAMP,100,\n");
    (void)snprintf(products, sizeof products, "sku,version,stamp,events\nLAMP,%d,%lld,%d\n", 1 + count,
                   (long long)stamp_of(1 + count), count);
    ck_assert_str_eq(scratch_read(".gangway/products.csv"), products);
    ck_assert_int_ne(access(scratch_path(".gangway/journal"), F_OK), 0);
}

static void begin(void)
{
    scratch_begin();
    set_fault(FAULT_NONE, 0, 0, false);
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,100,\n");
    open_ok();
    ck_assert_int_eq(version_now(), 1);
    first_stamp = loaded_stamp;
    ck_assert_int_eq(allocate(1), GW_OK);
}

static void end(void)
{
    set_fault(FAULT_NONE, 0, 0, false);
    instance_close(&repo);
    scratch_end();
}

/* ---- calls that fail ------------------------------------------------------------------------------------------- */

/* A commit in which the call number `after` fails, and then one in which none does. False: it has fewer calls. */
static bool survives_failure(int os_error, int after)
{
    enum gw_status status;
    bool has_failed;

    set_fault(FAULT_FAIL, os_error, after, false);
    status = allocate(2);
    has_failed = calls_left < 0;
    set_fault(FAULT_NONE, 0, 0, false);
    if (status == GW_OK) {
        assert_allocated(2);
    } else if (status == GW_UNKNOWN) {
        ck_assert_int_eq(allocate(2), GW_ALREADY);
        assert_allocated(2);
    } else {
        ck_assert_int_eq(status, GW_TRANSIENT);
        ck_assert_ptr_nonnull(strstr(repo.error.text, strerror(os_error)));
        assert_allocated(1);
        ck_assert_int_eq(allocate(2), GW_OK);
        assert_allocated(2);
    }
    return has_failed;
}

static void fail_each_call(int os_error)
{
    int after = 0;
    bool has_failed;

    do {
        begin();
        has_failed = survives_failure(os_error, after++);
        instance_close(&repo);
        open_ok();
        assert_allocated(2);
        end();
    } while (has_failed);
    ck_assert_int_gt(after, 20);
}

START_TEST(whichever_call_fails_for_want_of_space_a_commit_is_whole_or_nothing)
{
    fail_each_call(ENOSPC);
}
END_TEST

START_TEST(whichever_call_fails_with_an_io_error_a_commit_is_whole_or_nothing)
{
    fail_each_call(EIO);
}
END_TEST

START_TEST(a_failing_disk_is_reported_until_it_works_again)
{
    int after = 0;
    bool has_failed;

    do {
        enum gw_status status;
        int64_t version;
        bool is_committed;

        begin();
        set_fault(FAULT_FAIL, EIO, after++, true);
        status = allocate(2);
        has_failed = status != GW_OK || load_version(&version) != GW_OK;
        is_committed = access(scratch_path(".gangway/journal"), F_OK) == 0;
        if (is_committed)
            ck_assert_int_eq(load_version(&version), GW_TRANSIENT);
        set_fault(FAULT_NONE, 0, 0, false);
        assert_allocated(is_committed || status == GW_OK ? 2 : 1);
        end();
    } while (has_failed);
    ck_assert_int_gt(after, 5);
}
END_TEST

START_TEST(writes_that_take_only_half_are_continued)
{
    begin();
    set_fault(FAULT_SHORT, 0, -1, false);
    ck_assert_int_eq(allocate(2), GW_OK);
    set_fault(FAULT_NONE, 0, 0, false);
    instance_close(&repo);
    open_ok();
    assert_allocated(2);
    end();
}
END_TEST

/* ---- the end of the process ------------------------------------------------------------------------------------ */

/* The end of a process that applies, at its call number `after`. False: it came through. */
static bool dies(int after)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (instance_open(&repo) != GW_OK)
            _exit(2);
        set_fault(FAULT_KILL, 0, after, false);
        _exit(allocate(2) == GW_OK ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "the child ended with %d", WEXITSTATUS(status));
    return WIFSIGNALED(status);
}

START_TEST(killed_at_any_call_of_a_commit_the_next_start_finds_all_of_it_or_nothing)
{
    int lost = 0;
    int after = 0;
    bool is_dead;

    do {
        begin();
        instance_close(&repo);
        is_dead = dies(after++);
        open_ok();
        if (version_now() == 2) {
            lost++;
            assert_allocated(1);
            ck_assert_int_eq(allocate(2), GW_OK);
        }
        assert_allocated(2);
        end();
    } while (is_dead);
    ck_assert_int_gt(lost, 2);
    ck_assert_int_gt(after, lost + 10);
}
END_TEST

START_TEST(killed_while_it_redoes_a_journal_the_next_start_does_it_again)
{
    bool is_dead = true;

    for (int after = 0; is_dead; after++) {
        begin();
        instance_close(&repo);
        ck_assert(dies(6)); /* behind the journal's rename */
        if (access(scratch_path(".gangway/journal"), F_OK) == 0) {
            int status;
            pid_t child = fork();

            if (child == 0) {
                set_fault(FAULT_KILL, 0, after + 1, false); /* the lock's open comes first */
                _exit(instance_open(&repo) == GW_OK ? 0 : 1);
            }
            ck_assert_int_eq(waitpid(child, &status, 0), child);
            is_dead = WIFSIGNALED(status);
        }
        open_ok();
        assert_allocated(2);
        end();
    }
}
END_TEST

/* ---- journals -------------------------------------------------------------------------------------------------- */

START_TEST(a_journal_that_was_never_given_its_name_is_ignored)
{
    begin();
    instance_close(&repo);
    scratch_write(".gangway/new.0", "gangway journal 1\nfile 00 00000");
    open_ok();
    assert_allocated(1);
    end();
}
END_TEST

START_TEST(a_damaged_journal_is_refused_and_changes_nothing)
{
    static const char *const damaged[] = {"", "x", "gangway journal 1\n",
                                          "gangway journal 1\nfile 00 000000000000000004\nevil\n0123456789abcdef",
                                          "gangway journal 2\n0123456789abcdef0123456789abcdef"};

    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        begin();
        instance_close(&repo);
        scratch_write(".gangway/journal", damaged[i]);
        ck_assert_int_eq(instance_open(&repo), GW_CONFIG);
        ck_assert_ptr_nonnull(strstr(repo.error.text, ".gangway/journal is damaged"));
        ck_assert_str_eq(scratch_read("batches.csv"), "ref,sku,qty,eta\nb1,LAMP,100,\n");
        end();
    }
}
END_TEST

/* ---- other hands ----------------------------------------------------------------------------------------------- */

START_TEST(a_batch_added_by_hand_is_read_before_the_next_operation)
{
    begin();
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,100,\nb2,LAMP,5,2027-01-01\n");
    ck_assert_int_eq(version_now(), 3);
    ck_assert_int_eq(allocate(2), GW_CONFLICT);
    ck_assert_int_eq(version_now(), 3);
    end();
}
END_TEST

/* Saved before call number `after` of a commit. False: it has fewer calls. */
static bool keeps_what_is_saved(int after)
{
    enum gw_status status;
    bool is_saved;

    begin();
    set_fault(FAULT_EDIT, 0, after, false);
    status = allocate(2);
    is_saved = fault == FAULT_NONE;
    set_fault(FAULT_NONE, 0, 0, false);
    ck_assert_msg(status == GW_OK || status == GW_CONFLICT || status == GW_TRANSIENT, "%s",
                  gw_status_word((int)status));
    if (is_saved) {
        ck_assert_str_eq(scratch_read("batches.csv"), edited_batches);
        ck_assert_int_eq(version_now(), status == GW_OK ? 4 : 3);
        ck_assert_int_ne(loaded_stamp, stamp_of(status == GW_OK ? 3 : 2));
    }
    end();
    return is_saved;
}

START_TEST(a_file_that_is_saved_during_a_commit_is_read_before_the_next_operation)
{
    int after = 0;

    while (keeps_what_is_saved(after))
        after++;
    ck_assert_int_gt(after, 20);
}
END_TEST

START_TEST(a_product_that_was_changed_by_hand_has_a_new_stamp)
{
    struct gw_batch_update update = {0, 0, gw_text_of("b1"), 100, 1, 50, 1};
    struct gw_product_change product = {
        .sku = gw_text_of("LAMP"), .expected = 3, .version = 4, .stamp = stamp_of(2), .events = 0};
    struct gw_changeset set = {.size = sizeof set,
                               .stamp = 77,
                               .products = {&product, 1, sizeof product},
                               .batch_updates = {&update, 1, sizeof update}};
    struct gw_apply_result result = {.size = sizeof result};

    begin();
    scratch_write("batches.csv", edited_batches);
    ck_assert_int_eq(version_now(), 3);
    ck_assert_int_ge(loaded_stamp, 1);
    ck_assert_int_le(loaded_stamp, GW_STAMP_MAX);
    ck_assert_int_eq(repo.ops->apply(repo.session, &set, &result, &repo.error), GW_CONFLICT);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "LAMP"));
    product.stamp = loaded_stamp;
    ck_assert_int_eq(repo.ops->apply(repo.session, &set, &result, &repo.error), GW_OK);
    ck_assert_int_eq(version_now(), 4);
    ck_assert_int_eq(loaded_stamp, 77);
    end();
}
END_TEST

START_TEST(a_file_that_becomes_invalid_is_refused_until_it_is_repaired)
{
    int64_t version;

    begin();
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,many,\n");
    ck_assert_int_eq(load_version(&version), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "batches.csv:2: qty: expected a whole number"));
    ck_assert_int_eq(allocate(2), GW_CONFIG);
    scratch_write("batches.csv", "ref;sku;qty;eta\nb1;LAMP;100;\n");
    ck_assert_int_eq(allocate(2), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "separated by ';'"));
    scratch_write("batches.csv", "");
    ck_assert_int_eq(allocate(2), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "is empty"));
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,100,\n");
    ck_assert_int_eq(allocate(2), GW_OK);
    assert_allocated(2);
    end();
}
END_TEST

START_TEST(a_carriage_return_ends_a_line_only_before_a_newline_or_at_the_end)
{
    begin();
    scratch_write("batches.csv", "ref,sku,qty,eta\r\nb1,LAMP,100,\r");
    ck_assert_int_eq(allocate(2), GW_OK);
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,100,\rb2,LAMP,100,\n");
    ck_assert_int_eq(allocate(2), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "batches.csv:2: a carriage return"));
    scratch_write("batches.csv", "ref,sku,qty,eta\n\"b1\",LAMP,100,\n\"b\n\"\"2\",\"LA\"MP,100,\n");
    ck_assert_int_eq(allocate(2), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "batches.csv:3: text behind a closing quote"));
    end();
}
END_TEST

START_TEST(mark_and_line_ends_of_a_file_are_kept)
{
    begin();
    instance_close(&repo);
    scratch_write("allocations.csv", "\xef\xbb\xbforderid,sku,qty,batchref\r\no1,LAMP,1,b1\r\n");
    open_ok();
    ck_assert_int_eq(allocate(2), GW_OK);
    ck_assert_str_eq(scratch_read("allocations.csv"),
                     "\xef\xbb\xbforderid,sku,qty,batchref\r\no1,LAMP,1,b1\r\no2,LAMP,1,b1\r\n");
    end();
}
END_TEST

START_TEST(a_second_instance_on_the_folder_is_refused_with_the_process_of_the_first)
{
    struct instance second;
    char holder[64];

    begin();
    ck_assert_int_eq(instance_open(&second), GW_CONFIG);
    (void)snprintf(holder, sizeof holder, "is in use by process %ld;", (long)getpid());
    ck_assert_ptr_nonnull(strstr(second.error.text, holder));
    instance_close(&second);
    ck_assert_int_eq(allocate(2), GW_OK);
    assert_allocated(2);
    end();
}
END_TEST

START_TEST(a_read_lock_does_not_prevent_a_claim)
{
    struct stat seen;
    int fd;

    begin();
    instance_close(&repo);
    ck_assert_int_eq(chmod(scratch_path(".gangway/lock"), 0644), 0); /* as an earlier version made it */
    fd = open(scratch_path(".gangway/lock"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    open_ok();
    ck_assert_int_eq(allocate(2), GW_OK);
    ck_assert_int_eq(stat(scratch_path(".gangway/lock"), &seen), 0);
    ck_assert_uint_eq(seen.st_mode & 0777, 0600);
    (void)close(fd);
    end();
}
END_TEST

START_TEST(a_newer_format_is_refused)
{
    begin();
    instance_close(&repo);
    scratch_write(".gangway/counters.csv", "name,next\nformat,3\n");
    ck_assert_int_eq(instance_open(&repo), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "it needs a newer gateway"));
    end();
}
END_TEST

/* ---- files of format 1 ----------------------------------------------------------------------------------------- */

enum { LONG_MS = 3600000 };

/* LAMP after one allocation, with a row in each file. */
static void write_format_1(void)
{
    ck_assert_int_eq(mkdir(scratch_path(".gangway"), 0777), 0);
    scratch_write("batches.csv", "ref,sku,qty,eta\nb1,LAMP,100,\n");
    scratch_write("allocations.csv", "orderid,sku,qty,batchref\no1,LAMP,1,b1\n");
    scratch_write(".gangway/products.csv", "sku,version\nLAMP,2\n");
    scratch_write(".gangway/batches.csv", "ref,sku,qty,eta,created,allocated\nb1,LAMP,100,,1,1\n");
    scratch_write(".gangway/allocations.csv", "orderid,sku,qty,batchref,seq\no1,LAMP,1,b1,2\n");
    scratch_write(".gangway/positions.csv", "source,next,mark,has_mark\ns,1,0000000000000000,0\n");
    scratch_write(".gangway/inbox.csv", "id,fingerprint,outcome,reason,received_unix_ms\n"
                                        "000102030405060708090a0b0c0d0e0f,000102030405060708090a0b0c0d0e0f,1,,17\n");
    scratch_write(".gangway/outbox.csv", "number,destination,recipient,id,type,sku,payload,headers,attempts,"
                                         "created_unix_ms,due_unix_ms\n7,events,,k7,Allocated,LAMP,{},,2,17,5\n");
    scratch_write(".gangway/dead_letters.csv",
                  "id,kind,replays,unix_ms,entrypoint,source,offset,line,reason,payload,type,key,headers,identity,"
                  "full_len,digest,flags,recipient\n"
                  "4,2,0,19,mail,,-1,0,550,{},OutOfStock,LAMP,,k6,2,00000000000000000000000000000000,0,buyer\n");
    scratch_write(".gangway/counters.csv", "name,next\nformat,1\noutbox,8\ndead_letters,5\n");
}

static void begin_with_format_1(void)
{
    scratch_begin();
    write_format_1();
    open_ok();
}

START_TEST(files_of_format_1_are_used_only_after_they_are_migrated)
{
    int64_t from = -1, to = -1;

    scratch_begin();
    write_format_1();
    instance_load(&repo);
    ck_assert_int_eq(instance_session(&repo), GW_CONFIG);
    ck_assert_ptr_nonnull(strstr(repo.error.text, "format 1"));
    ck_assert_ptr_nonnull(strstr(repo.error.text, "`gangway migrate`"));
    ck_assert_int_eq(repo.ops->migrate(repo.self, &repo.host.host, &from, &to, &repo.error), GW_OK);
    ck_assert_int_eq(from, 1);
    ck_assert_int_eq(to, 2);
    ck_assert_int_eq(instance_session(&repo), GW_OK);
    end();
}
END_TEST

static enum gw_status keep_row(void *context, const struct gw_outbox_row *row)
{
    char *text = context;

    (void)snprintf(text + strlen(text), 256 - strlen(text), "[%lld stamp %lld %.*s sequence %lld event %lld]",
                   (long long)row->number, (long long)row->stamp, (int)row->id.len, row->id.ptr,
                   (long long)row->sequence, (long long)row->event_unix_ms);
    return GW_OK;
}

static void assert_outbox(const char *destination, const char *expected)
{
    char text[256] = "";
    struct gw_outbox_visitor visitor = {sizeof visitor, 0, text, keep_row};
    int64_t due_in_ms;

    ck_assert_int_eq(
        repo.ops->outbox_next(repo.session, gw_text_of(destination), 0, 10, LONG_MS, &visitor, &due_in_ms, &repo.error),
        GW_OK);
    ck_assert_str_eq(text, expected);
}

START_TEST(files_of_format_1_are_kept_with_the_stamp_0)
{
    begin_with_format_1();
    ck_assert_int_eq(version_now(), 2);
    ck_assert_int_eq(loaded_stamp, 0);
    ck_assert_str_eq(scratch_read(".gangway/products.csv"), "sku,version,stamp,events\nLAMP,2,0,8\n");
    ck_assert_str_eq(scratch_read("batches.csv"), "ref,sku,qty,eta\nb1,LAMP,100,\n");
    ck_assert_str_eq(scratch_read("allocations.csv"), "orderid,sku,qty,batchref\no1,LAMP,1,b1\n");
    ck_assert_int_eq(allocate(2), GW_CONFLICT);
    end();
}
END_TEST

START_TEST(rows_of_the_outbox_and_dead_deliveries_of_format_1_are_delivered)
{
    struct gw_outbox_settlement done = {.number = 7, .stamp = 99, .to = 1};
    struct gw_array settlements = {&done, 1, sizeof done};
    int64_t id = 4;
    struct gw_array ids = {&id, 1, sizeof id};
    uint32_t count = 0;

    begin_with_format_1();
    for (int i = 0; i < 2; i++) {
        assert_outbox("events", "[7 stamp 0 k7 sequence 7 event 17]");
        ck_assert_int_eq(repo.ops->outbox_settle(repo.session, gw_text_of("events"), &settlements, 50, &repo.error),
                         GW_OK);
        done.stamp = 0;
    }
    assert_outbox("events", "");
    ck_assert_int_eq(repo.ops->dead_requeue(repo.session, &ids, &(struct gw_array){0}, 60, &count, &repo.error), GW_OK);
    assert_outbox("mail", "[8 stamp 60 k6 sequence 0 event 19]");
    end();
}
END_TEST

START_TEST(a_message_id_of_format_1_counts_as_stored_when_it_was_migrated)
{
    int64_t running_ms = -1;
    uint32_t count = 0;

    begin_with_format_1();
    ck_assert_int_eq(repo.ops->advance(repo.session, 0, 0, &running_ms, &repo.error), GW_OK);
    ck_assert_int_eq(running_ms, 0);
    ck_assert_int_eq(repo.ops->expire(repo.session, 0, 10, &count, &repo.error), GW_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(repo.ops->expire(repo.session, 1, 10, &count, &repo.error), GW_OK);
    ck_assert_uint_eq(count, 1);
    end();
}
END_TEST

START_TEST(the_running_time_does_not_fall_if_only_the_counters_are_lost)
{
    struct gw_id_change id = {.outcome = 1};
    struct gw_changeset set = {.size = sizeof set, .stamp = 5, .ids = {&id, 1, sizeof id}};
    struct gw_apply_result result = {.size = sizeof result};
    int64_t running_ms = -1;

    begin();
    ck_assert_int_eq(repo.ops->advance(repo.session, 0, 5000, &running_ms, &repo.error), GW_OK);
    ck_assert_int_eq(repo.ops->apply(repo.session, &set, &result, &repo.error), GW_OK);
    instance_close(&repo);
    ck_assert_int_eq(unlink(scratch_path(".gangway/counters.csv")), 0);
    open_ok();
    ck_assert_int_eq(repo.ops->advance(repo.session, 0, 0, &running_ms, &repo.error), GW_OK);
    ck_assert_int_eq(running_ms, 5000);
    end();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("csv_repository");
    TCase *tests = tcase_create("csv_repository");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, whichever_call_fails_for_want_of_space_a_commit_is_whole_or_nothing);
    tcase_add_test(tests, whichever_call_fails_with_an_io_error_a_commit_is_whole_or_nothing);
    tcase_add_test(tests, a_failing_disk_is_reported_until_it_works_again);
    tcase_add_test(tests, writes_that_take_only_half_are_continued);
    tcase_add_test(tests, killed_at_any_call_of_a_commit_the_next_start_finds_all_of_it_or_nothing);
    tcase_add_test(tests, killed_while_it_redoes_a_journal_the_next_start_does_it_again);
    tcase_add_test(tests, a_journal_that_was_never_given_its_name_is_ignored);
    tcase_add_test(tests, a_damaged_journal_is_refused_and_changes_nothing);
    tcase_add_test(tests, a_batch_added_by_hand_is_read_before_the_next_operation);
    tcase_add_test(tests, a_file_that_is_saved_during_a_commit_is_read_before_the_next_operation);
    tcase_add_test(tests, a_product_that_was_changed_by_hand_has_a_new_stamp);
    tcase_add_test(tests, a_file_that_becomes_invalid_is_refused_until_it_is_repaired);
    tcase_add_test(tests, a_carriage_return_ends_a_line_only_before_a_newline_or_at_the_end);
    tcase_add_test(tests, mark_and_line_ends_of_a_file_are_kept);
    tcase_add_test(tests, a_second_instance_on_the_folder_is_refused_with_the_process_of_the_first);
    tcase_add_test(tests, a_read_lock_does_not_prevent_a_claim);
    tcase_add_test(tests, a_newer_format_is_refused);
    tcase_add_test(tests, files_of_format_1_are_used_only_after_they_are_migrated);
    tcase_add_test(tests, files_of_format_1_are_kept_with_the_stamp_0);
    tcase_add_test(tests, rows_of_the_outbox_and_dead_deliveries_of_format_1_are_delivered);
    tcase_add_test(tests, a_message_id_of_format_1_counts_as_stored_when_it_was_migrated);
    tcase_add_test(tests, the_running_time_does_not_fall_if_only_the_counters_are_lost);
    suite_add_tcase(suite, tests);
    return suite;
}
