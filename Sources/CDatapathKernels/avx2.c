// AVX2 and FMA: fp32 tiles, 16 lanes in two registers.
#if defined(__x86_64__)
#include "variants.h"

#include <immintrin.h>

#define DK_TARGET __attribute__((target("avx2,fma,bmi,bmi2")))

DK_INLINE DK_TARGET v16f dk_square_root(v16f v) {
    __m256 halves[2];
    memcpy(halves, &v, sizeof v);
    halves[0] = _mm256_sqrt_ps(halves[0]);
    halves[1] = _mm256_sqrt_ps(halves[1]);
    memcpy(&v, halves, sizeof v);
    return v;
}

#include "rows.h"

typedef __m256 reg;
#define DK_PARTS 2
#define DK_TERMS 2
#define DK_PAIR_UNROLL DK_UNROLL_BY_2
#define DK_GRADIENT_UNROLL DK_NO_UNROLL

DK_ROW reg dk_broadcast(const void *source) { return _mm256_broadcast_ss(source); }

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) { return _mm256_fmadd_ps(a, b, acc); }

typedef float unaligned_floats __attribute__((vector_size(32), aligned(1), may_alias));
typedef float unaligned_float __attribute__((aligned(1), may_alias));

static const int32_t high_halves[8] __attribute__((aligned(32))) = {
    -65536, -65536, -65536, -65536, -65536, -65536, -65536, -65536};

// Twelve accumulators, two weights, one broadcast: the sixteenth register is too few for what the
// compiler keeps of a pair or a mask from one term to the next, and an accumulator in memory halves
// the speed. So it is not shown that there is anything to keep.
DK_ROW reg widened(reg pair, int term) {
    reg weights;
    if (term == 0) {
        __asm__("vandps %2, %1, %0" : "=x"(weights) : "x"(pair), "m"(high_halves));
    } else {
        __asm__("vpslld $16, %1, %0" : "=x"(weights) : "x"(pair));
    }
    return weights;
}

DK_ROW reg load_weights(const char *pairs, int part, int term) {
    reg pair;
    const unaligned_floats *source = (const unaligned_floats *)(pairs + part * 32);
    __asm__("vmovups %1, %0" : "=x"(pair) : "m"(*source));
    return widened(pair, term);
}

DK_ROW reg broadcast_weight(const char *source, int term) {
    reg pair;
    __asm__("vpbroadcastd %1, %0" : "=x"(pair) : "m"(*(const unaligned_float *)source));
    return (reg)(term == 0 ? _mm256_and_si256((__m256i)pair, _mm256_set1_epi32(-65536))
                           : _mm256_slli_epi32((__m256i)pair, 16));
}

#define DK_HAS_WEIGHT_LOADS 1

#define DK_VECTORS 1
#define DK_PIXELS 6
#define DK_SINGLE_PIXELS 6
#define DK_NARROW_VECTORS 2
#define DK_NARROW_PIXELS 3
#define DK_CONVOLUTION_LEAVES(X)                                                                  \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3)

#define DK_GRADIENT_VECTORS 1
#define DK_GRADIENT_TERMS(V) 6
#define DK_GRADIENT_CHANNELS 6
#define DK_GRADIENT_LEAVES(X)                                                                     \
    X(1, 1, 1) X(1, 1, 2) X(1, 1, 3) X(1, 1, 4) X(1, 1, 5) X(1, 1, 6)                             \
    X(1, 2, 1) X(1, 2, 2) X(1, 2, 3)                                                              \
    X(1, 3, 1) X(1, 3, 2) X(1, 4, 1) X(1, 5, 1) X(1, 6, 1)

#include "sums.h"
#include "tiles.h"

// A register of weights and DK_THIN_PIXELS of pixels have to fit too: one accumulator in memory is
// twelve cycles a step.
#define DK_THIN_REGISTERS 9
#define DK_THIN_LEAVES(X)                                                                         \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8)                               \
    X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(3, 1) X(3, 2) X(3, 3) X(4, 1) X(4, 2)
#define DK_THIN_TAPS 6
#define DK_THIN_GRADIENT_LEAVES(X)                                                                \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3) X(3, 1) X(3, 2)       \
    X(4, 1)

#include "thin.h"

#define DK_OPAQUE(value) __asm__ volatile("" : "+x"(value))
#define DK_PROBE_COPY(value)
#define DK_PROBE_REGISTERS 12
#include "probe.h"

DK_ENTRY int is_supported(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static const dk_kernels kernels = {
    .name = "avx2",
    DK_ROW_FUNCTIONS,
    DK_TILE_FUNCTIONS,
    DK_SUM_FUNCTIONS,
    DK_THIN_FUNCTIONS,
};

const dk_variant_entry dk_entry_avx2 = {&kernels, is_supported, probe, DK_PROBE_REGISTERS * 16};
#endif
