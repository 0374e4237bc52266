"""The command line: ``gridpart demo | check | partition | audit | atlas``."""

from gridpart.cli.entry import main

__all__ = ["main"]
