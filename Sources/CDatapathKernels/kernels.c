#include "CDatapathKernels.h"
