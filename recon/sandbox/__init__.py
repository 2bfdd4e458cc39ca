"""The local Braze + Segment that ships with recon: one process on loopback, as strict as the real ones.

`recon.sandbox.server.serve` serves a folder until it is stopped; `recon.sandbox.server.running` starts it as a process
of its own and hands back a handle for tests and the demo. Nothing of recon's job is shared with it: a fact that both
sides got wrong from the same helper would never be noticed.
"""
