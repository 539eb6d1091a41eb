"""The nnU-Net ensemble: its training set, its training, its models and its prediction."""
