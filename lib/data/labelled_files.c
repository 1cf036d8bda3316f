// SPDX-License-Identifier: Apache-2.0
// Folders of classes, and the way to a list of files from whatever the caller has.
#include "data/labelled_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/find.h"

// Names in a folder.
struct names {
    char **items;
    size_t count, capacity;
};

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct names){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Everything in it whose name does not begin with a dot, sorted by bytes, whatever the locale.
static ridge_status list_folder(const char *path, struct names *names)
{
    DIR *folder = opendir(path);
    if (!folder)
        return ridge_fail(RIDGE_ERROR_FILE, "%s: cannot open the folder: %s", path,
                          strerror(errno));
    ridge_status status = RIDGE_OK;
    const struct dirent *entry;
    while (!status && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        status =
            ridge_grow(&names->items, &names->capacity, names->count + 1, sizeof(*names->items));
        if (!status && !(names->items[names->count] = ridge_duplicate(entry->d_name)))
            status = RIDGE_ERROR_MEMORY;
        names->count += !status;
    }
    closedir(folder);
    if (names->count)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

static bool ends_with_one(const char *text, const char *const *endings)
{
    for (size_t i = 0; endings[i]; i++)
        if (ends_with(text, endings[i]))
            return true;
    return false;
}

static char *join(const char *folder, const char *name)
{
    struct ridge_text path = {0};
    ridge_text_append(&path, "%s/%s", folder, name);
    if (!path.failed)
        return path.data;
    free(path.data);
    return NULL;
}

// What is found so far. `places` are the files' places in their class, between 0 and 1.
struct search {
    struct ridge_labelled_files *list;
    const char *const *endings;
    size_t files_capacity, classes_capacity;
    size_t left_out;
};

static ridge_status add_file(struct search *search, const char *folder, const char *name)
{
    struct ridge_labelled_files *list = search->list;
    RIDGE_TRY(
        ridge_grow(&list->files, &search->files_capacity, list->count + 1, sizeof(*list->files)));
    char *path = join(folder, name);
    if (!path)
        return RIDGE_ERROR_MEMORY;
    list->files[list->count++] = (struct ridge_labelled_file){
        .path = path, .label = (int32_t)(list->class_count ? list->class_count - 1 : 0)};
    return RIDGE_OK;
}

// The wanted files of one folder, as files of the last class.
static ridge_status add_files(struct search *search, const char *folder)
{
    struct names names = {0};
    ridge_status status = list_folder(folder, &names);
    for (size_t i = 0; i < names.count && !status; i++) {
        if (ends_with_one(names.items[i], search->endings))
            status = add_file(search, folder, names.items[i]);
        else
            search->left_out++;
    }
    free_names(&names);
    return status;
}

static ridge_status add_class(struct search *search, const char *folder, const char *name)
{
    struct ridge_labelled_files *list = search->list;
    RIDGE_TRY(ridge_grow(&list->classes, &search->classes_capacity, list->class_count + 1,
                         sizeof(*list->classes)));
    if (!(list->classes[list->class_count] = ridge_duplicate(name)))
        return RIDGE_ERROR_MEMORY;
    list->class_count++;
    size_t before = list->count;
    RIDGE_TRY(add_files(search, folder));
    if (list->count == before)
        ridge_log(RIDGE_LOG_WARNING, "%s: no files of class %s are there", folder, name);
    return RIDGE_OK;
}

static ridge_status add_classes(struct search *search, const char *folder)
{
    struct names names = {0};
    ridge_status status = list_folder(folder, &names);
    for (size_t i = 0; i < names.count && !status; i++) {
        char *inner = join(folder, names.items[i]);
        if (!inner)
            status = RIDGE_ERROR_MEMORY;
        else if (ridge_is_folder(inner))
            status = add_class(search, inner, names.items[i]);
        else
            search->left_out++;
        free(inner);
    }
    free_names(&names);
    return status;
}

// A file and its place in its class, between 0 and 1.
struct dealt {
    struct ridge_labelled_file file;
    double place;
};

static int compare_places(const void *a, const void *b)
{
    const struct dealt *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return x->file.label < y->file.label ? -1 : x->file.label > y->file.label;
}

// From class after class to all of them in their shares.
static ridge_status deal(struct ridge_labelled_files *list)
{
    struct dealt *all = ridge_allocate(list->count, sizeof(*all));
    if (!all)
        return RIDGE_ERROR_MEMORY;
    for (size_t first = 0, end; first < list->count; first = end) {
        int32_t label = list->files[first].label;
        for (end = first; end < list->count && list->files[end].label == label;)
            end++;
        for (size_t i = first; i < end; i++)
            all[i] = (struct dealt){.file = list->files[i],
                                    .place = ((double)(i - first) + 0.5) / (double)(end - first)};
    }
    qsort(all, list->count, sizeof(*all), compare_places);
    for (size_t i = 0; i < list->count; i++)
        list->files[i] = all[i].file;
    free(all);
    return RIDGE_OK;
}

static ridge_status fail_empty(const struct search *search, const char *folder, bool labels)
{
    struct ridge_text endings = {0};
    for (size_t i = 0; search->endings[i]; i++)
        ridge_text_list(&endings, search->endings[i]);
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (!endings.failed)
        status = ridge_fail(
            RIDGE_ERROR_FILE, "%s: expected %s files that end with one of %s, found none", folder,
            labels ? "a folder for each class (label \"none\" reads files without classes), with"
                   : "a folder of",
            endings.data);
    free(endings.data);
    return status;
}

static ridge_status find_in_folder(const char *folder, const ridge_read_params *params,
                                   const char *const *endings, struct ridge_labelled_files *list)
{
    struct search search = {.list = list, .endings = endings};
    bool labels = !params->label || strcmp(params->label, "none") != 0;
    RIDGE_TRY(labels ? add_classes(&search, folder) : add_files(&search, folder));
    if (!list->count)
        return fail_empty(&search, folder, labels);
    if (search.left_out)
        ridge_log(RIDGE_LOG_INFO, "%s: %zu files, %zu others left out", folder, list->count,
                  search.left_out);
    return labels ? deal(list) : RIDGE_OK;
}

static ridge_status find_in_part(const char *path, const ridge_read_params *params,
                                 const char *const *endings, struct ridge_labelled_files *list)
{
    if (!params->part)
        return find_in_folder(path, params, endings, list);
    char *folder = join(path, params->part);
    if (!folder)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = find_in_folder(folder, params, endings, list);
    free(folder);
    return status;
}

static ridge_status read_csv(const char *path, const ridge_read_params *params,
                             struct ridge_labelled_files *list)
{
    struct ridge_source source;
    RIDGE_TRY(ridge_source_read(path, &source));
    ridge_status status = ridge_labelled_files_parse(&source, params, list);
    ridge_source_free(&source);
    return status;
}

static ridge_status single(const char *path, struct ridge_labelled_files *list)
{
    list->files = ridge_allocate(1, sizeof(*list->files));
    if (!list->files || !(list->files[0].path = ridge_duplicate(path)))
        return RIDGE_ERROR_MEMORY;
    list->count = 1;
    return RIDGE_OK;
}

ridge_status ridge_labelled_files_find(const char *path, const ridge_read_params *params,
                                       const char *const *endings,
                                       struct ridge_labelled_files *list)
{
    static const char *const tables[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz", NULL};
    *list = (struct ridge_labelled_files){0};
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected a folder or file, got NULL");
    if (!ridge_path_exists(path))
        return ridge_fail(RIDGE_ERROR_FILE, "%s: no such file or folder", path);
    ridge_status status;
    if (ridge_is_folder(path))
        status = find_in_part(path, params, endings, list);
    else if (ends_with_one(path, tables))
        status = read_csv(path, params, list);
    else
        status = single(path, list);
    if (status)
        ridge_labelled_files_free(list);
    return status;
}

void ridge_labelled_files_free(struct ridge_labelled_files *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->files[i].path);
    for (size_t i = 0; i < list->class_count; i++)
        free(list->classes[i]);
    free(list->files);
    free(list->classes);
    *list = (struct ridge_labelled_files){0};
}
