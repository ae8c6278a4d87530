#ifndef BUILT_IN_MODELS_H
#define BUILT_IN_MODELS_H

/* The folder beside the program into which the build copies this target's resources. */
#define BUILT_IN_MODELS_BUNDLE "gan-accelerator_BuiltInModels.resources"

#endif
