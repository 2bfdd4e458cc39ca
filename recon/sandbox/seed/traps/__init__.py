"""The trap people: one for each way in which comparing attributes and cohorts goes wrong."""

from recon.sandbox.seed.traps.members import MEMBERS
from recon.sandbox.seed.traps.people import PEOPLE
from recon.sandbox.seed.traps.trap import Cell, Move, Trap
from recon.sandbox.seed.traps.values import VALUES

TRAPS = (*VALUES, *PEOPLE, *MEMBERS)

__all__ = ["TRAPS", "Cell", "Move", "Trap"]
