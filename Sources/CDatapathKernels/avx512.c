// AVX-512 without bf16 products: fp32 tiles, 16 lanes in one register.
#if defined(__x86_64__)
#include "variants.h"

#include <immintrin.h>

#define DK_TARGET                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2")))

DK_INLINE DK_TARGET v16f dk_square_root(v16f v) { return _mm512_sqrt_ps(v); }

#include "rows.h"

typedef __m512 reg;
#define DK_PARTS 1
#define DK_TERMS 2
#define DK_PAIR_UNROLL DK_UNROLL_BY_2
#define DK_GRADIENT_UNROLL DK_NO_UNROLL

typedef int32_t unaligned_float __attribute__((aligned(1), may_alias));

// The instruction by name: vbroadcastss takes a multiply pipe's slot on Zen 4, this one does not.
DK_ROW reg dk_broadcast(const void *source) {
    reg lanes;
    __asm__("vpbroadcastd %1, %0" : "=v"(lanes) : "m"(*(const unaligned_float *)source));
    return lanes;
}

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) { return _mm512_fmadd_ps(a, b, acc); }

DK_ROW reg dk_weight(reg pair, int term) {
    __m512i bits = (__m512i)pair;
    if (term == 0) return (reg)_mm512_and_si512(bits, _mm512_set1_epi32(-65536));
    return (reg)_mm512_slli_epi32(bits, 16);
}

#define DK_VECTORS 2
#define DK_PIXELS 14
#define DK_SINGLE_PIXELS 16
#define DK_NARROW_VECTORS 4
#define DK_NARROW_PIXELS 6
#define DK_CONVOLUTION_LEAVES(X)                                                                  \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) X(1, 10) X(1, 11)     \
    X(1, 12) X(1, 13) X(1, 14) X(1, 15) X(1, 16)                                                  \
    X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(2, 9) X(2, 10) X(2, 11)     \
    X(2, 12) X(2, 13) X(2, 14)                                                                    \
    X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)

#define DK_GRADIENT_VECTORS 2
#define DK_GRADIENT_TERMS(V) ((V) == 2 ? 12 : 16)
#define DK_GRADIENT_CHANNELS 16
#define DK_GRADIENT_LEAVES(X)                                                                     \
    X(1, 1, 1) X(1, 1, 2) X(1, 1, 3) X(1, 1, 4) X(1, 1, 5) X(1, 1, 6) X(1, 1, 7)                  \
    X(1, 2, 1) X(1, 2, 2) X(1, 2, 3) X(1, 2, 4) X(1, 2, 5) X(1, 2, 6) X(1, 2, 7)                  \
    X(1, 3, 1) X(1, 3, 2) X(1, 3, 3) X(1, 3, 4) X(1, 3, 5)                                        \
    X(1, 4, 1) X(1, 4, 2) X(1, 4, 3) X(1, 4, 4)                                                   \
    X(1, 5, 1) X(1, 6, 1) X(1, 7, 1) X(1, 8, 1) X(1, 9, 1) X(1, 10, 1) X(1, 11, 1) X(1, 12, 1)    \
    X(1, 13, 1) X(1, 14, 1) X(1, 15, 1) X(1, 16, 1)                                               \
    X(2, 1, 1) X(2, 1, 2) X(2, 1, 3) X(2, 1, 4) X(2, 1, 5) X(2, 1, 6) X(2, 1, 7)                  \
    X(2, 2, 1) X(2, 2, 2) X(2, 2, 3) X(2, 2, 4) X(2, 2, 5) X(2, 2, 6)                             \
    X(2, 3, 1) X(2, 3, 2) X(2, 3, 3) X(2, 3, 4)                                                   \
    X(2, 4, 1) X(2, 4, 2) X(2, 4, 3)                                                              \
    X(2, 5, 1) X(2, 6, 1) X(2, 7, 1) X(2, 8, 1) X(2, 9, 1) X(2, 10, 1) X(2, 11, 1) X(2, 12, 1)

#include "sums.h"
#include "tiles.h"

#define DK_THIN_REGISTERS 24
#define DK_THIN_LEAVES(X)                                                                         \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(2, 1) X(2, 2) X(2, 3)       \
    X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6)       \
    X(3, 7) X(3, 8) X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)
#define DK_THIN_TAPS 21
#define DK_THIN_GRADIENT_LEAVES(X)                                                                \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(2, 1) X(2, 2) X(2, 3) X(2, 4)       \
    X(2, 5) X(2, 6) X(2, 7) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) X(3, 7) X(4, 1)       \
    X(4, 2) X(4, 3) X(4, 4) X(4, 5)

#include "thin.h"

#define DK_OPAQUE(value) __asm__ volatile("" : "+v"(value))
#define DK_PROBE_COPY(value)
#define DK_PROBE_REGISTERS 24
#include "probe.h"

DK_ENTRY int is_supported(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static const dk_kernels kernels = {
    .name = "avx512",
    DK_ROW_FUNCTIONS,
    DK_TILE_FUNCTIONS,
    DK_SUM_FUNCTIONS,
    DK_THIN_FUNCTIONS,
};

const dk_variant_entry dk_entry_avx512 = {&kernels, is_supported, probe, DK_PROBE_REGISTERS * 32};
#endif
