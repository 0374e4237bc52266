"""Run the command line as ``python -m gridpart``."""

from gridpart.cli import main

if __name__ == "__main__":
    main()
