// SPDX-License-Identifier: Apache-2.0
// safetensors: eight bytes of header length (little-endian), a JSON header, the data. Reading
// trusts nothing: the file may come from anywhere.
// https://github.com/huggingface/safetensors#format
#include "files/safetensors.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define PREFIX 8    // bytes of the header's length
#define ALIGNMENT 8 // of the data in files that are written here
// Bytes. The reference implementation allows 100 MB, but parsed JSON takes up to 40 times its text.
#define LONGEST_HEADER (16 << 20)
#define METADATA "__metadata__"

static const char *const type_names[] = {
    [RIDGE_FLOAT32] = "F32",
    [RIDGE_UINT8] = "U8",
    [RIDGE_INT32] = "I32",
    [RIDGE_UINT32] = "U32",
};

// The header of one file while it is being checked.
struct header {
    const char *name; // of the file
    const unsigned char *data;
    size_t size; // of the data
};

static ridge_status fail_entry(const struct header *header, const cJSON *entry, const char *problem)
{
    return ridge_fail(RIDGE_ERROR_FORMAT, "%s: tensor \"%.100s\": %s", header->name, entry->string,
                      problem);
}

// JSON numbers are doubles here, so whole numbers are exact up to 2^53.
static bool whole_number(const cJSON *item, size_t *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 0x1p53 ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *value = (size_t)item->valuedouble;
    return (double)*value == item->valuedouble;
}

static ridge_status parse_type(const struct header *header, const cJSON *entry,
                               struct ridge_safetensor *tensor)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    if (!cJSON_IsString(type))
        return fail_entry(header, entry, "dtype: expected a string");
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        if (strcmp(type->valuestring, type_names[i]) == 0) {
            tensor->type = (ridge_type)i;
            return RIDGE_OK;
        }
    }
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                      "%s: tensor \"%.100s\": dtype: expected F32, U8, I32 or U32, got %.20s",
                      header->name, entry->string, type->valuestring);
}

// Sets shape and size; the product cannot overflow since it is compared with the data by division.
static ridge_status parse_shape(const struct header *header, const cJSON *entry,
                                struct ridge_safetensor *tensor)
{
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape"), *item;
    if (!cJSON_IsArray(shape))
        return fail_entry(header, entry, "shape: expected a list of sizes");
    tensor->size = ridge_type_size(tensor->type);
    cJSON_ArrayForEach(item, shape)
    {
        if (tensor->rank == RIDGE_MAX_RANK)
            return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                              "%s: tensor \"%.100s\": shape: expected at most %d dimensions",
                              header->name, entry->string, RIDGE_MAX_RANK);
        size_t *size = &tensor->shape[tensor->rank++];
        if (!whole_number(item, size))
            return fail_entry(header, entry, "shape: expected whole numbers");
        if (*size && tensor->size > header->size / *size)
            return fail_entry(header, entry, "shape: it takes more bytes than the file has");
        tensor->size *= *size;
    }
    return RIDGE_OK;
}

static ridge_status parse_offsets(const struct header *header, const cJSON *entry,
                                  struct ridge_safetensor *tensor)
{
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    size_t begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !whole_number(cJSON_GetArrayItem(offsets, 0), &begin) ||
        !whole_number(cJSON_GetArrayItem(offsets, 1), &end))
        return fail_entry(header, entry, "data_offsets: expected two whole numbers");
    if (begin > end || end > header->size)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: tensor \"%.100s\": data_offsets: expected a range in the %zu bytes "
                          "of data, got %zu to %zu",
                          header->name, entry->string, header->size, begin, end);
    if (end - begin != tensor->size)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: tensor \"%.100s\": data_offsets: expected %zu bytes as shape and "
                          "dtype demand, got %zu",
                          header->name, entry->string, tensor->size, end - begin);
    tensor->data = header->data + begin;
    return RIDGE_OK;
}

static ridge_status parse_tensor(const struct header *header, const cJSON *entry,
                                 struct ridge_safetensor *tensor)
{
    tensor->name = entry->string;
    // Three entries, and each of the three found: nothing unknown and nothing twice.
    if (!cJSON_IsObject(entry) || cJSON_GetArraySize(entry) != 3)
        return fail_entry(header, entry, "expected dtype, shape and data_offsets");
    RIDGE_TRY(parse_type(header, entry, tensor));
    RIDGE_TRY(parse_shape(header, entry, tensor));
    return parse_offsets(header, entry, tensor);
}

static ridge_status parse_metadata(const struct header *header, const cJSON *object,
                                   struct ridge_safetensors *file)
{
    const cJSON *item;
    if (!cJSON_IsObject(object))
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: %s: expected an object", header->name, METADATA);
    file->metadata = ridge_allocate((size_t)cJSON_GetArraySize(object), sizeof(*file->metadata));
    if (!file->metadata)
        return RIDGE_ERROR_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        if (!cJSON_IsString(item))
            return ridge_fail(RIDGE_ERROR_FORMAT, "%s: %s: \"%.100s\": expected a string",
                              header->name, METADATA, item->string);
        file->metadata[file->metadata_count++] =
            (struct ridge_metadata){.key = item->string, .value = item->valuestring};
    }
    return RIDGE_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Keys of one object, which JSON readers commonly let the last one win of.
static ridge_status check_keys(const struct header *header, const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object), filled = 0;
    const cJSON *item;
    const char **keys = ridge_allocate(count, sizeof(*keys));
    if (!keys)
        return RIDGE_ERROR_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        keys[filled++] = item->string;
    }
    qsort(keys, count, sizeof(*keys), compare_texts);
    ridge_status status = RIDGE_OK;
    for (size_t i = 1; i < count && status == RIDGE_OK; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            status = ridge_fail(RIDGE_ERROR_FORMAT, "%s: \"%.100s\" stands twice in the header",
                                header->name, keys[i]);
    free(keys);
    return status;
}

static int compare_places(const void *a, const void *b)
{
    const struct ridge_safetensor *const *x = a, *const *y = b;
    const char *x_data = (*x)->data, *y_data = (*y)->data;
    if (x_data != y_data)
        return x_data < y_data ? -1 : 1;
    return ((*x)->size > (*y)->size) - ((*x)->size < (*y)->size);
}

// The tensors must cover the data without an overlap, a hole or a rest.
static ridge_status check_places(const struct header *header, const struct ridge_safetensors *file)
{
    const struct ridge_safetensor **sorted = ridge_allocate(file->count, sizeof(*sorted));
    if (!sorted)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < file->count; i++)
        sorted[i] = &file->tensors[i];
    qsort(sorted, file->count, sizeof(*sorted), compare_places);
    const unsigned char *end = header->data;
    ridge_status status = RIDGE_OK;
    for (size_t i = 0; i < file->count && status == RIDGE_OK; i++) {
        if (sorted[i]->data != end)
            status = ridge_fail(RIDGE_ERROR_FORMAT,
                                "%s: tensor \"%.100s\": data_offsets: expected to begin at %zu, "
                                "where the data before it ends, got %zu",
                                header->name, sorted[i]->name, (size_t)(end - header->data),
                                (size_t)((const unsigned char *)sorted[i]->data - header->data));
        end = (const unsigned char *)sorted[i]->data + sorted[i]->size;
    }
    if (status == RIDGE_OK && end != header->data + header->size)
        status = ridge_fail(RIDGE_ERROR_FORMAT, "%s: %zu bytes behind the last tensor",
                            header->name, (size_t)(header->data + header->size - end));
    free(sorted);
    return status;
}

static ridge_status parse_header(const struct header *header, struct ridge_safetensors *file)
{
    const cJSON *entry;
    RIDGE_TRY(check_keys(header, file->json));
    file->tensors = ridge_allocate((size_t)cJSON_GetArraySize(file->json), sizeof(*file->tensors));
    if (!file->tensors)
        return RIDGE_ERROR_MEMORY;
    cJSON_ArrayForEach(entry, (const cJSON *)file->json)
    {
        if (strcmp(entry->string, METADATA) == 0) {
            RIDGE_TRY(parse_metadata(header, entry, file));
            RIDGE_TRY(check_keys(header, entry));
        } else {
            RIDGE_TRY(parse_tensor(header, entry, &file->tensors[file->count++]));
        }
    }
    return check_places(header, file);
}

// The text must be one object from its first byte on, and nothing but spaces behind it.
static ridge_status parse_json(const char *name, const char *text, size_t size,
                               struct ridge_safetensors *file)
{
    const char *end = text;
    if (size && text[0] == '{')
        file->json = cJSON_ParseWithLengthOpts(text, size, &end, false);
    while (file->json && end < text + size && *end == ' ')
        end++;
    if (!file->json || end != text + size)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected a JSON object as the header, not so from byte %zu on", name,
                          PREFIX + (size_t)(end - text));
    return RIDGE_OK;
}

ridge_status ridge_safetensors_parse(const char *name, const unsigned char *bytes, size_t size,
                                     struct ridge_safetensors *file)
{
    *file = (struct ridge_safetensors){0};
    if (size < PREFIX)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: not a safetensors file (%zu bytes)", name, size);
    uint64_t length = ridge_load_le(bytes, PREFIX);
    if (length > LONGEST_HEADER)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: not a safetensors file: expected a header of at most %d bytes, got "
                          "%llu",
                          name, LONGEST_HEADER, (unsigned long long)length);
    if (length > size - PREFIX)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: truncated: expected a header of %llu bytes, %zu are there", name,
                          (unsigned long long)length, size - PREFIX);
    size_t header_size = (size_t)length;
    struct header header = {
        .name = name, .data = bytes + PREFIX + header_size, .size = size - PREFIX - header_size};
    ridge_status status = parse_json(name, (const char *)bytes + PREFIX, header_size, file);
    if (status == RIDGE_OK)
        status = parse_header(&header, file);
    if (status)
        ridge_safetensors_free(file);
    return status;
}

ridge_status ridge_safetensors_read(const char *path, struct ridge_safetensors *file)
{
    unsigned char *bytes;
    size_t size;
    *file = (struct ridge_safetensors){0};
    RIDGE_TRY(ridge_file_read(path, 0, &bytes, &size));
    ridge_status status = ridge_safetensors_parse(path, bytes, size, file);
    if (status)
        free(bytes);
    else
        file->bytes = bytes;
    return status;
}

const struct ridge_safetensor *ridge_safetensors_find(const struct ridge_safetensors *file,
                                                      const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *ridge_safetensors_metadata(const struct ridge_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

void ridge_safetensors_free(struct ridge_safetensors *file)
{
    free(file->tensors);
    free(file->metadata);
    free(file->bytes);
    cJSON_Delete(file->json);
    *file = (struct ridge_safetensors){0};
}

static size_t tensor_size(const struct ridge_safetensor *tensor)
{
    size_t size = ridge_type_size(tensor->type);
    for (unsigned d = 0; d < tensor->rank; d++)
        size *= tensor->shape[d];
    return size;
}

static bool add_number(cJSON *array, size_t value)
{
    return cJSON_AddItemToArray(array, cJSON_CreateNumber((double)value));
}

static bool add_tensor(cJSON *json, const struct ridge_safetensor *tensor, size_t offset)
{
    cJSON *entry = cJSON_AddObjectToObject(json, tensor->name);
    if (!entry || !cJSON_AddStringToObject(entry, "dtype", type_names[tensor->type]))
        return false;
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (unsigned d = 0; d < tensor->rank; d++)
        if (!shape || !add_number(shape, tensor->shape[d]))
            return false;
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    return shape && offsets && add_number(offsets, offset) &&
           add_number(offsets, offset + tensor_size(tensor));
}

static bool add_metadata(cJSON *json, const struct ridge_metadata *metadata, size_t count)
{
    cJSON *object = count ? cJSON_AddObjectToObject(json, METADATA) : NULL;
    for (size_t i = 0; i < count; i++)
        if (!object || !cJSON_AddStringToObject(object, metadata[i].key, metadata[i].value))
            return false;
    return true;
}

// `*text` is the caller's to cJSON_free().
static ridge_status make_header(const struct ridge_safetensor *tensors, size_t count,
                                const struct ridge_metadata *metadata, size_t metadata_count,
                                char **text)
{
    cJSON *json = cJSON_CreateObject();
    bool complete = json && add_metadata(json, metadata, metadata_count);
    for (size_t i = 0, offset = 0; complete && i < count; i++) {
        complete = add_tensor(json, &tensors[i], offset);
        offset += tensor_size(&tensors[i]);
    }
    *text = complete ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!*text)
        return ridge_fail(RIDGE_ERROR_MEMORY, "host memory: no room for a safetensors header");
    return RIDGE_OK;
}

static ridge_status append_all(struct ridge_file_writer *writer, const char *text,
                               const struct ridge_safetensor *tensors, size_t count)
{
    unsigned char prefix[PREFIX];
    size_t length = strlen(text);
    size_t padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
    ridge_store_le(prefix, PREFIX, length + padding);
    RIDGE_TRY(ridge_file_append(writer, prefix, PREFIX));
    RIDGE_TRY(ridge_file_append(writer, text, length));
    RIDGE_TRY(ridge_file_append(writer, "        ", padding));
    for (size_t i = 0; i < count; i++)
        RIDGE_TRY(ridge_file_append(writer, tensors[i].data, tensor_size(&tensors[i])));
    return RIDGE_OK;
}

ridge_status ridge_safetensors_write(const char *path, const struct ridge_safetensor *tensors,
                                     size_t count, const struct ridge_metadata *metadata,
                                     size_t metadata_count)
{
    char *text = NULL;
    RIDGE_TRY(make_header(tensors, count, metadata, metadata_count, &text));
    struct ridge_file_writer writer = {0};
    ridge_status status = ridge_file_open(&writer, path);
    if (status == RIDGE_OK) {
        status = append_all(&writer, text, tensors, count);
        if (status == RIDGE_OK)
            status = ridge_file_commit(&writer);
        else
            ridge_file_discard(&writer);
    }
    cJSON_free(text);
    return status;
}
