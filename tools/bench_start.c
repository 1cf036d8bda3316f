// SPDX-License-Identifier: Apache-2.0
// The job start: from exec to the end of the first step of mnist-mlp, in a process of its own, with
// the kernel caches as they are and with empty ones.
#include <errno.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"

extern char **environ;

// Runs `ridge bench --first-step` to its end. Seconds; negative after a message.
static double run_once(const struct bench *bench)
{
    const ridge_device_info *info = ridge_device_get_info(bench->device);
    char selector[32];
    snprintf(selector, sizeof(selector), "%u:%u", info->platform, info->device);
    char *arguments[] = {(char *)program_path, "bench", "--first-step", "--device", selector, NULL};
    double start = seconds_now();
    pid_t child;
    int status = 0;
    int error = posix_spawnp(&child, program_path, NULL, NULL, arguments, environ);
    if (!error && waitpid(child, &status, 0) < 0)
        error = errno;
    double seconds = seconds_now() - start;
    if (!error && WIFEXITED(status) && WEXITSTATUS(status) == STATUS_DONE)
        return seconds;
    fail("cannot run %s: %s", program_path, error ? strerror(error) : "it failed");
    return -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

// With caches in a new folder that is removed afterwards.
static double run_cold(const struct bench *bench)
{
    const char *parent = getenv("TMPDIR");
    char *folder = print_text("%s/ridge-start-XXXXXX", parent && *parent ? parent : "/tmp");
    double seconds = -1;
    char *ours = getenv("XDG_CACHE_HOME"), *pocl = getenv("POCL_CACHE_DIR");
    ours = ours ? duplicate(ours) : NULL;
    pocl = pocl ? duplicate(pocl) : NULL;
    if (mkdtemp(folder)) {
        setenv("XDG_CACHE_HOME", folder, 1);
        setenv("POCL_CACHE_DIR", folder, 1);
        seconds = run_once(bench);
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    } else {
        fail("%s: %s", folder, strerror(errno));
    }
    ours ? setenv("XDG_CACHE_HOME", ours, 1) : unsetenv("XDG_CACHE_HOME");
    pocl ? setenv("POCL_CACHE_DIR", pocl, 1) : unsetenv("POCL_CACHE_DIR");
    free(ours);
    free(pocl);
    free(folder);
    return seconds;
}

static bool repeat(const struct bench *bench, double (*run)(const struct bench *bench),
                   struct timing *timing)
{
    enum { ROUNDS = 5 };
    double seconds[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        seconds[i] = run(bench);
        if (seconds[i] < 0)
            return false;
    }
    *timing = bench_quartiles(seconds, ROUNDS);
    return true;
}

bool bench_start(struct bench *bench)
{
    struct timing warm, cold;
    // The first run fills the caches.
    if (run_once(bench) < 0 || !repeat(bench, run_once, &warm) || !repeat(bench, run_cold, &cold))
        return false;
    if (!bench->json) {
        printf("start, from exec to the end of the first step of mnist-mlp\n"
               "  %.2f s  (%.2f to %.2f); with empty kernel caches %.2f s  (%.2f to %.2f)\n",
               warm.median, warm.lower, warm.upper, cold.median, cold.lower, cold.upper);
        return true;
    }
    cJSON *object = bench_object(bench, "start");
    cJSON_AddNumberToObject(object, "seconds_warm", warm.median);
    cJSON_AddNumberToObject(object, "seconds_warm_lower_quartile", warm.lower);
    cJSON_AddNumberToObject(object, "seconds_warm_upper_quartile", warm.upper);
    cJSON_AddNumberToObject(object, "seconds_cold", cold.median);
    cJSON_AddNumberToObject(object, "seconds_cold_lower_quartile", cold.lower);
    cJSON_AddNumberToObject(object, "seconds_cold_upper_quartile", cold.upper);
    print_json(object);
    return true;
}
