"""The Qt views of the Slicer module."""
