"""One file per kind of model reference: how it is fetched, mounted and named on the engine's command line."""
