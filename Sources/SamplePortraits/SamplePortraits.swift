// SamplePortraits
