"""The trap people: one for each way in which comparing attributes, or telling duplicates, goes wrong."""

from recon.sandbox.seed.traps.duplicates import DUPLICATES
from recon.sandbox.seed.traps.people import PEOPLE
from recon.sandbox.seed.traps.trap import Cell, Trap
from recon.sandbox.seed.traps.values import VALUES

TRAPS = (*VALUES, *PEOPLE, *DUPLICATES)

__all__ = ["TRAPS", "Cell", "Trap"]
