// The row functions of a vector variant: read and write sides of a pass, packing, optimizers.
//
// Included once by each variant's file, which defines before it:
//   DK_TARGET        the target attribute of every function
//   dk_square_root   v16f -> v16f, the processor's correctly rounded square root
// No function here multiplies and adds in one step: what is contracted would round differently.
#include "variants.h"

#define DK_ROW DK_INLINE DK_TARGET
#define DK_ENTRY static DK_TARGET

DK_ROW v16f load_floats(const float *source) {
    v16f value;
    memcpy(&value, source, sizeof value);
    return value;
}

DK_ROW void store_floats(float *out, v16f value) { memcpy(out, &value, sizeof value); }

DK_ROW v16f splat(float value) { return value - (v16f){0}; }

DK_ROW v16u load_wide(const dk_bf16 *pixel) {
    v16h value;
    memcpy(&value, pixel, sizeof value);
    return __builtin_convertvector(value, v16u) << 16;
}

DK_ROW v16f load_pixel(const dk_bf16 *pixel) { return (v16f)load_wide(pixel); }

// Stores a value that the quantiser returned.
DK_ROW void store_pixel(dk_bf16 *pixel, v16f value) {
    v16h narrow = __builtin_convertvector((v16u)value >> 16, v16h);
    memcpy(pixel, &narrow, sizeof narrow);
}

DK_ROW v16f choose(v16i condition, v16f yes, v16f no) {
    return (v16f)((condition & (v16i)yes) | (~condition & (v16i)no));
}

#ifndef DK_HAS_QUANTISER
DK_ROW v16f quantised(v16f value) {
    v16i bits = (v16i)value;
    v16i magnitude = bits & 0x7FFFFFFF;
    v16i is_nan = magnitude > 0x7F800000;
    v16i is_kept = magnitude >= DK_TINY_BITS;
    v16i is_large = magnitude > DK_CLAMP_BITS;
    v16i clamped = (is_large & DK_CLAMP_BITS) | (~is_large & magnitude);
    v16i rounded = (clamped + 0x7FFF + ((clamped >> 16) & 1)) & ~0xFFFF;
    v16i kept = (rounded | (bits & ~0x7FFFFFFF)) & is_kept;
    return (v16f)((is_nan & DK_NAN_BITS) | (~is_nan & kept));
}

// Q(relu(Q(v))): what is not above the quantiser's threshold, NaN included, is +0.
DK_ROW v16f rectified(v16f value) {
    v16i bits = (v16i)value;
    v16i is_kept = value >= 0x1p-56f;
    v16i is_large = bits > DK_CLAMP_BITS;
    v16i clamped = (is_large & DK_CLAMP_BITS) | (~is_large & bits);
    v16i rounded = (clamped + 0x7FFF + ((clamped >> 16) & 1)) & ~0xFFFF;
    return (v16f)(rounded & is_kept);
}

DK_ROW void store_quantised(dk_bf16 *pixel, v16f value) { store_pixel(pixel, quantised(value)); }

DK_ROW void store_rectified(dk_bf16 *pixel, v16f value) { store_pixel(pixel, rectified(value)); }
#endif

DK_ROW v16f tangent(v16f x) {
    v16f a = (v16f)((v16i)x & 0x7FFFFFFF);
    v16i is_number = a == a;
    a = choose(a < 10.0f, a, splat(10));

    v16f s = a * a;
    v16f u = s * 0x1.111112p-3f;
    u = u - 0x1.555556p-2f;
    u = u * s;
    u = u * a;
    v16f small = a + u;

    v16f y = a + a;
    v16f k = y * 0x1.715476p+0f;
    k = k + 12582912.0f;
    k = k - 12582912.0f;
    v16f r = k * 0x1.63p-1f;
    r = y - r;
    v16f low = k * -0x1.bd0106p-13f;
    r = r - low;
    v16f e = r * 0x1.6c16c2p-10f;
    e = e + 0x1.111112p-7f;
    e = e * r;
    e = e + 0x1.555556p-5f;
    e = e * r;
    e = e + 0x1.555556p-3f;
    e = e * r;
    e = e + 0.5f;
    e = e * r;
    e = e + 1.0f;
    e = e * r;
    e = e + 1.0f;
    e = e * (v16f)((__builtin_convertvector(k, v16i) + 127) << 23);
    e = e + 1.0f;
    v16f t = 2.0f / e;
    t = 1.0f - t;

    t = choose(a < 0x1p-4f, small, t);
    t = (v16f)((v16i)t | ((v16i)x & ~0x7FFFFFFF));
    return choose(is_number, t, x);
}

DK_ROW v16f activated(v16f v, int32_t activation, float slope) {
    if (activation == DK_RELU) return choose(v > 0.0f, v, (v16f){0});
    if (activation == DK_LEAKY_RELU) return choose(v > 0.0f, v, slope * v);
    if (activation == DK_TANH) return tangent(v);
    return v;
}

// A normalisation with its vectors loaded.
typedef struct {
    int has_mean, has_scale;
    v16f mean, inverse_deviation, scale, shift;
} normalizer;

DK_ROW normalizer loaded(const dk_normalization *n) {
    normalizer result = {n->mean != NULL, n->mean && n->scale, {0}, {0}, {0}, {0}};
    if (result.has_mean) result.mean = load_floats(n->mean);
    if (result.has_mean) result.inverse_deviation = load_floats(n->inverse_deviation);
    if (result.has_scale) result.scale = load_floats(n->scale);
    if (result.has_scale) result.shift = load_floats(n->shift);
    return result;
}

DK_ROW v16f standardised(v16f v, const normalizer *n) {
    v16f x = v - n->mean;
    return x * n->inverse_deviation;
}

// Before the quantiser.
DK_ROW v16f affine(v16f v, const normalizer *n) {
    if (!n->has_mean) return v;
    v16f x = standardised(v, n);
    if (n->has_scale) {
        x = n->scale * x;
        x = x + n->shift;
    }
    return x;
}

DK_ROW v16f normalised(v16f v, const normalizer *n) {
    return n->has_mean ? quantised(affine(v, n)) : v;
}

DK_ROW void prologue_loop(dk_bf16 *out, const dk_bf16 *source, const dk_bf16 *skip, int32_t count,
                          const normalizer *n, int32_t activation, float slope) {
    DK_NO_UNROLL
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        v16f v = affine(load_pixel(source + i), n);
        if (activation == DK_RELU) {
            if (skip) {
                store_quantised(out + i, rectified(v) + load_pixel(skip + i));
            } else {
                store_rectified(out + i, v);
            }
            continue;
        }
        if (activation != DK_IDENTITY) {
            if (n->has_mean) v = quantised(v);
            v = activated(v, activation, slope);
        }
        if (skip) v = quantised(v) + load_pixel(skip + i);
        store_quantised(out + i, v);
    }
}

DK_ROW void prologue_with_skip(dk_bf16 *out, const dk_bf16 *source, const dk_bf16 *skip,
                               int32_t count, const normalizer *n, const dk_prologue *p) {
    float slope = p->slope;
    switch (p->activation) {
    case DK_RELU: prologue_loop(out, source, skip, count, n, DK_RELU, 0); break;
    case DK_LEAKY_RELU: prologue_loop(out, source, skip, count, n, DK_LEAKY_RELU, slope); break;
    case DK_TANH: prologue_loop(out, source, skip, count, n, DK_TANH, 0); break;
    default: prologue_loop(out, source, skip, count, n, DK_IDENTITY, 0);
    }
}

DK_ENTRY void prologue_row(dk_bf16 *out, const dk_bf16 *source, const dk_bf16 *skip,
                           int32_t count, const dk_prologue *prologue) {
    // The loop again for each combination: branches inside cost more than the arithmetic.
    const normalizer n = loaded(&prologue->normalization);
    if (skip) {
        prologue_with_skip(out, source, skip, count, &n, prologue);
    } else {
        prologue_with_skip(out, source, NULL, count, &n, prologue);
    }
}

DK_ENTRY void error_row(dk_bf16 *out, const dk_bf16 *error, const dk_bf16 *y, int32_t count,
                        const dk_error_prologue *p) {
    v16f mean = load_floats(p->mean), inverse_deviation = load_floats(p->inverse_deviation);
    v16f mean_error = load_floats(p->mean_error), mean_product = load_floats(p->mean_product);
    v16f factor = inverse_deviation;
    if (p->scale) factor = load_floats(p->scale) * inverse_deviation;
    DK_NO_UNROLL
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        v16f x = load_pixel(y + i) - mean;
        x = x * inverse_deviation;
        v16f t = load_pixel(error + i) - mean_error;
        v16f product = x * mean_product;
        t = t - product;
        store_quantised(out + i, factor * t);
    }
}

// v is the quantiser's; z > 0 after the quantiser is z >= 2^-56 before it.
DK_ROW v16f masked(v16f v, v16f z, const dk_epilogue *e, const normalizer *n) {
    if (e->mask_activation == DK_IDENTITY) return v;
    if (e->mask_activation == DK_TANH) {
        z = normalised(z, n);
        v16f square = z * z;
        v16f derivative = 1.0f - square;
        return quantised(v * derivative);
    }
    v16i is_positive = affine(z, n) >= (n->has_mean ? 0x1p-56f : 0x1p-149f);
    if (e->mask_activation == DK_RELU) return (v16f)((is_positive | (v != v)) & (v16i)v);
    return choose(is_positive, v, quantised(v * e->mask_slope));
}

// What an epilogue does, known where its loop is compiled: 0 and 1, or 2 for "look".
typedef struct {
    int from_sums, statistics, other;
} epilogue_plan;

DK_ROW void epilogue_loop(dk_bf16 *out, const float *acc, const dk_bf16 *source,
                          const dk_bf16 *skip, const dk_bf16 *mask, int32_t count,
                          const dk_epilogue *e, float *sums, const epilogue_plan plan) {
    const normalizer n = loaded(&e->normalization);
    v16f bias = plan.from_sums && e->bias ? load_floats(e->bias) : splat(-0.0f);
    v16f first = {0}, second = {0};
    DK_NO_UNROLL
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        // Adding -0 is adding nothing, for every value.
        v16f v = plan.from_sums ? load_floats(acc + i) + bias : load_pixel(source + i);
        v = quantised(v);
        v16f z = {0};
        if (plan.other) {
            if (e->activation) v = quantised(activated(v, e->activation, e->slope));
            if (skip) v = quantised(v + load_pixel(skip + i));
            if (mask) {
                z = load_pixel(mask + i);
                v = masked(v, z, e, &n);
            }
        }
        store_pixel(out + i, v);
        if (plan.statistics == DK_NO_STATISTICS) continue;
        v16f factor = v;
        if (plan.statistics == DK_ERROR_SUMS) factor = n.has_mean ? standardised(z, &n) : z;
        first = first + v;
        v16f product = v * factor;
        second = second + product;
    }
    if (plan.statistics == DK_NO_STATISTICS) return;
    store_floats(sums, first);
    store_floats(sums + DK_LANES, second);
}

DK_ENTRY void epilogue_row(dk_bf16 *out, const float *acc, const dk_bf16 *source,
                           const dk_bf16 *skip, const dk_bf16 *mask, int32_t count,
                           const dk_epilogue *e, float *sums) {
#define DK_RUN(from_sums, statistics, other)                                                      \
    epilogue_loop(out, acc, source, skip, mask, count, e, sums,                                   \
                  (epilogue_plan){from_sums, statistics, other})
    int plain = acc && !e->activation && !skip && !mask;
    if (plain && e->statistics == DK_MOMENTS) {
        DK_RUN(1, DK_MOMENTS, 0);
    } else if (plain && e->statistics == DK_NO_STATISTICS) {
        DK_RUN(1, DK_NO_STATISTICS, 0);
    } else if (acc && e->statistics == DK_ERROR_SUMS) {
        DK_RUN(1, DK_ERROR_SUMS, 1);
    } else if (acc && e->statistics == DK_MOMENTS) {
        DK_RUN(1, DK_MOMENTS, 1);
    } else if (acc) {
        DK_RUN(1, DK_NO_STATISTICS, 1);
    } else if (e->statistics == DK_ERROR_SUMS) {
        DK_RUN(0, DK_ERROR_SUMS, 1);
    } else if (e->statistics == DK_MOMENTS) {
        DK_RUN(0, DK_MOMENTS, 1);
    } else {
        DK_RUN(0, DK_NO_STATISTICS, 1);
    }
#undef DK_RUN
}

DK_ENTRY void sum_row(float *sums, const dk_bf16 *row, int32_t count) {
    v16f total = {0};
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        total = total + load_pixel(row + i);
    }
    store_floats(sums, total);
}

typedef uint64_t v8q __attribute__((vector_size(64)));

// A stored tile of channels i and outputs o as one of outputs i and channels o: 8 x 8 squares of
// four weights change places, and the middle two of each.
DK_ROW void transpose_stored(void *out, const dk_bf16 *stored) {
    v8q r[8], t[8];
    memcpy(r, stored, sizeof r);
    DK_UNROLL for (int i = 0; i < 8; i++) {
        r[i] = (r[i] & 0xFFFF00000000FFFFu) | ((r[i] >> 16) & 0xFFFF0000u)
            | ((r[i] << 16) & 0xFFFF00000000u);
    }
    DK_UNROLL for (int k = 0; k < 4; k++) {
        v8q a = r[2 * k], b = r[2 * k + 1];
        t[k] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        t[k + 4] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    DK_UNROLL for (int odd = 0; odd < 2; odd++) {
        const v8q *u = t + odd * 4;
        v8q low02 = __builtin_shufflevector(u[0], u[1], 0, 1, 4, 5, 8, 9, 12, 13);
        v8q low13 = __builtin_shufflevector(u[0], u[1], 2, 3, 6, 7, 10, 11, 14, 15);
        v8q high02 = __builtin_shufflevector(u[2], u[3], 0, 1, 4, 5, 8, 9, 12, 13);
        v8q high13 = __builtin_shufflevector(u[2], u[3], 2, 3, 6, 7, 10, 11, 14, 15);
        r[odd] = __builtin_shufflevector(low02, high02, 0, 1, 4, 5, 8, 9, 12, 13);
        r[odd + 2] = __builtin_shufflevector(low13, high13, 0, 1, 4, 5, 8, 9, 12, 13);
        r[odd + 4] = __builtin_shufflevector(low02, high02, 2, 3, 6, 7, 10, 11, 14, 15);
        r[odd + 6] = __builtin_shufflevector(low13, high13, 2, 3, 6, 7, 10, 11, 14, 15);
    }
    memcpy(out, r, sizeof r);
}

DK_ENTRY void load_weight_tile(void *tile, const dk_bf16 *stored, int32_t transposed) {
    if (transposed) {
        transpose_stored(tile, stored);
    } else {
        memcpy(tile, stored, 512);
    }
}

// Rows 2k and 2k + 1 of a weight tile as one row of pairs.
DK_ROW void store_pairs(dk_bf16 *stored, v16f even, v16f odd) {
    v16u pairs = ((v16u)quantised(even) >> 16) | (v16u)quantised(odd);
    memcpy(stored, &pairs, sizeof pairs);
}

DK_ENTRY void store_weights(dk_bf16 *stored, const float *p, size_t n) {
    for (size_t i = 0; i < n; i += 2 * DK_LANES) {
        store_pairs(stored + i, load_floats(p + i), load_floats(p + i + DK_LANES));
    }
}

DK_ROW v16f adam_step(float *p, float *m, float *v, const float *g, const dk_adam *a) {
    v16f gradient = load_floats(g);
    v16f kept = a->beta1 * load_floats(m);
    v16f added = a->one_minus_beta1 * gradient;
    v16f moment = kept + added;
    store_floats(m, moment);
    v16f square = gradient * gradient;
    kept = a->beta2 * load_floats(v);
    added = a->one_minus_beta2 * square;
    v16f variance = kept + added;
    store_floats(v, variance);
    v16f denominator = dk_square_root(variance) / a->correction;
    denominator = denominator + a->epsilon;
    v16f step = moment / denominator;
    step = a->step_size * step;
    v16f weight = load_floats(p) - step;
    store_floats(p, weight);
    return weight;
}

DK_ENTRY void adam(float *p, float *m, float *v, const float *g, dk_bf16 *stored, size_t n,
                   const dk_adam *parameters) {
    const dk_adam a = *parameters;
    for (size_t i = 0; i < n; i += DK_LANES) {
        v16f even = adam_step(p + i, m + i, v + i, g + i, &a);
        if (!stored) continue;
        size_t pairs = i;
        i += DK_LANES;
        store_pairs(stored + pairs, even, adam_step(p + i, m + i, v + i, g + i, &a));
    }
}

DK_ROW v16f sgd_step(float *p, float *m, const float *g, float step_size, float momentum) {
    v16f moment = load_floats(g);
    if (m) {
        v16f kept = momentum * load_floats(m);
        moment = kept + moment;
        store_floats(m, moment);
    }
    v16f step = step_size * moment;
    v16f weight = load_floats(p) - step;
    store_floats(p, weight);
    return weight;
}

DK_ENTRY void sgd(float *p, float *m, const float *g, dk_bf16 *stored, size_t n, float step_size,
                  float momentum) {
    for (size_t i = 0; i < n; i += DK_LANES) {
        v16f even = sgd_step(p + i, m ? m + i : NULL, g + i, step_size, momentum);
        if (!stored) continue;
        size_t pairs = i;
        i += DK_LANES;
        v16f odd = sgd_step(p + i, m ? m + i : NULL, g + i, step_size, momentum);
        store_pairs(stored + pairs, even, odd);
    }
}

#define DK_ROW_FUNCTIONS                                                                          \
    .weight_tile_bytes = 512, .uses_stored_weights = 1, .load_weight_tile = load_weight_tile,     \
    .prologue_row = prologue_row, .error_row = error_row, .epilogue_row = epilogue_row,           \
    .sum_row = sum_row, .adam = adam, .sgd = sgd, .store_weights = store_weights
