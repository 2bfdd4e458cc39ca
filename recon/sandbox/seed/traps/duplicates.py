"""Traps about duplicate profiles (facts/braze-rest-api §4, §10.20-23; facts/segment §7; rulings, "Identity")."""

from __future__ import annotations

from dataclasses import replace

from recon.sandbox.seed.traps.barred import barred
from recon.sandbox.seed.traps.trap import MONTH, Identifier, Pair, Trap


def _anonymous(name: str, hours_ago: float = MONTH) -> Identifier:
    return Identifier(name, "anonymous_id", hours_ago)


def _reachable(trap: Trap) -> Trap:
    """With an e-mail address, the same on both sides: traps are not to look like a base that lost its addresses."""
    fields = None if trap.fields is None else {"email": f"{trap.name}@example.com", **trap.fields}
    email = (fields or {}).get("email", f"{trap.name}@example.com").lower()
    return replace(trap, traits={"email": email}, fields=fields)


_TRAPS = (
    # Three ids through a chain of merges: a star around the oldest, never a chain.
    Trap(
        "trap_chain",
        merges=(("", "old"), ("old", "older")),
        identifiers=(
            Identifier("trap_chain_b", hours_ago=100, under="old"),
            Identifier("trap_chain_c", hours_ago=50, under="older"),
        ),
        twins=("trap_chain_b", "trap_chain_c"),
        pairs=(
            Pair("merge", "trap_chain", "trap_chain_b", "trap_chain"),
            Pair("merge", "trap_chain", "trap_chain_c", "trap_chain"),
        ),
    ),
    # Only the merged-away id is in Braze. The cluster has the name of its least id, whichever stays.
    Trap(
        "trap_renamed",
        id_under="old",
        merges=(("", "old"),),
        identifiers=(Identifier("trap_renamed_first", hours_ago=3 * MONTH),),
        pairs=(Pair("rename", "trap_renamed_first", "trap_renamed", "trap_renamed"),),
    ),
    # The id to keep is not in Braze and two others are: first they are merged; a rename would be a second open step.
    Trap(
        "trap_merged_before_renamed",
        identifiers=(
            Identifier("trap_merged_before_renamed_first", hours_ago=3 * MONTH),
            Identifier("trap_merged_before_renamed_b", hours_ago=100),
        ),
        twins=("trap_merged_before_renamed_b",),
        pairs=(
            Pair(
                "merge",
                "trap_merged_before_renamed",
                "trap_merged_before_renamed_b",
                "trap_merged_before_renamed",
            ),
        ),
    ),
    # Ids that differ by case are two people, not twins.
    Trap("trap_case_twin", external_id="trap_twin"),
    Trap("trap_case_other_twin", external_id="trap_Twin"),
    # One alias per label: the newest identifier; a label that is taken is left alone, whatever else Segment knows …
    Trap(
        "trap_alias",
        identifiers=(_anonymous("trap-alias-old", 200), _anonymous("trap-alias-new", 100)),
        pairs=(Pair("alias", "trap_alias", "trap-alias-new", "trap_alias"),),
    ),
    Trap(
        "trap_alias_label_taken",
        identifiers=(_anonymous("trap-label-old", 200), _anonymous("trap-label-new", 100)),
        alias="trap-label-old",
    ),
    # … and so is a pair that another profile has (braze-rest-api §4: setting it is ignored).
    Trap("trap_alias_pair_taken", identifiers=(_anonymous("trap-pair"),)),
    Trap("trap_alias_pair_holder", alias="trap-pair"),
    # An alias-only profile of a known user; identifying it brings the alias.
    Trap(
        "trap_identified",
        identifiers=(_anonymous("trap-identified"),),
        loose=("trap-identified",),
        pairs=(Pair("identify", "trap_identified", "trap-identified", "trap_identified"),),
    ),
    # Not in Braze yet: identifying stamps the id on the profile.
    Trap(
        "trap_identified_missing",
        fields=None,
        identifiers=(_anonymous("trap-identified-missing"),),
        loose=("trap-identified-missing",),
        pairs=(Pair("identify", "trap_identified_missing", "trap-identified-missing", "trap_identified_missing"),),
    ),
    # The user has another name under the label: Braze would combine nothing, so it is for people to look at.
    Trap(
        "trap_identify_label_taken",
        identifiers=(_anonymous("trap-phone", 200), _anonymous("trap-laptop", 100)),
        alias="trap-phone",
        loose=("trap-laptop",),
        pairs=(Pair("suspected", "trap_identify_label_taken", "trap-laptop", "trap_identify_label_taken"),),
    ),
    # Two such profiles: the newest takes the label, the other then finds it taken.
    Trap(
        "trap_identify_two",
        identifiers=(_anonymous("trap-two-old", 200), _anonymous("trap-two-new", 100)),
        loose=("trap-two-old", "trap-two-new"),
        pairs=(
            Pair("identify", "trap_identify_two", "trap-two-new", "trap_identify_two"),
            Pair("suspected", "trap_identify_two", "trap-two-old", "trap_identify_two"),
        ),
    ),
    # One mailbox, two people: only suspected, in whatever case it is written.
    Trap(
        "trap_mailbox",
        fields={"email": "trap.mailbox@example.com"},
        pairs=(Pair("suspected", "trap_mailbox", "trap_mailbox_other", "trap_mailbox"),),
        consents=barred(by_address=True),
    ),
    Trap("trap_mailbox_other", fields={"email": "Trap.Mailbox@example.com"}, consents=barred(by_address=True)),
    Trap(
        "trap_telephone",
        fields={"phone": "+14155550155"},
        pairs=(Pair("suspected", "trap_telephone", "trap_telephone_other", "trap_telephone"),),
    ),
    Trap("trap_telephone_other", fields={"phone": "+14155550155"}),
    # Suppressed: nothing is told, neither the twin nor the shared mailbox; but that mailbox gets no more mail.
    Trap(
        "trap_suppressed_twins",
        fields={"email": "trap.mailbox@example.com"},
        identifiers=(Identifier("trap_suppressed_twin", hours_ago=100), _anonymous("trap-suppressed")),
        twins=("trap_suppressed_twin",),
        loose=("trap-suppressed",),
        suppressed=True,
        consents=(*barred(), *barred("trap_suppressed_twin")),
    ),
)

DUPLICATES = tuple(map(_reachable, _TRAPS))
