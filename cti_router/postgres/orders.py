"""The table of orders, and an order as it is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import asyncpg

from cti_router.core.identity import Instant
from cti_router.core.order import Close, Force, Notice, Order, Ordered, OrderId, OrderState, Pull, Swap
from cti_router.core.presence import Presence
from cti_router.database.pool import Connection
from cti_router.database.queries import query
from cti_router.postgres.records import to_datetime, to_instant

_KINDS: Mapping[str, type[Ordered]] = {kind.__name__.lower(): kind for kind in (Close, Swap, Notice, Force, Pull)}
_INSTANTS = ("made_at", "from_at", "until_at")


def order_to_stored(order: Order) -> dict[str, Any]:
    """As JSON types; `order_from_stored` is its exact inverse."""
    return {**asdict(order), "kind": type(order.what).__name__.lower(), "state": order.state.value}


def order_from_stored(stored: Mapping[str, Any]) -> Order:
    """Raises KeyError, TypeError or ValueError for what `order_to_stored` never made."""
    fields = dict(stored)
    what = _what(fields.pop("kind"), fields.pop("what"))
    return Order(**{**fields, "what": what, "state": OrderState(fields["state"])})


async def write_orders(connection: Connection, orders: Sequence[Order]) -> None:
    """Each replaces what the database had of it."""
    await connection.executemany(query("write_order"), [_to_row(order) for order in orders])


async def read_orders(connection: Connection, over_after: Instant, also: Sequence[OrderId]) -> tuple[Order, ...]:
    """Those not over by `over_after`, and those of `also` that are there, in the order in which they were given."""
    rows = await connection.fetch(query("read_orders"), to_datetime(over_after), list(also))
    return tuple(_from_row(row) for row in rows)


def _what(kind: str, details: Mapping[str, Any]) -> Ordered:
    fields = dict(details)
    if "sounds" in fields:
        fields["sounds"] = tuple(fields["sounds"])
    if "presence" in fields:
        fields["presence"] = Presence(fields["presence"])
    return _KINDS[kind](**fields)


def _to_row(order: Order) -> tuple[object, ...]:
    """In the order of the parameters of `write_order`."""
    return (
        order.id, type(order.what).__name__.lower(), json.dumps(asdict(order.what)), order.author,
        *(to_datetime(getattr(order, name)) for name in _INSTANTS), order.state.value,
        None if order.over_at is None else to_datetime(order.over_at), order.undone_by,
    )  # fmt: skip


def _from_row(row: asyncpg.Record) -> Order:
    return order_from_stored(
        {
            "id": row["id"],
            "kind": row["kind"],
            "what": json.loads(row["details"]),
            "author": row["author"],
            **{name: to_instant(row[name]) for name in _INSTANTS},
            "state": row["state"],
            "over_at": row["over_at"] and to_instant(row["over_at"]),
            "undone_by": row["undone_by"],
        }
    )
