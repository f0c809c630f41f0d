"""One file per inference engine: image, command line, probes, caches, drain. Data first, code where they differ."""
