"""The router's doors: HTTP on a Unix socket for requests, HTTP on TCP for those who watch."""

from cti_router.control.about_calls import EXPERT
from cti_router.control.application import control_application
from cti_router.control.router import Router
from cti_router.control.server import Tls, as_many_files_as_allowed, serve_on_socket, serve_on_tcp
from cti_router.control.watching import status_application

__all__ = [
    "EXPERT",
    "Router",
    "Tls",
    "as_many_files_as_allowed",
    "control_application",
    "serve_on_socket",
    "serve_on_tcp",
    "status_application",
]
