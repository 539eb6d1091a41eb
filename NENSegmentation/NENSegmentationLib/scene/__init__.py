"""MRML nodes from and to core objects."""
