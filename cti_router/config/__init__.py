"""From the administrators' YAML to the core's frozen configuration. Every error at once, each with its place."""

from cti_router.config.errors import ConfigurationErrors, Place, Problem
from cti_router.config.load import Loaded, load
from cti_router.config.people import Supervisor, SupervisorId
from cti_router.config.schema import json_schema

__all__ = [
    "ConfigurationErrors",
    "Loaded",
    "Place",
    "Problem",
    "Supervisor",
    "SupervisorId",
    "json_schema",
    "load",
]
