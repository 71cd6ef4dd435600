"""The control socket's doors, room by room."""

from starlette.applications import Starlette

from cti_router.control.about_advisors import about_advisors
from cti_router.control.about_callbacks import about_callbacks
from cti_router.control.about_calls import about_calls
from cti_router.control.about_events import about_events
from cti_router.control.about_itself import about_itself
from cti_router.control.about_messages import about_messages
from cti_router.control.about_orders import about_orders
from cti_router.control.router import Router

_ROOMS = (about_advisors, about_calls, about_callbacks, about_orders, about_messages, about_events, about_itself)


def control_application(router: Router) -> Starlette:
    """Requests: only who may open the socket's file comes in."""
    return Starlette(routes=[route for routes_of in _ROOMS for route in routes_of(router)])
