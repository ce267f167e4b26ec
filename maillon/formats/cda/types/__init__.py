"""The structured types that are written, one module per type: adding one is a module and a line in `registry`."""
