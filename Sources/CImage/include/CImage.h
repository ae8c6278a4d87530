/// Picture codecs behind a plain C face: libpng and libturbojpeg.
///
/// libpng reports failure with longjmp. Every such jump starts and ends inside one function of
/// this target, so no Swift frame is ever jumped over. Nothing here keeps state between calls;
/// all functions may run on any thread.

#ifndef CIMAGE_H
#define CIMAGE_H

#include <stddef.h>
#include <stdint.h>

/// How a call ended.
enum cimage_status {
    CIMAGE_OK = 0,
    /// The bytes end before the picture does.
    CIMAGE_TRUNCATED = 1,
    /// The bytes break the format, or the codec warned about them.
    CIMAGE_CORRUPT = 2,
    /// A buffer could not be allocated.
    CIMAGE_OUT_OF_MEMORY = 3,
};

/// The codec's own words about a failure; an empty string after success.
struct cimage_failure {
    char message[256];
};

/// Bytes allocated by this target; return them with cimage_free.
struct cimage_bytes {
    uint8_t *start;
    size_t count;
};

/// Frees what an encoder returned and clears it.
void cimage_free(struct cimage_bytes *bytes);

/// Decodes a whole PNG into width * height * 3 bytes of RGB.
///
/// Any bit depth, colour type, interlacing and tRNS. Transparent pixels are composited over
/// `background`. `width` and `height` must be those of the header; others are a failure.
int cimage_png_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height,
                      uint8_t background, uint8_t *pixels, struct cimage_failure *failure);

/// Encodes width * height * 3 bytes of RGB as an 8-bit sRGB PNG.
int cimage_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height,
                      struct cimage_bytes *encoded, struct cimage_failure *failure);

/// What cimage_jpeg_decode is asked to make of a JPEG.
struct cimage_jpeg_layout {
    /// The size the header gives; another size in the bytes is a failure.
    int32_t width;
    int32_t height;
    /// The divisor of the DCT scaling: 1, 2, 4 or 8.
    int32_t divisor;
    /// Nonzero for four components: CMYK or YCCK.
    int32_t has_four_inks;
    /// Nonzero when the inks are stored inverted, as Adobe does.
    int32_t has_inverted_inks;
};

/// Decodes a whole JPEG into ceil(width / divisor) * ceil(height / divisor) * 3 bytes of RGB.
///
/// Every libjpeg warning is a failure: a picture with a grey lower half is no picture.
int cimage_jpeg_decode(const uint8_t *bytes, size_t count, struct cimage_jpeg_layout layout,
                       uint8_t *pixels, struct cimage_failure *failure);

/// Encodes a JPEG from 1 (grey), 3 (RGB) or 4 (CMYK, stored as YCCK) bytes a pixel.
///
/// `quality` is 1...100; chroma is halved in both directions for 3 and 4 channels.
int cimage_jpeg_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                       int32_t quality, int32_t is_progressive, struct cimage_bytes *encoded,
                       struct cimage_failure *failure);

#endif
