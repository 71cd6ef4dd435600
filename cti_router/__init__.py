"""Call routing for organisations with many small telephone sites."""

from cti_router.compiled import load_compiled_core

load_compiled_core()
