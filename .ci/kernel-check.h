// Problems that the kernel check and its benchmark share.
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include "CDatapathKernels.h"

#include <stdlib.h>
#include <string.h>

uint32_t below(uint32_t bound);
dk_bf16 stored_value(int extreme);

typedef struct {
    int kernel, stride;
    int32_t width, rows; // output
    int32_t channels, vectors;
    int extreme, transposed;
} convolution_shape;

// `row` is ready but for its output; rows follow each other by `tile_row_stride` bytes.
typedef struct {
    dk_convolution_row row;
    ptrdiff_t tile_row_stride;
    void *tile, *weights;
    size_t tile_bytes, weight_bytes;
    int32_t *offsets;
} convolution_buffers;

convolution_buffers place_convolution(const dk_kernels *, const convolution_shape *);
void run_convolution(const dk_kernels *, const convolution_buffers *, int32_t rows,
                     ptrdiff_t out_row_stride, int at_once);
// The same with pixels in lanes; `vectors` of the shape is the number of output channels.
convolution_buffers place_thin_convolution(const dk_kernels *, const convolution_shape *);
void free_convolution(convolution_buffers *);

typedef struct {
    int kernel, stride;
    int32_t width, rows; // small side
    int32_t channels, vectors, lanes;
    int extreme;
} gradient_shape;

// `gradient` is ready but for where it adds to.
typedef struct {
    dk_weight_gradient gradient;
    void *small, *large;
    size_t small_bytes, large_bytes;
} gradient_buffers;

gradient_buffers place_gradient(const dk_kernels *, const gradient_shape *);
void free_gradient(gradient_buffers *);

// GFLOP/s and share of the probed peak for representative shapes; NULL: every variant.
void bench(const char *variant);

#endif
