// AVX-512 without bf16 products: fp32 tiles, 16 lanes in one register.
#if defined(__x86_64__)
#include "variants.h"

#include <immintrin.h>

#define DK_TARGET                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2")))

DK_INLINE DK_TARGET v16f dk_square_root(v16f v) { return _mm512_sqrt_ps(v); }

#include "rows.h"

#define DK_TERMS 2
#define DK_PAIR_UNROLL DK_UNROLL_BY_2
#include "registers512.h"

DK_ROW reg dk_accumulate(reg acc, reg a, reg b) { return _mm512_fmadd_ps(a, b, acc); }

DK_ROW reg dk_weight(reg pair, int term) {
    __m512i bits = (__m512i)pair;
    if (term == 0) return (reg)_mm512_and_si512(bits, _mm512_set1_epi32(-65536));
    return (reg)_mm512_slli_epi32(bits, 16);
}

#include "sums.h"
#include "tiles.h"
#include "thin.h"
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
