"""Job types to look at: an invented lab, of which only `callboard up --demo` knows."""

from actors.demo import imaging, instruments, notes, sequencing, sheets, simulation

__all__ = ["imaging", "instruments", "notes", "sequencing", "sheets", "simulation"]
