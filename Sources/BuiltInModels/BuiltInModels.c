/* A target of resources alone. It is C because a Swift target with resources gets code that needs
   Foundation, which nothing else of the programs does. */
#include "BuiltInModels.h"
