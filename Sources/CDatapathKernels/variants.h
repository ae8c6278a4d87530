// What the files of this target share: the variants' tables, and the vectors of their rows.
#ifndef DATAPATH_VARIANTS_H
#define DATAPATH_VARIANTS_H

#include "CDatapathKernels.h"

#include <string.h>

// Every operation rounds on its own. gcc does not know the pragma and needs -ffp-contract=off.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
// Vectors wider than the target's registers are arguments of inlined functions only.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpsabi"
#else
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

// A variant, the processor it needs, and its multiply-accumulate in a loop of registers.
typedef struct {
    const dk_kernels *kernels;
    int (*is_supported)(void);
    // Runs `iterations` rounds of probe_operations each; returns a value that depends on all.
    float (*probe)(uint64_t iterations);
    double probe_operations;
} dk_variant_entry;

extern const dk_variant_entry dk_entry_generic;
#if defined(__x86_64__)
extern const dk_variant_entry dk_entry_sse2;
extern const dk_variant_entry dk_entry_avx2;
extern const dk_variant_entry dk_entry_avx512;
extern const dk_variant_entry dk_entry_avx512bf16;
#elif defined(__aarch64__)
extern const dk_variant_entry dk_entry_neon;
#endif

// 1 if every function of `candidate` gives the generic code's bits on a small random problem.
int dk_agrees_with_generic(const dk_kernels *candidate);

// The quantiser's limits as bits of an fp32 value.
#define DK_TINY_BITS 0x23800000
#define DK_CLAMP_BITS 0x5EFF0000
#define DK_NAN_BITS 0x7FC00000

#define DK_INLINE static inline __attribute__((always_inline))
#define DK_UNUSED __attribute__((unused))

#if defined(__clang__)
#define DK_UNROLL _Pragma("clang loop unroll(full)")
#define DK_UNROLL_BY_2 _Pragma("clang loop unroll_count(2)")
#define DK_NO_UNROLL _Pragma("clang loop unroll(disable) vectorize(disable)")
#else
#define DK_UNROLL _Pragma("GCC unroll 64")
#define DK_UNROLL_BY_2 _Pragma("GCC unroll 2")
#define DK_NO_UNROLL _Pragma("GCC unroll 1")
#endif

// 16 lanes, one channel block of one pixel; the compiler splits them into the target's registers.
typedef float v16f __attribute__((vector_size(64)));
typedef int32_t v16i __attribute__((vector_size(64)));
typedef uint32_t v16u __attribute__((vector_size(64)));
typedef uint16_t v16h __attribute__((vector_size(32)));

#endif
