"""The method on arrays and geometry."""
