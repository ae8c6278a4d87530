// DatapathNumerics
