"""Entry point of ``python -m runner``."""

import gc

from runner.cli import main

if __name__ == "__main__":
    # dbt makes millions of small objects that live to the end: looking for garbage among them took
    # a tenth of its start
    gc.set_threshold(200_000, 20, 20)
    main()
