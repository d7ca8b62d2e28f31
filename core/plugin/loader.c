/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a load: file, dynamic linker, descriptor; and the list of loaded files, which only grows. plugin_file.c,
 * elf_file.c, plugin_check.c and option_check.c have the checks. Any thread; a lock on the list admits one load at a
 * time.
 *
 * dlopen gets the path and not the open descriptor. /proc/self/fd/N would name exactly the checked file, but the
 * dynamic linker identifies objects by name and returns the first one again when a number is reused; and $ORIGIN,
 * debuggers and crash reports would see a meaningless name. Between the check and dlopen, only root and the user of
 * this process can replace the file, because only they may write its directory, and no check protects from them. A
 * replacement by a concurrent upgrade is detected afterwards and refused.
 */
#include "plugin/loader.h"

#include "base/text.h"
#include "plugin/inspection.h"
#include "plugin/plugin_check.h"
#include "plugin/plugin_file.h"

#include <gangway/scope.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* The real path of a directory, a slash, and any file name in it. */
enum { PATH_SPACE = PATH_MAX + NAME_MAX + sizeof "/" GW_PLUGIN_SUFFIX };

#define SYMBOL "gw_plugin_descriptor"

/* A file that dlopen has loaded. It stays mapped under its path, whatever happens to the file. */
struct loaded {
    struct loaded *next;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;        /* the file's mtime */
    const struct gw_plugin *plugin; /* NULL: its descriptor was refused */
    char path[];
};

static pthread_mutex_t loaded_lock = PTHREAD_MUTEX_INITIALIZER;
static struct loaded *loaded_files;

static struct loaded *loaded_find(const char *path)
{
    struct loaded *loaded = loaded_files;

    while (loaded != NULL && strcmp(loaded->path, path) != 0)
        loaded = loaded->next;
    return loaded;
}

/* Allocates the list entry before dlopen, so that nothing is loaded that cannot be listed. NULL: no memory. */
static struct loaded *loaded_new(const char *path, const struct stat *stat)
{
    size_t len = strlen(path);
    struct loaded *loaded = malloc(sizeof *loaded + len + 1);

    if (loaded == NULL)
        return NULL;
    *loaded =
        (struct loaded){.device = stat->st_dev, .inode = stat->st_ino, .size = stat->st_size, .written = stat->st_mtim};
    memcpy(loaded->path, path, len + 1);
    return loaded;
}

static bool is_same_file(const struct loaded *loaded, const struct stat *stat)
{
    return loaded->device == stat->st_dev && loaded->inode == stat->st_ino;
}

/* The dynamic linker's message without the path, because the error text already begins with the path. */
static const char *linker_error(const char *path)
{
    const char *error = dlerror();
    size_t len = strlen(path);

    if (error == NULL)
        return "the dynamic linker does not say why";
    return strncmp(error, path, len) == 0 && strncmp(error + len, ": ", 2) == 0 ? error + len + 2 : error;
}

static void *open_object(struct gw_inspection *inspection, const char *path)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (object == NULL)
        gw_inspection_fail(inspection, GW_CONFIG, "dlopen", "it cannot be loaded: %s", linker_error(path));
    return object;
}

/* Loads the file that stat describes; it is never unloaded. NULL: refused. */
static struct loaded *load_new(struct gw_inspection *inspection, const char *path, const struct stat *stat,
                               void **ret_object)
{
    struct loaded *loaded = loaded_new(path, stat);

    if (loaded == NULL) {
        gw_inspection_fail(inspection, GW_NOMEM, "dlopen", "no memory to remember it");
        return NULL;
    }
    *ret_object = open_object(inspection, path);
    if (*ret_object == NULL) {
        free(loaded);
        return NULL;
    }
    loaded->next = loaded_files;
    loaded_files = loaded;
    return loaded;
}

/* dlsym also searches the libraries that a plugin needs, so this checks that the symbol is data of the plugin itself.
 */
static const struct gw_plugin *find_descriptor(struct gw_inspection *inspection, void *object, uint64_t *ret_size)
{
    const void *found = dlsym(object, SYMBOL);
    const ElfW(Sym) *symbol = NULL;
    struct link_map *owner = NULL;
    struct link_map *own = NULL;
    Dl_info info;

    if (found == NULL) {
        gw_inspection_fail(inspection, GW_ABI, "symbol", "it exports no %s: it is no plugin of Gangway", SYMBOL);
        return NULL;
    }
    if (dlinfo(object, RTLD_DI_LINKMAP, &own) != 0 || dladdr1(found, &info, (void **)&owner, RTLD_DL_LINKMAP) == 0 ||
        owner != own) {
        gw_inspection_fail(inspection, GW_ABI, "symbol", "its %s is that of a library, expected its own", SYMBOL);
        return NULL;
    }
    if (dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL || info.dli_saddr != found ||
        ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT) {
        gw_inspection_fail(inspection, GW_ABI, "symbol", "its %s is no data, expected a constant", SYMBOL);
        return NULL;
    }
    *ret_size = symbol->st_size;
    (void)gw_inspection_pass(inspection, "symbol", "%s, %llu bytes", SYMBOL, (unsigned long long)symbol->st_size);
    return found;
}

/* Loads the checked file that stat describes, or finds it in the list. */
static struct loaded *load_object(struct gw_inspection *inspection, const char *path, const struct stat *stat,
                                  void **ret_object)
{
    struct loaded *loaded = loaded_find(path);
    struct stat now;

    if (loaded != NULL && !is_same_file(loaded, stat)) {
        gw_inspection_fail(inspection, GW_CONFIG, "dlopen",
                           "another file of this path was loaded before; this one takes a restart");
        return NULL;
    }
    if (loaded == NULL)
        loaded = load_new(inspection, path, stat, ret_object);
    else
        *ret_object = open_object(inspection, path);
    if (loaded == NULL || *ret_object == NULL)
        return NULL;
    if (lstat(path, &now) != 0 || !is_same_file(loaded, &now)) {
        gw_inspection_fail(inspection, GW_CONFIG, "dlopen", "it was replaced while it was loaded");
        return NULL;
    }
    (void)gw_inspection_pass(inspection, "dlopen", "all symbols and libraries were found");
    return loaded;
}

/* Runs every check on directory/name.so, whose whole path is path. NULL: the inspection has the reason. */
static const struct gw_plugin *load_file(struct gw_inspection *inspection, const char *directory, const char *name,
                                         const char *path)
{
    const struct gw_plugin *plugin;
    struct loaded *loaded;
    struct stat stat;
    uint64_t symbol_size;
    void *object;
    int fd = gw_plugin_file_open(inspection, directory, name, &stat);

    if (fd < 0) {
        gw_inspection_fail(inspection, GW_CONFIG, "dlopen", "skipped because of the failures above");
        return NULL;
    }
    loaded = load_object(inspection, path, &stat, &object);
    /* open until here, so that no other file could get its inode number */
    (void)close(fd);
    if (loaded == NULL)
        return NULL;
    plugin = find_descriptor(inspection, object, &symbol_size);
    if (plugin == NULL || !gw_plugin_check(inspection, plugin, symbol_size, name))
        return NULL;
    loaded->plugin = plugin;
    return plugin;
}

static int is_plugin_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    size_t suffix = strlen(GW_PLUGIN_SUFFIX);

    return len > suffix && strcmp(entry->d_name + len - suffix, GW_PLUGIN_SUFFIX) == 0;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The names of the plugins in a directory, sorted, without .so. */
struct names {
    struct dirent **entries;
    char **items; /* into entries */
    size_t count;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->entries[i]);
    free(names->entries);
    free(names->items);
    *names = (struct names){0};
}

static enum gw_status names_read(struct names *ret_names, const char *directory, struct gw_error *reterr)
{
    struct names names = {0};
    int count = scandir(directory, &names.entries, is_plugin_file, compare_entries);

    if (count < 0)
        return gw_error_set_errno(reterr, errno == ENOMEM ? GW_NOMEM : GW_CONFIG, errno,
                                  "the plugin directory %s cannot be read", directory);
    names.count = (size_t)count;
    names.items = calloc(names.count + 1, sizeof *names.items);
    if (names.items == NULL) {
        names_done(&names);
        return gw_error_set(reterr, GW_NOMEM, "no memory for the plugins of %s", directory);
    }
    for (size_t i = 0; i < names.count; i++) {
        names.items[i] = names.entries[i]->d_name;
        names.items[i][strlen(names.items[i]) - strlen(GW_PLUGIN_SUFFIX)] = '\0';
    }
    *ret_names = names;
    return GW_OK;
}

/* Adds the nearest existing name to the text about a missing file. */
static void suggest(struct gw_error *error, const char *directory, const char *name)
{
    struct names names;
    const char *nearest;
    size_t len = strlen(error->text);

    if (names_read(&names, directory, NULL) != GW_OK)
        return;
    nearest = gw_text_nearest(name, strlen(name), (const char *const *)names.items, names.count);
    if (nearest != NULL)
        (void)snprintf(error->text + len, sizeof error->text - len, "; did you mean '%s'?", nearest);
    names_done(&names);
}

enum gw_status gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                              struct gw_error *reterr)
{
    char directory[PATH_MAX];
    char path[PATH_SPACE];
    const struct loaded *loaded;
    const struct gw_plugin *plugin;
    struct gw_inspection inspection;

    if (realpath(plugin_dir, directory) == NULL)
        return gw_error_set_errno(reterr, GW_CONFIG, errno, "the plugin directory %s cannot be opened", plugin_dir);
    (void)snprintf(path, sizeof path, "%s/%s%s", directory, name, GW_PLUGIN_SUFFIX);
    gw_inspection_init(&inspection, path, NULL);
    (void)pthread_mutex_lock(&loaded_lock);
    loaded = loaded_find(path);
    plugin = loaded != NULL && loaded->plugin != NULL ? loaded->plugin : load_file(&inspection, directory, name, path);
    (void)pthread_mutex_unlock(&loaded_lock);
    if (plugin == NULL) {
        if (inspection.first.os_error == ENOENT)
            suggest(&inspection.first, directory, name);
        if (reterr != NULL)
            *reterr = inspection.first;
        return (enum gw_status)inspection.first.status;
    }
    *ret_plugin = plugin;
    return GW_OK;
}

/* A file that was rewritten in place has the inode of the loaded one. */
static bool is_unchanged(const struct loaded *loaded, const struct stat *stat)
{
    return is_same_file(loaded, stat) && stat->st_size == loaded->size &&
           stat->st_mtim.tv_sec == loaded->written.tv_sec && stat->st_mtim.tv_nsec == loaded->written.tv_nsec;
}

bool gw_loader_is_current(const char *plugin_dir, const char *name)
{
    char directory[PATH_MAX];
    char path[PATH_SPACE];
    const struct loaded *loaded;
    struct stat now;

    if (realpath(plugin_dir, directory) == NULL)
        return false;
    (void)snprintf(path, sizeof path, "%s/%s%s", directory, name, GW_PLUGIN_SUFFIX);
    (void)pthread_mutex_lock(&loaded_lock);
    loaded = loaded_find(path);
    (void)pthread_mutex_unlock(&loaded_lock);
    return loaded == NULL || (lstat(path, &now) == 0 && is_unchanged(loaded, &now));
}

/* Splits path into the real directory of the file and its name without .so. */
static bool split_path(struct gw_inspection *inspection, const char *path, char directory[PATH_MAX],
                       char name[NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t len = strlen(base);
    size_t suffix = strlen(GW_PLUGIN_SUFFIX);
    char parent[PATH_MAX];

    if (len <= suffix || len > NAME_MAX || strcmp(base + len - suffix, GW_PLUGIN_SUFFIX) != 0)
        return gw_inspection_fail(inspection, GW_CONFIG, "file name", "its name does not end in %s", GW_PLUGIN_SUFFIX);
    (void)snprintf(name, NAME_MAX + 1, "%.*s", (int)(len - suffix), base);
    /* The slash is kept, so that the parent of /x.so is /. */
    if (snprintf(parent, sizeof parent, "%.*s", (int)(base - path), path) >= (int)sizeof parent)
        return gw_inspection_fail(inspection, GW_CONFIG, "directory", "its path is longer than %d bytes", PATH_MAX);
    if (realpath(parent[0] != '\0' ? parent : ".", directory) == NULL)
        return gw_inspection_fail_errno(inspection, errno, "directory", "its directory cannot be opened");
    return true;
}

enum gw_status gw_loader_verify(const char *path, const struct gw_report *report)
{
    char directory[PATH_MAX];
    char real[PATH_SPACE];
    char name[NAME_MAX + 1];
    struct gw_inspection inspection;

    gw_inspection_init(&inspection, path, report);
    if (split_path(&inspection, path, directory, name)) {
        (void)snprintf(real, sizeof real, "%s/%s%s", directory, name, GW_PLUGIN_SUFFIX);
        (void)pthread_mutex_lock(&loaded_lock);
        (void)load_file(&inspection, directory, name, real);
        (void)pthread_mutex_unlock(&loaded_lock);
    }
    return (enum gw_status)inspection.first.status;
}

enum gw_status gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor, struct gw_error *reterr)
{
    struct names names;
    enum gw_status status = names_read(&names, plugin_dir, reterr);

    if (status != GW_OK)
        return status;
    for (size_t i = 0; i < names.count && status == GW_OK; i++) {
        struct gw_loader_entry entry = {.name = names.items[i]};
        struct gw_error error = {0};

        if (gw_loader_load(plugin_dir, entry.name, &entry.plugin, &error) != GW_OK)
            entry.error = &error;
        status = visitor->entry(visitor->context, &entry);
    }
    names_done(&names);
    return status;
}
