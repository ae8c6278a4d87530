#include "failure.h"

#include <stdio.h>
#include <stdlib.h>

void cimage_set_failure(struct cimage_failure *failure, const char *message) {
    (void)snprintf(failure->message, sizeof failure->message, "%s", message);
}

void cimage_free(struct cimage_bytes *bytes) {
    free(bytes->start);
    *bytes = (struct cimage_bytes){NULL, 0};
}
