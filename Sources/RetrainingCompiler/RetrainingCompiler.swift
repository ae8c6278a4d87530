// RetrainingCompiler
