"""Data that come with the package: event lists, and one reconstructed series for the founding case."""

from .shipped import EVENTS, PANELS, load_events, load_panel

__all__ = ["EVENTS", "PANELS", "load_events", "load_panel"]
