#ifndef CIMAGE_FAILURE_H
#define CIMAGE_FAILURE_H

#include "CImage.h"

/// Copies a message into a failure, cut to fit.
void cimage_set_failure(struct cimage_failure *failure, const char *message);

#endif
