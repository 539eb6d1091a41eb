"""The nnU-Net ensemble (not part of this version)."""
