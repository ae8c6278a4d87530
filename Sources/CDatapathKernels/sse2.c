// SSE2, what every x86-64 has: fp32 tiles, 16 lanes in four registers, multiply then add.
#if defined(__x86_64__)
#include "variants.h"

#include <immintrin.h>

#define DK_TARGET

DK_INLINE v16f dk_square_root(v16f v) {
    __m128 quarters[4];
    memcpy(quarters, &v, sizeof v);
    for (int i = 0; i < 4; i++) quarters[i] = _mm_sqrt_ps(quarters[i]);
    memcpy(&v, quarters, sizeof v);
    return v;
}

#include "rows.h"

typedef __m128 reg;
#define DK_PARTS 4
#define DK_TERMS 2
#define DK_PAIR_UNROLL DK_UNROLL_BY_2
#define DK_GRADIENT_UNROLL DK_NO_UNROLL

DK_ROW reg dk_broadcast(const void *source) {
    float value;
    memcpy(&value, source, sizeof value);
    return _mm_set1_ps(value);
}

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) {
    reg product = _mm_mul_ps(a, b);
    return _mm_add_ps(acc, product);
}

DK_ROW reg dk_weight(reg pair, int term) {
    __m128i bits = (__m128i)pair;
    if (term == 0) return (reg)_mm_and_si128(bits, _mm_set1_epi32(-65536));
    return (reg)_mm_slli_epi32(bits, 16);
}

#define DK_VECTORS 1
#define DK_PIXELS 2
#define DK_SINGLE_PIXELS 2
#define DK_NARROW_VECTORS 1
#define DK_NARROW_PIXELS 3
#define DK_CONVOLUTION_LEAVES(X) X(1, 1) X(1, 2) X(1, 3)

#define DK_GRADIENT_VECTORS 1
#define DK_GRADIENT_TERMS(V) 3
#define DK_GRADIENT_CHANNELS 3
#define DK_GRADIENT_LEAVES(X) X(1, 1, 1) X(1, 1, 2) X(1, 1, 3) X(1, 2, 1) X(1, 3, 1)

#include "sums.h"
#include "tiles.h"

#define DK_THIN_REGISTERS 8
#define DK_THIN_LEAVES(X)                                                                         \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8)                               \
    X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(3, 1) X(3, 2) X(4, 1) X(4, 2)
#define DK_THIN_TAPS 4
#define DK_THIN_GRADIENT_LEAVES(X)                                                                \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(2, 1) X(2, 2) X(3, 1) X(4, 1)

#include "thin.h"

#define DK_OPAQUE(value) __asm__ volatile("" : "+x"(value))
// Without it the product of two constants would leave the loop.
#define DK_PROBE_COPY(value) DK_OPAQUE(value)
#define DK_PROBE_REGISTERS 12
#include "probe.h"

static int is_supported(void) { return 1; }

static const dk_kernels kernels = {
    .name = "sse2",
    DK_ROW_FUNCTIONS,
    DK_TILE_FUNCTIONS,
    DK_SUM_FUNCTIONS,
    DK_THIN_FUNCTIONS,
};

const dk_variant_entry dk_entry_sse2 = {&kernels, is_supported, probe, DK_PROBE_REGISTERS * 8};
#endif
