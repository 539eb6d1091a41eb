"""The errors that reach a person."""


class NENSegmentationError(Exception):
    """One plain sentence for the user: what is wrong, where, and what to do about it.

    Every layer raises its own subclass. An interface shows the sentence and nothing else.
    """


class MethodError(NENSegmentationError):
    """An image, a region or a lesion with which the method cannot be carried out."""
