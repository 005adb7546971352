"""What dbt cannot do itself: the order of a night, months ahead, progress, the report."""

__version__ = "0.1.0"
