"""From the administrators' YAML to the core's frozen configuration. Every error at once, each with its place."""

from cti_router.config.errors import ConfigurationErrors, Place, Problem
from cti_router.config.load import Loaded, load

__all__ = ["ConfigurationErrors", "Loaded", "Place", "Problem", "load"]
