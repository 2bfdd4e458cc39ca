"""The trap people: one for each way in which comparing values and cohorts, or telling duplicates, goes wrong."""

from recon.sandbox.seed.traps.duplicates import DUPLICATES
from recon.sandbox.seed.traps.members import MEMBERS
from recon.sandbox.seed.traps.people import PEOPLE
from recon.sandbox.seed.traps.trap import Cell, Move, Trap
from recon.sandbox.seed.traps.values import VALUES

TRAPS = (*VALUES, *PEOPLE, *MEMBERS, *DUPLICATES)

__all__ = ["TRAPS", "Cell", "Move", "Trap"]
