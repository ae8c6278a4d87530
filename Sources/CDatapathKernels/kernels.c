// Which variants this processor runs, best first, and how fast each could be.
#include "variants.h"

#include <pthread.h>
#include <time.h>

static const dk_variant_entry *const candidates[] = {
#if defined(__x86_64__)
    &dk_entry_avx512bf16, &dk_entry_avx512, &dk_entry_avx2, &dk_entry_sse2,
#elif defined(__aarch64__)
    &dk_entry_neon,
#endif
    &dk_entry_generic,
};

enum { DK_CANDIDATES = sizeof candidates / sizeof candidates[0] };

// Written once, by list_variants; read after it.
static const dk_kernels *listed[DK_CANDIDATES];
static int32_t listed_count;
static pthread_once_t listing = PTHREAD_ONCE_INIT;

static void list_variants(void) {
    for (int i = 0; i < DK_CANDIDATES; i++) {
        if (!candidates[i]->is_supported()) continue;
        if (candidates[i] != &dk_entry_generic && !dk_agrees_with_generic(candidates[i]->kernels)) {
            continue;
        }
        listed[listed_count++] = candidates[i]->kernels;
    }
}

const dk_kernels *dk_variant(int32_t index) {
    if (pthread_once(&listing, list_variants)) return index == 0 ? dk_entry_generic.kernels : NULL;
    return index >= 0 && index < listed_count ? listed[index] : NULL;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double dk_probe_peak(const dk_kernels *kernels, double seconds) {
    const dk_variant_entry *entry = NULL;
    for (int i = 0; i < DK_CANDIDATES; i++) {
        if (candidates[i]->kernels == kernels) entry = candidates[i];
    }
    if (!entry || !entry->is_supported()) return 0;
    // The best of short rounds: a round that lost the core to another process does not count.
    const uint64_t iterations = 200000;
    double best = 0, begin = now(), end = begin;
    volatile float sink;
    while (end - begin < seconds || best == 0) {
        double start = end;
        sink = entry->probe(iterations);
        end = now();
        double rate = (double)iterations * entry->probe_operations / (end - start);
        if (end > start && rate > best) best = rate;
    }
    (void)sink;
    return best;
}
