#include "CImage.h"
#include "failure.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/// What libpng's callbacks need. It outlives the jump, so nothing local has to be volatile.
struct png_session {
    struct cimage_failure *failure;
    int status;
    // Reading.
    const uint8_t *source;
    size_t source_count;
    size_t offset;
    uint8_t *scratch;
    // Writing.
    uint8_t *sink;
    size_t sink_count;
    size_t sink_capacity;
};

static void on_error(png_structp png, png_const_charp message) {
    struct png_session *session = png_get_error_ptr(png);
    if (session->status == CIMAGE_OK) {
        session->status = CIMAGE_CORRUPT;
    }
    cimage_set_failure(session->failure, message);
    png_longjmp(png, 1);
}

/// libpng warns about colour profiles and text it dislikes, never about lost pixels.
static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void fail(png_structp png, int status, const char *message) {
    struct png_session *session = png_get_error_ptr(png);
    session->status = status;
    png_error(png, message);
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    struct png_session *session = png_get_io_ptr(png);
    if (count > session->source_count - session->offset) {
        fail(png, CIMAGE_TRUNCATED, "the data ends inside a chunk");
    }
    memcpy(target, session->source + session->offset, count);
    session->offset += count;
}

static void composite(const uint8_t *rgba, uint32_t width, uint32_t background, uint8_t *rgb) {
    for (uint32_t x = 0; x < width; x++, rgba += 4, rgb += 3) {
        uint32_t alpha = rgba[3];
        for (int c = 0; c < 3; c++) {
            rgb[c] = (uint8_t)((rgba[c] * alpha + background * (255 - alpha) + 127) / 255);
        }
    }
}

/// Asks libpng for 8-bit RGB or RGBA, whatever the file holds; returns the channel count.
static int request_layout(png_structp png, png_infop info, uint32_t width) {
    png_set_expand(png);
    png_set_scale_16(png);
    if (!(png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR)) {
        png_set_gray_to_rgb(png);
    }
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int channels = png_get_channels(png, info);
    if ((channels != 3 && channels != 4) ||
        png_get_rowbytes(png, info) != (size_t)width * (size_t)channels) {
        fail(png, CIMAGE_CORRUPT, "the pixel layout is not understood");
    }
    return channels;
}

static void read_pixels(png_structp png, int passes, uint32_t width, uint32_t height,
                        uint8_t background, uint8_t *pixels, int channels) {
    struct png_session *session = png_get_error_ptr(png);
    size_t stride = (size_t)width * (size_t)channels;
    if (channels == 3) {
        for (int pass = 0; pass < passes; pass++) {
            for (uint32_t y = 0; y < height; y++) {
                png_read_row(png, pixels + y * stride, NULL);
            }
        }
        return;
    }
    // Alpha needs a place of its own: one row, or the picture when its rows come in passes.
    size_t kept_rows = passes > 1 ? height : 1;
    session->scratch = malloc(kept_rows * stride);
    if (session->scratch == NULL) {
        fail(png, CIMAGE_OUT_OF_MEMORY, "no memory for the alpha channel");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            uint8_t *row = session->scratch + (passes > 1 ? y * stride : 0);
            png_read_row(png, row, NULL);
            if (pass == passes - 1) {
                composite(row, width, background, pixels + (size_t)y * width * 3);
            }
        }
    }
}

/// The only frame a read error jumps back to.
static void decode(png_structp png, png_infop info, uint32_t width, uint32_t height,
                   uint8_t background, uint8_t *pixels) {
    if (setjmp(png_jmpbuf(png))) {
        return;
    }
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
        fail(png, CIMAGE_CORRUPT, "the size changed between two looks at the header");
    }
    int passes = png_get_interlace_type(png, info) == PNG_INTERLACE_NONE ? 1 : 7;
    int channels = request_layout(png, info, width);
    read_pixels(png, passes, width, height, background, pixels, channels);
    png_read_end(png, NULL);
}

int cimage_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height,
                      uint8_t background, uint8_t *pixels, struct cimage_failure *failure) {
    struct png_session session = {.failure = failure, .source = bytes, .source_count = count};
    cimage_set_failure(failure, "");
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, &session, on_error, on_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        cimage_set_failure(failure, "no memory for the decoder");
        return CIMAGE_OUT_OF_MEMORY;
    }
    png_set_read_fn(png, &session, read_bytes);
    decode(png, info, width, height, background, pixels);
    png_destroy_read_struct(&png, &info, NULL);
    free(session.scratch);
    return session.status;
}

static void write_bytes(png_structp png, png_bytep source, size_t count) {
    struct png_session *session = png_get_io_ptr(png);
    if (count > session->sink_capacity - session->sink_count) {
        size_t capacity = (session->sink_count + count) * 2;
        uint8_t *grown = realloc(session->sink, capacity);
        if (grown == NULL) {
            fail(png, CIMAGE_OUT_OF_MEMORY, "no memory for the encoded picture");
        }
        session->sink = grown;
        session->sink_capacity = capacity;
    }
    memcpy(session->sink + session->sink_count, source, count);
    session->sink_count += count;
}

static void flush_bytes(png_structp png) {
    (void)png;
}

/// The only frame a write error jumps back to.
static void encode(png_structp png, png_infop info, const uint8_t *pixels, uint32_t width,
                   uint32_t height) {
    if (setjmp(png_jmpbuf(png))) {
        return;
    }
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) {
        png_write_row(png, pixels + (size_t)y * width * 3);
    }
    png_write_end(png, info);
}

int cimage_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height,
                      struct cimage_bytes *encoded, struct cimage_failure *failure) {
    struct png_session session = {.failure = failure};
    cimage_set_failure(failure, "");
    *encoded = (struct cimage_bytes){NULL, 0};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &session, on_error, on_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) {
        png_destroy_write_struct(&png, NULL);
        cimage_set_failure(failure, "no memory for the encoder");
        return CIMAGE_OUT_OF_MEMORY;
    }
    png_set_write_fn(png, &session, write_bytes, flush_bytes);
    encode(png, info, pixels, width, height);
    png_destroy_write_struct(&png, &info);
    if (session.status != CIMAGE_OK) {
        free(session.sink);
        return session.status;
    }
    *encoded = (struct cimage_bytes){session.sink, session.sink_count};
    return CIMAGE_OK;
}
