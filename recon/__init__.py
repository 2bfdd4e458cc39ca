"""recon: plan and apply for customer profiles, between Segment and Braze."""

__version__ = "0.1.0"
