"""`yichuang`, the operator's command line: one module a room, composed in `cli.main`."""
