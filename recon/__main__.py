"""`python -m recon` is the console script."""

from recon.cli import main

main()
