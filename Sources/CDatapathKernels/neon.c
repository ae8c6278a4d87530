// NEON (aarch64): fp32 tiles, 16 lanes in four registers, fused multiply-add.
#if defined(__aarch64__)
#include "variants.h"

#include <arm_neon.h>

#define DK_TARGET

DK_INLINE v16f dk_square_root(v16f v) {
    float32x4_t quarters[4];
    memcpy(quarters, &v, sizeof v);
    for (int i = 0; i < 4; i++) quarters[i] = vsqrtq_f32(quarters[i]);
    memcpy(&v, quarters, sizeof v);
    return v;
}

#include "rows.h"

typedef float32x4_t reg;
#define DK_PARTS 4
#define DK_TERMS 2
#define DK_PAIR_UNROLL DK_NO_UNROLL
#define DK_GRADIENT_UNROLL DK_NO_UNROLL

DK_ROW reg dk_broadcast(const void *source) { return vld1q_dup_f32(source); }

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) { return vfmaq_f32(acc, a, b); }

DK_ROW reg widened(reg pair, int term) {
    uint32x4_t bits = (uint32x4_t)pair;
    if (term == 0) return (reg)vandq_u32(bits, vdupq_n_u32(0xFFFF0000));
    return (reg)vshlq_n_u32(bits, 16);
}

// The pairs are loaded again for each term: kept from one to the next, they push accumulators out
// of the registers.
DK_ROW reg load_weights(const char *pairs, int part, int term) {
    __asm__ volatile("" : "+r"(pairs));
    return widened(vld1q_f32((const float *)pairs + part * 4), term);
}

DK_ROW reg broadcast_weight(const char *pair, int term) {
    return widened(dk_broadcast(pair), term);
}

#define DK_HAS_WEIGHT_LOADS 1

#define DK_VECTORS 1
#define DK_PIXELS 6
#define DK_SINGLE_PIXELS 6
#define DK_NARROW_VECTORS 1
#define DK_NARROW_PIXELS 6
#define DK_CONVOLUTION_LEAVES(X) X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6)

#define DK_GRADIENT_VECTORS 1
#define DK_GRADIENT_TERMS(V) 6
#define DK_GRADIENT_CHANNELS 6
#define DK_GRADIENT_LEAVES(X)                                                                     \
    X(1, 1, 1) X(1, 1, 2) X(1, 1, 3) X(1, 1, 4) X(1, 1, 5) X(1, 1, 6)                             \
    X(1, 2, 1) X(1, 2, 2) X(1, 2, 3)                                                              \
    X(1, 3, 1) X(1, 3, 2) X(1, 4, 1) X(1, 5, 1) X(1, 6, 1)

#include "sums.h"
#include "tiles.h"

#define DK_THIN_REGISTERS 24
#define DK_THIN_LEAVES(X)                                                                         \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(2, 1) X(2, 2) X(2, 3)       \
    X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6)       \
    X(3, 7) X(3, 8) X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)
#define DK_THIN_TAPS 6
#define DK_THIN_GRADIENT_LEAVES(X)                                                                \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3) X(3, 1) X(3, 2)       \
    X(4, 1)

#include "thin.h"

#define DK_OPAQUE(value) __asm__ volatile("" : "+w"(value))
#define DK_PROBE_COPY(value)
#define DK_PROBE_REGISTERS 16
#include "probe.h"

static int is_supported(void) { return 1; }

static const dk_kernels kernels = {
    .name = "neon",
    DK_ROW_FUNCTIONS,
    DK_TILE_FUNCTIONS,
    DK_SUM_FUNCTIONS,
    DK_THIN_FUNCTIONS,
};

const dk_variant_entry dk_entry_neon = {&kernels, is_supported, probe, DK_PROBE_REGISTERS * 8};
#endif
