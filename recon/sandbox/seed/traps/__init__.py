"""The trap people: one for each way in which comparing values, cohorts, consent or people goes wrong."""

from recon.sandbox.seed.traps.addresses import ADDRESSES
from recon.sandbox.seed.traps.barred import BARRED
from recon.sandbox.seed.traps.duplicates import DUPLICATES
from recon.sandbox.seed.traps.members import MEMBERS
from recon.sandbox.seed.traps.people import PEOPLE
from recon.sandbox.seed.traps.statements import STATEMENTS
from recon.sandbox.seed.traps.trap import Cell, Move, Trap
from recon.sandbox.seed.traps.values import VALUES

TRAPS = (*VALUES, *PEOPLE, *MEMBERS, *DUPLICATES, *STATEMENTS, *ADDRESSES, *BARRED)

__all__ = ["TRAPS", "Cell", "Move", "Trap"]
