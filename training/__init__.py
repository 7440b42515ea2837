"""Training and benchmarking of the models; run as ``python -m training.<module>``."""
