#include "CImage.h"
#include "failure.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static const char premature_end[] = "Premature end";

static int note_failure(tjhandle handle, struct cimage_failure *failure) {
    cimage_set_failure(failure, tjGetErrorStr2(handle));
    int ends_early = strncmp(failure->message, premature_end, sizeof premature_end - 1) == 0;
    return ends_early ? CIMAGE_TRUNCATED : CIMAGE_CORRUPT;
}

/// Multiplies each ink's light with the light black lets through: no colour profile involved.
static void print_inks(const uint8_t *inks, size_t pixel_count, int is_inverted, uint8_t *rgb) {
    const uint8_t flip = is_inverted ? 0 : 255;
    for (size_t i = 0; i < pixel_count; i++, inks += 4, rgb += 3) {
        uint32_t black_light = inks[3] ^ flip;
        for (int c = 0; c < 3; c++) {
            rgb[c] = (uint8_t)(((uint32_t)(inks[c] ^ flip) * black_light + 127) / 255);
        }
    }
}

static int decode(tjhandle handle, const uint8_t *bytes, size_t count,
                  struct cimage_jpeg_layout layout, uint8_t *pixels,
                  struct cimage_failure *failure) {
    int width = 0, height = 0, subsampling = 0, colorspace = 0;
    int result = tjDecompressHeader3(handle, bytes, count, &width, &height, &subsampling,
                                     &colorspace);
    if (width != layout.width || height != layout.height) {
        if (result != 0) {
            return note_failure(handle, failure);
        }
        cimage_set_failure(failure, "the size changed between two looks at the header");
        return CIMAGE_CORRUPT;
    }
    // An unnamed kind of subsampling is all that may fail from here on; it still decodes.
    const tjscalingfactor factor = {1, layout.divisor};
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    width = TJSCALED(width, factor);
    height = TJSCALED(height, factor);
    if (!layout.has_four_inks) {
        result = tjDecompress2(handle, bytes, count, pixels, width, 0, height, TJPF_RGB, flags);
        return result == 0 ? CIMAGE_OK : note_failure(handle, failure);
    }
    size_t pixel_count = (size_t)width * (size_t)height;
    uint8_t *inks = malloc(pixel_count * 4);
    if (inks == NULL) {
        cimage_set_failure(failure, "no memory for the inks");
        return CIMAGE_OUT_OF_MEMORY;
    }
    result = tjDecompress2(handle, bytes, count, inks, width, 0, height, TJPF_CMYK, flags);
    if (result == 0) {
        print_inks(inks, pixel_count, layout.has_inverted_inks, pixels);
    }
    free(inks);
    return result == 0 ? CIMAGE_OK : note_failure(handle, failure);
}

int cimage_jpeg_decode(const uint8_t *bytes, size_t count, struct cimage_jpeg_layout layout,
                       uint8_t *pixels, struct cimage_failure *failure) {
    cimage_set_failure(failure, "");
    tjhandle handle = tjInitDecompress();
    if (handle == NULL) {
        cimage_set_failure(failure, "no memory for the decoder");
        return CIMAGE_OUT_OF_MEMORY;
    }
    int status = decode(handle, bytes, count, layout, pixels, failure);
    tjDestroy(handle);
    return status;
}

int cimage_jpeg_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                       int32_t quality, int32_t is_progressive, struct cimage_bytes *encoded,
                       struct cimage_failure *failure) {
    cimage_set_failure(failure, "");
    *encoded = (struct cimage_bytes){NULL, 0};
    int format = channels == 1 ? TJPF_GRAY : channels == 4 ? TJPF_CMYK : TJPF_RGB;
    int subsampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
    int flags = TJFLAG_ACCURATEDCT | (is_progressive ? TJFLAG_PROGRESSIVE : 0);
    tjhandle handle = tjInitCompress();
    if (handle == NULL) {
        cimage_set_failure(failure, "no memory for the encoder");
        return CIMAGE_OUT_OF_MEMORY;
    }
    unsigned char *bytes = NULL;
    unsigned long count = 0;
    int status = CIMAGE_OK;
    if (tjCompress2(handle, pixels, width, 0, height, format, &bytes, &count, subsampling,
                    quality, flags) != 0) {
        status = note_failure(handle, failure);
    } else if ((encoded->start = malloc(count)) == NULL) {
        status = CIMAGE_OUT_OF_MEMORY;
    } else {
        memcpy(encoded->start, bytes, count);
        encoded->count = count;
    }
    tjFree(bytes);
    tjDestroy(handle);
    return status;
}
