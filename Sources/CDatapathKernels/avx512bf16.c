// AVX512_BF16: bf16 tiles as they are stored, a pair of channels a step (vdpbf16ps).
#if defined(__x86_64__)
#include "variants.h"

#include <immintrin.h>

#define DK_TARGET                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi,bmi2")))

DK_INLINE DK_TARGET v16f dk_square_root(v16f v) { return _mm512_sqrt_ps(v); }

// The quantiser around vcvtneps2bf16, which rounds to nearest even; NaN is put right afterwards.
DK_INLINE DK_TARGET __m256i dk_narrowed(__m512 value, __mmask16 is_kept, __mmask16 is_nan) {
    const __m512 limit = _mm512_castsi512_ps(_mm512_set1_epi32(DK_CLAMP_BITS));
    // The lesser magnitude, the value's sign.
    __m512 clamped = _mm512_maskz_range_ps(is_kept, value, limit, 2);
    __m256i narrow = (__m256i)_mm512_cvtneps_pbh(clamped);
    return _mm256_mask_mov_epi16(narrow, is_nan, _mm256_set1_epi16(DK_NAN_BITS >> 16));
}

DK_INLINE DK_TARGET __m256i dk_quantised_narrow(__m512 value) {
    __mmask16 is_kept =
        _mm512_cmp_ps_mask(_mm512_abs_ps(value), _mm512_set1_ps(0x1p-56f), _CMP_GE_OQ);
    return dk_narrowed(value, is_kept, _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q));
}

DK_INLINE DK_TARGET __m256i dk_rectified_narrow(__m512 value) {
    return dk_narrowed(value, _mm512_cmp_ps_mask(value, _mm512_set1_ps(0x1p-56f), _CMP_GE_OQ), 0);
}

DK_INLINE DK_TARGET v16f dk_widened(__m256i narrow) {
    return (v16f)_mm512_slli_epi32(_mm512_cvtepu16_epi32(narrow), 16);
}

DK_INLINE DK_TARGET v16f quantised(v16f value) { return dk_widened(dk_quantised_narrow(value)); }

DK_INLINE DK_TARGET v16f rectified(v16f value) { return dk_widened(dk_rectified_narrow(value)); }

DK_INLINE DK_TARGET void store_quantised(dk_bf16 *pixel, v16f value) {
    _mm256_storeu_si256((__m256i *)pixel, dk_quantised_narrow(value));
}

DK_INLINE DK_TARGET void store_rectified(dk_bf16 *pixel, v16f value) {
    _mm256_storeu_si256((__m256i *)pixel, dk_rectified_narrow(value));
}

#define DK_HAS_QUANTISER 1
#include "rows.h"

#define DK_TERMS 1
#define DK_PAIR_UNROLL DK_UNROLL
#include "registers512.h"

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) {
    return _mm512_dpbf16_ps(acc, (__m512bh)a, (__m512bh)b);
}

DK_ROW reg dk_weight(reg pair, int term) {
    (void)term;
    return pair;
}

#include "sums.h"

DK_ENTRY void place_row(void *tile, const dk_bf16 *row, int32_t count) {
    memcpy(tile, row, (size_t)count * DK_PIXEL_BYTES);
}

static size_t small_row_bytes(int32_t count) { return (size_t)(count + 1) / 2 * 64; }

static size_t large_row_bytes(int32_t large_count, int32_t stride) {
    (void)stride;
    return (size_t)large_count * 64;
}

// [pixel pair][16 lanes][2]: the first pixel in the high half, which vdpbf16ps adds first.
DK_ENTRY void pack_small_row(void *out, const dk_bf16 *row, int32_t count) {
    char *pairs = out;
    for (ptrdiff_t x = 0; x < count; x += 2) {
        v16u pair = load_wide(row + x * DK_LANES);
        if (x + 1 < count) pair |= load_wide(row + (x + 1) * DK_LANES) >> 16;
        memcpy(pairs + x * 32, &pair, sizeof pair);
    }
}

// [pixel][16 channels][2]: the pixel in the high half, the next one of its stride in the low half.
// Each pixel is there twice, so that a step of any kernel column is one aligned 4-byte broadcast.
DK_ENTRY void pack_large_row(void *out, const dk_bf16 *row, int32_t large_count, int32_t stride) {
    char *pairs = out;
    for (ptrdiff_t x = 0; x < large_count; x++) {
        v16u pair = load_wide(row + x * DK_LANES);
        if (x + stride < large_count) pair |= load_wide(row + (x + stride) * DK_LANES) >> 16;
        memcpy(pairs + x * 64, &pair, sizeof pair);
    }
}

#include "thin.h"
#include "probe.h"

DK_ENTRY int is_supported(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx2")
        && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi")
        && __builtin_cpu_supports("bmi2");
}

static const dk_kernels kernels = {
    .name = "avx512bf16",
    .tile_element_bytes = 2,
    .place_row = place_row,
    .small_row_bytes = small_row_bytes,
    .large_row_bytes = large_row_bytes,
    .pack_small_row = pack_small_row,
    .pack_large_row = pack_large_row,
    DK_ROW_FUNCTIONS,
    DK_SUM_FUNCTIONS,
    DK_THIN_FUNCTIONS,
};

const dk_variant_entry dk_entry_avx512bf16 = {&kernels, is_supported, probe,
                                              DK_PROBE_REGISTERS * 64};
#endif
