"""Everything together: PBXs, phones, callers; opened on free addresses, and gone afterwards whatever happened."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from deploy.lab.asterisk import LabPbx, PbxPlan
from deploy.lab.carrier import CARRIER_SITE, write_carrier
from deploy.lab.network import AddressBlock
from deploy.lab.phone import Phone
from deploy.lab.rack import PhoneRack
from deploy.lab.rootfs import Installation, Progress, find_asterisk

_ROUTER_HOST = 200
_CALLERS_HOST = 201
_STATIC_PHONES_HOST = 202
_CARRIER_HOST = 203
_CARRIER_NUMBER = 90
_STATIC_PHONES_PORT = 5060


class Lab:
    """Sites with their phones on this machine.

        async with Lab({"caen": ("101",), "rouen": ("103",)}) as lab:
            ... write the PBXs' files, which may need lab.address("caen") ...
            caen = await lab.start_pbx("caen", rendered=Path("out/caen"))
            phone = await lab.phone("caen", "101")
            caller = await lab.caller("0199001234")
            await caller.call(f"sip:+33261910001@{caen.sip}")

    With `static_phones`, phones are not registered but expected at `static_phones` (for SIPp).
    """

    def __init__(
        self,
        sites: Mapping[str, Sequence[str]],
        *,
        directory: Path | None = None,
        static_phones: bool = False,
        progress: Progress = print,
    ) -> None:
        self.pbxs: dict[str, LabPbx] = {}
        self._sites = {site: tuple(phones) for site, phones in sites.items()}
        self._directory = directory
        self._has_static_phones = static_phones
        self._progress = progress
        self._stack = AsyncExitStack()
        self._racking = asyncio.Lock()
        self._racks: dict[str, PhoneRack] = {}
        self._subscribers: dict[int, Phone] = {}
        self._installation: Installation | None = None
        self._block: AddressBlock | None = None

    async def __aenter__(self) -> "Lab":
        self._installation = await find_asterisk(self._progress)
        self._block = self._stack.enter_context(AddressBlock())
        if self._directory is None:
            temporary = tempfile.TemporaryDirectory(prefix="cti-lab-")
            self._directory = Path(self._stack.enter_context(temporary))
        self._directory.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def directory(self) -> Path:
        """Where the PBXs keep their files, one directory a site."""
        if self._directory is None:
            raise RuntimeError("the lab is not open")
        return self._directory

    def address(self, site: str) -> str:
        """The address of a site's PBX, known before it is started."""
        return self._host(list(self._sites).index(site) + 1)

    @property
    def router(self) -> str:
        """An address for whatever is tried against the PBXs."""
        return self._host(_ROUTER_HOST)

    @property
    def callers(self) -> str:
        """The public network's address: SIPp calls from here."""
        return self._host(_CALLERS_HOST)

    @property
    def carrier(self) -> str:
        """The public network's address: it takes the sites' calls there, once it is started."""
        return self._host(_CARRIER_HOST)

    @property
    def static_phones(self) -> str:
        """The "address:port" where SIPp answers for phones that do not register."""
        return f"{self._host(_STATIC_PHONES_HOST)}:{_STATIC_PHONES_PORT}"

    @property
    def installation(self) -> Installation:
        if self._installation is None:
            raise RuntimeError("the lab is not open")
        return self._installation

    async def start_pbx(self, site: str, *, rendered: Path | None = None, sounds: Path | None = None) -> LabPbx:
        """Start a site's PBX with the `cti_*.conf` files of the directory `rendered`. Raises PbxFailed.

        `sounds`: where its clips are, as `cti-router prompts build` leaves them.
        """
        plan = PbxPlan(
            site, list(self._sites).index(site) + 1, self.address(site), self._sites[site], self.callers, self.carrier,
            rendered, self.static_phones if self._has_static_phones else None,
        )  # fmt: skip
        return await self._start(plan, sounds)

    async def start_carrier(self, numbers: Mapping[str, str], subscribers: Sequence[int]) -> LabPbx:
        """Start the public network for calls that go out, with phones to be registered there (E.164 without the plus).

        `numbers`: which site has which of the public numbers, as dialplan patterns. Raises PbxFailed.
        """
        sites = {site: self.address(site) for site in self._sites}
        rendered = write_carrier(self.directory / f"{CARRIER_SITE}.conf", sites, numbers)
        phones = tuple(str(number) for number in subscribers)
        return await self._start(
            PbxPlan(CARRIER_SITE, _CARRIER_NUMBER, self.carrier, phones, self.callers, self.carrier, rendered)
        )

    async def _start(self, plan: PbxPlan, sounds: Path | None = None) -> LabPbx:
        pbx = LabPbx(plan, self.directory / plan.site, self.installation)
        if sounds is not None:
            await asyncio.to_thread(pbx.put_sounds, sounds)
        self._stack.push_async_callback(pbx.kill)  # quicker than an orderly end, which nobody misses
        await pbx.start()
        self.pbxs[plan.site] = pbx
        return pbx

    async def phone(self, site: str, extension: str, *, alone: bool = False) -> Phone:
        """A registered softphone of a site. `alone`: in a process of its own, so that it can be killed."""
        pbx = self.pbxs[site]
        rack = None if alone else await self._shared_rack(site)
        phone = await Phone.start(extension, pbx.sip, pbx.password(extension), rack=rack)
        if alone:
            self._stack.push_async_callback(phone.kill)
        return phone

    async def subscriber(self, number: int) -> Phone:
        """Somebody's telephone on the public network, once that is started: the same one each time."""
        if number not in self._subscribers:
            self._subscribers[number] = await self.phone(CARRIER_SITE, str(number))
        return self._subscribers[number]

    async def caller(self, cli: str) -> Phone:
        """A softphone of the public network that shows the calling number `cli`."""
        return await Phone.caller(cli, rack=await self._shared_rack("callers"))

    async def _shared_rack(self, name: str) -> PhoneRack:
        # One a site: within a rack, a call finds its phone by the extension alone.
        async with self._racking:
            if name not in self._racks:
                rack = self._racks[name] = await PhoneRack.start(self.directory)
                self._stack.push_async_callback(rack.kill)
            return self._racks[name]

    def _host(self, number: int) -> str:
        if self._block is None:
            raise RuntimeError("the lab is not open")
        return self._block.host(number)
