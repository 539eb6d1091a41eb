"""Total tumour segmentation of neuroendocrine neoplasms on PET/CT: the library below every interface."""

__version__ = "0.1.0"
