"""Runs a property under atheris, which looks for inputs that reach new lines of the library.

pip install atheris
python tests/guided.py test_text.test_words -max_total_time=100
"""

import importlib
import sys

import atheris


def main() -> None:
    """Fuzz until a time or an input that breaks the property; options are those of libFuzzer."""
    module, name = sys.argv[1].split(".")
    with atheris.instrument_imports(include=["arabic_ie.text", "arabic_ie.windows"]):
        test = getattr(importlib.import_module(module), name)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], test.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
