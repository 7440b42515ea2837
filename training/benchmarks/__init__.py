"""The benchmarks behind ``python -m training.benchmark``, one file each."""
