// The portable variant: plain loops over 16 lanes, in the order the contract states. It is what the
// other variants are tested against at start-up, and the last choice where nothing else runs.
#include "variants.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float widen(dk_bf16 value) { return from_bits((uint32_t)value << 16); }

static dk_bf16 quantised(float value) {
    uint32_t bits = to_bits(value);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) return DK_NAN_BITS >> 16;
    if (magnitude < DK_TINY_BITS) return 0;
    uint32_t sign = (bits >> 16) & 0x8000;
    if (magnitude > DK_CLAMP_BITS) return (dk_bf16)(sign | DK_CLAMP_BITS >> 16);
    return (dk_bf16)(sign | (magnitude + 0x7FFF + (magnitude >> 16 & 1)) >> 16);
}

static float q(float value) { return widen(quantised(value)); }

static float tangent(float x) {
    float a = from_bits(to_bits(x) & 0x7FFFFFFF);
    if (a != a) return x;
    a = a < 10 ? a : 10;
    float t;
    if (a < 0x1p-4f) {
        float s = a * a;
        float u = s * 0x1.111112p-3f;
        u = u - 0x1.555556p-2f;
        u = u * s;
        u = u * a;
        t = a + u;
    } else {
        float y = a + a;
        float k = y * 0x1.715476p+0f;
        k = k + 12582912.0f;
        k = k - 12582912.0f;
        float r = k * 0x1.63p-1f;
        r = y - r;
        float low = k * -0x1.bd0106p-13f;
        r = r - low;
        static const float horner[6] = {0x1.111112p-7f, 0x1.555556p-5f, 0x1.555556p-3f, 0.5f, 1, 1};
        float e = 0x1.6c16c2p-10f;
        for (int i = 0; i < 6; i++) {
            e = e * r;
            e = e + horner[i];
        }
        e = e * from_bits((uint32_t)((int32_t)k + 127) << 23);
        e = e + 1.0f;
        t = 2.0f / e;
        t = 1.0f - t;
    }
    return from_bits(to_bits(t) | (to_bits(x) & 0x80000000));
}

static float activated(float v, int32_t activation, float slope) {
    switch (activation) {
    case DK_RELU: return v > 0 ? v : 0.0f;
    case DK_LEAKY_RELU: return v > 0 ? v : slope * v;
    case DK_TANH: return tangent(v);
    default: return v;
    }
}

static float normalised(float v, const dk_normalization *n, int lane) {
    if (!n->mean) return v;
    float x = (v - n->mean[lane]) * n->inverse_deviation[lane];
    if (n->scale) {
        x = n->scale[lane] * x;
        x = x + n->shift[lane];
    }
    return q(x);
}

static void prologue_row(dk_bf16 *out, const dk_bf16 *source, const dk_bf16 *skip, int32_t count,
                         const dk_prologue *prologue) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i++) {
        float v = normalised(widen(source[i]), &prologue->normalization, i % DK_LANES);
        v = q(activated(v, prologue->activation, prologue->slope));
        if (skip) v = q(v + widen(skip[i]));
        out[i] = (dk_bf16)(to_bits(v) >> 16);
    }
}

static void error_row(dk_bf16 *out, const dk_bf16 *error, const dk_bf16 *y, int32_t count,
                      const dk_error_prologue *p) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i++) {
        int lane = i % DK_LANES;
        float factor = p->inverse_deviation[lane];
        if (p->scale) factor = p->scale[lane] * factor;
        float x = (widen(y[i]) - p->mean[lane]) * p->inverse_deviation[lane];
        float t = widen(error[i]) - p->mean_error[lane];
        float product = x * p->mean_product[lane];
        t = t - product;
        out[i] = quantised(factor * t);
    }
}

static float masked(float v, float z, const dk_epilogue *e, int lane) {
    z = normalised(z, &e->normalization, lane);
    switch (e->mask_activation) {
    case DK_RELU: return q(v * (z > 0 ? 1.0f : 0.0f));
    case DK_LEAKY_RELU: return q(v * (z > 0 ? 1.0f : e->mask_slope));
    case DK_TANH: {
        float square = z * z;
        float derivative = 1.0f - square;
        return q(v * derivative);
    }
    default: return v;
    }
}

static void epilogue_row(dk_bf16 *out, const float *acc, const dk_bf16 *source,
                         const dk_bf16 *skip, const dk_bf16 *mask, int32_t count,
                         const dk_epilogue *e, float *sums) {
    float first[DK_LANES] = {0}, second[DK_LANES] = {0};
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i++) {
        int lane = i % DK_LANES;
        float v = acc ? acc[i] : widen(source[i]);
        if (acc && e->bias) v = v + e->bias[lane];
        v = q(v);
        if (e->activation) v = q(activated(v, e->activation, e->slope));
        if (skip) v = q(v + widen(skip[i]));
        float z = mask ? widen(mask[i]) : 0;
        if (mask) v = masked(v, z, e, lane);
        out[i] = (dk_bf16)(to_bits(v) >> 16);
        first[lane] = first[lane] + v;
        float factor = v;
        if (e->statistics == DK_ERROR_SUMS) {
            factor = z;
            if (e->normalization.mean) {
                factor = z - e->normalization.mean[lane];
                factor = factor * e->normalization.inverse_deviation[lane];
            }
        }
        float product = v * factor;
        second[lane] = second[lane] + product;
    }
    if (e->statistics == DK_NO_STATISTICS) return;
    memcpy(sums, first, sizeof first);
    memcpy(sums + DK_LANES, second, sizeof second);
}

static void sum_row(float *sums, const dk_bf16 *row, int32_t count) {
    float total[DK_LANES] = {0};
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i++) {
        total[i % DK_LANES] = total[i % DK_LANES] + widen(row[i]);
    }
    memcpy(sums, total, sizeof total);
}

static void place_row(void *tile, const dk_bf16 *row, int32_t count) {
    float *out = tile;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i++) out[i] = widen(row[i]);
}

static void load_weight_tile(void *tile, const dk_bf16 *stored, int32_t transposed) {
    float *out = tile;
    for (int i = 0; i < DK_LANES; i++) {
        for (int o = 0; o < DK_LANES; o++) {
            float weight = widen(stored[((i / 2) * DK_LANES + o) * 2 + i % 2]);
            out[transposed ? o * DK_LANES + i : i * DK_LANES + o] = weight;
        }
    }
}

static void convolution_row(const dk_convolution_row *row) {
    for (int32_t vector = 0; vector < row->vectors; vector++) {
        const float *weights =
            (const float *)((const char *)row->weights + vector * row->vector_stride);
        for (int32_t pixel = 0; pixel < row->count; pixel++) {
            float acc[DK_LANES] = {0};
            for (int32_t unit = 0; unit < row->blocks * row->taps; unit++) {
                int32_t block = unit / row->taps;
                const float *source = (const float *)((const char *)row->tile
                    + block * row->block_stride + row->tap_offset[unit % row->taps]
                    + pixel * row->pixel_stride);
                int channel = block == row->blocks - 1 ? row->last_channels : DK_LANES;
                while (channel-- > 0) {
                    const float *lanes = weights + (ptrdiff_t)unit * 256 + channel * DK_LANES;
                    for (int lane = 0; lane < DK_LANES; lane++) {
                        float product = source[channel] * lanes[lane];
                        acc[lane] = acc[lane] + product;
                    }
                }
            }
            memcpy(row->out + vector * row->out_vector_stride + pixel * row->out_pixel_stride, acc,
                   sizeof acc);
        }
    }
}

static void convolution_rows(const dk_convolution_row *row, int32_t rows,
                             ptrdiff_t tile_row_stride, ptrdiff_t out_row_stride) {
    dk_convolution_row next = *row;
    for (int32_t y = 0; y < rows; y++) {
        convolution_row(&next);
        next.tile = (const char *)next.tile + tile_row_stride;
        next.out += out_row_stride;
    }
}

static size_t small_row_bytes(int32_t count) { return (size_t)count * DK_LANES * sizeof(float); }

static size_t large_row_bytes(int32_t large_count, int32_t stride) {
    (void)stride;
    return (size_t)large_count * DK_LANES * sizeof(float);
}

static void pack_large_row(void *out, const dk_bf16 *row, int32_t large_count, int32_t stride) {
    (void)stride;
    place_row(out, row, large_count);
}

static void gradient_of_tap(const dk_weight_gradient *w, const char *small, int ky, int kx,
                            float *gradient) {
    for (int channel = 0; channel < w->channels; channel++) {
        float acc[DK_LANES] = {0};
        for (int32_t row = 0; row < w->rows; row++) {
            const float *s = (const float *)(small + row * w->small_row_stride);
            const float *l = (const float *)((const char *)w->large
                + (row * w->stride + ky) * w->large_row_stride);
            for (int32_t x = 0; x < w->count; x++) {
                float value = l[(ptrdiff_t)(x * w->stride + kx) * DK_LANES + channel];
                for (int lane = 0; lane < DK_LANES; lane++) {
                    float product = s[(ptrdiff_t)x * DK_LANES + lane] * value;
                    acc[lane] = acc[lane] + product;
                }
            }
        }
        float *out = gradient + channel * DK_LANES;
        for (int lane = 0; lane < DK_LANES; lane++) {
            out[lane] = w->replaces ? acc[lane] : out[lane] + acc[lane];
        }
    }
}

static void weight_gradient(const dk_weight_gradient *w) {
    for (int32_t vector = 0; vector < w->vectors; vector++) {
        const char *small = (const char *)w->small + vector * w->small_vector_stride;
        float *gradient = w->gradient + vector * w->gradient_vector_stride;
        for (int tap = w->first_kernel_row * w->kernel;
             tap < (w->first_kernel_row + w->kernel_rows) * w->kernel; tap++) {
            gradient_of_tap(w, small, tap / w->kernel, tap % w->kernel, gradient + tap * 256);
        }
    }
}

// A plane a channel, one row after the other; each with the slack that vector variants need.
static size_t thin_plane_bytes(int32_t count) { return (size_t)(count + 30) / 16 * 64; }

static void place_row_thin(void *tile, const dk_bf16 *row, int32_t count) {
    ptrdiff_t pixels = (ptrdiff_t)thin_plane_bytes(count) / 4;
    float *out = tile;
    for (ptrdiff_t i = 0; i < pixels * DK_LANES; i++) {
        ptrdiff_t channel = i / pixels, x = i % pixels;
        out[i] = x < count ? widen(row[x * DK_LANES + channel]) : 0;
    }
}

static void convolution_row_thin(const dk_convolution_row *row) {
    for (int32_t i = 0; i < row->count * DK_LANES; i++) {
        int32_t pixel = i / DK_LANES, lane = i % DK_LANES;
        float acc = 0;
        for (int32_t unit = 0; unit < row->blocks * row->taps && lane < row->vectors; unit++) {
            int32_t block = unit / row->taps;
            const char *source = (const char *)row->tile + block * row->block_stride
                + row->tap_offset[unit % row->taps] + pixel * 4;
            int channel = block == row->blocks - 1 ? row->last_channels : DK_LANES;
            while (channel-- > 0) {
                float value = *(const float *)(source + channel * row->pixel_stride);
                const float *weights = (const float *)row->weights + (ptrdiff_t)unit * 256;
                float product = value * weights[channel * DK_LANES + lane];
                acc = acc + product;
            }
        }
        row->out[pixel * row->out_pixel_stride + lane] = acc;
    }
}

static void weight_gradient_thin(const dk_weight_gradient *w, int32_t outputs) {
    float gradient[256];
    const int first = w->first_kernel_row * w->kernel;
    for (int tap = first; tap < first + w->kernel_rows * w->kernel; tap++) {
        float *out = w->gradient + (ptrdiff_t)tap * 256;
        memcpy(gradient, out, sizeof gradient);
        gradient_of_tap(w, w->small, tap / w->kernel, tap % w->kernel, gradient);
        for (int i = 0; i < w->channels * outputs; i++) {
            int element = i / outputs * DK_LANES + i % outputs;
            out[element] = gradient[element];
        }
    }
}

static void store_weights(dk_bf16 *stored, const float *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t row = i / DK_LANES, lane = i % DK_LANES;
        stored[((row / 2) * DK_LANES + lane) * 2 + row % 2] = quantised(p[i]);
    }
}

// The instruction: sqrtf would set errno, for which the mathematics library had to be linked.
static float square_root(float v) {
#if defined(__x86_64__)
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(v)));
#elif defined(__aarch64__)
    return vget_lane_f32(vsqrt_f32(vdup_n_f32(v)), 0);
#else
    return __builtin_sqrtf(v);
#endif
}

static void adam(float *p, float *m, float *v, const float *g, dk_bf16 *stored, size_t n,
                 const dk_adam *a) {
    for (size_t i = 0; i < n; i++) {
        float kept = a->beta1 * m[i];
        float added = a->one_minus_beta1 * g[i];
        m[i] = kept + added;
        float square = g[i] * g[i];
        kept = a->beta2 * v[i];
        added = a->one_minus_beta2 * square;
        v[i] = kept + added;
        float denominator = square_root(v[i]) / a->correction;
        denominator = denominator + a->epsilon;
        float step = m[i] / denominator;
        step = a->step_size * step;
        p[i] = p[i] - step;
    }
    if (stored) store_weights(stored, p, n);
}

static void sgd(float *p, float *m, const float *g, dk_bf16 *stored, size_t n, float step_size,
                float momentum) {
    for (size_t i = 0; i < n; i++) {
        float moment = g[i];
        if (m) {
            moment = momentum * m[i];
            moment = moment + g[i];
            m[i] = moment;
        }
        float step = step_size * moment;
        p[i] = p[i] - step;
    }
    if (stored) store_weights(stored, p, n);
}

static int is_supported(void) { return 1; }

static float probe(uint64_t iterations) {
    float acc[64];
    for (int i = 0; i < 64; i++) acc[i] = (float)i;
    float factor = 0x1p-20f, term = 1;
    __asm__ volatile("" : "+m"(factor), "+m"(term));
    for (uint64_t n = 0; n < iterations; n++) {
        for (int i = 0; i < 64; i++) acc[i] = acc[i] * factor + term;
        __asm__ volatile("" ::: "memory");
    }
    float total = 0;
    for (int i = 0; i < 64; i++) total += acc[i];
    return total;
}

static const dk_kernels kernels = {
    .name = "generic",
    .tile_element_bytes = 4,
    .weight_tile_bytes = 1024,
    .uses_stored_weights = 0,
    .prologue_row = prologue_row,
    .error_row = error_row,
    .epilogue_row = epilogue_row,
    .sum_row = sum_row,
    .place_row = place_row,
    .load_weight_tile = load_weight_tile,
    .convolution_row = convolution_row,
    .convolution_rows = convolution_rows,
    .small_row_bytes = small_row_bytes,
    .large_row_bytes = large_row_bytes,
    .pack_small_row = place_row,
    .pack_large_row = pack_large_row,
    .weight_gradient = weight_gradient,
    .thin_plane_bytes = thin_plane_bytes,
    .place_row_thin = place_row_thin,
    .convolution_row_thin = convolution_row_thin,
    .weight_gradient_thin = weight_gradient_thin,
    .adam = adam,
    .sgd = sgd,
    .store_weights = store_weights,
};

const dk_variant_entry dk_entry_generic = {&kernels, is_supported, probe, 128};
