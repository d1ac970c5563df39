"""A private Asterisk for the tests, configured by our own generator; on free loopback ports, in folders of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.domain.campaign import Campaign
from dialer.ports import AgentRecord
from dialer.settings import AsteriskSettings, Settings
from integrations.asterisk.config_files import config_files

GET = "deploy/asterisk/get, as root"
READY_SECONDS = 60.0
_PORT_BLOCKS = (10_000, 30_000, 2_200)
_MODULE_FOLDERS = ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/lib64/asterisk/modules")
_DATA_FOLDERS = ("usr/share/asterisk", "var/lib/asterisk")
_NOT_NEEDED = (
    "app_voicemail app_voicemail_odbc app_minivm app_festival app_jack app_confbridge cdr_* cel_* "
    "chan_iax2 chan_unistim chan_motif chan_console chan_websocket pbx_ael pbx_lua pbx_dundi pbx_realtime "
    "res_adsi res_aeap res_ari* res_calendar* res_config_* res_fax* res_geolocation res_hep* res_http_* "
    "res_odbc* res_phoneprov res_prometheus res_pjsip_geolocation res_pjsip_phoneprov_provider "
    "res_pjsip_stir_shaken res_pjsip_transport_websocket res_resolver_unbound res_smdi res_snmp "
    "res_speech_aeap res_stir_shaken res_websocket_client res_xmpp"
)

SERVICE_QUEUE = "service"
DESK_QUEUE = "service-desk"
"""Has a dedicated member, PJSIP/desk1."""
DESK = "desk1"
_INBOUND_QUEUES = (
    f"[{SERVICE_QUEUE}]\nstrategy = leastrecent\nringinuse = no\nretry = 1\n"
    f"[{DESK_QUEUE}]\nstrategy = leastrecent\nringinuse = no\nretry = 1\nmember => PJSIP/{DESK}\n"
)
RETURN_EXTENSION = "12025550100"
"""A number that campaigns show, called back; with *0 behind it, the key there is *, with *1, #."""
# QUEUE or QUEUE*SECONDS: with a time limit, after which the caller is kept for a moment
_INBOUND_DIALPLAN = (
    "[inbound]\nexten => _[a-z].,1,Queue(${CUT(EXTEN,*,1)},,,,${CUT(EXTEN,*,2)})\n"
    " same => n,Wait(1)\n same => n,Hangup()\n"
    f"exten => {RETURN_EXTENSION},1,Goto(dialer-return,${{EXTEN}},1)\n"
    f"exten => _{RETURN_EXTENSION}*X,1,Set(DIALER_KEY=${{IF($[${{EXTEN:-1}} = 0]?*:#)}})\n"
    " same => n,Set(DIALER_INFORMATION=vm-opts)\n same => n,Goto(dialer-return,s,1)\n"
)


class NotToBeHad(Exception):
    """There is no Asterisk here that the tests could use; says why, and the command that gets one."""


@dataclass(frozen=True, slots=True)
class Ports:
    ami: int
    sip: int
    carrier: int
    phones: int
    rtp: int
    """First of 2,000: two a call."""
    held: socket.socket
    """As long as it is open, no other test takes any of them."""


def chroot_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("PACELINE_CACHE") or Path(cache) / "paceline") / "asterisk"


class AsteriskInstance:
    """One running Asterisk; `with` starts it and waits until its AMI answers, and stops it and frees its ports."""

    def __init__(
        self,
        campaigns: Sequence[Campaign],
        agents: Sequence[AgentRecord],
        ports: Ports,
        spoil: Callable[[str, str], str] = lambda name, text: text,
    ) -> None:
        """`spoil` may change a configuration file: its name and text to its text."""
        self._root = root_of_installation()
        self._campaigns = campaigns
        self._agents = agents
        self._spoil = spoil
        self.ports = ports
        self.settings = AsteriskSettings(
            port=ports.ami, secret="a test's; secret", dial_string="PJSIP/{digits}@carrier"
        )
        self.folder = Path(tempfile.mkdtemp(prefix="paceline-asterisk-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "AsteriskInstance":
        self._write_configuration()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.ports.held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        with (self.folder / "console").open("ab") as console:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd="/"
            )
        self._wait_until_ready()

    def stop(self, *, kill: bool = False) -> None:
        """End it; with `kill` as a power cut would."""
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self) -> str:
        return (self.folder / "console").read_text("utf-8", "replace")

    def _command(self) -> list[str]:
        asterisk = ["asterisk", "-f", "-C", f"{self.folder}/etc/asterisk.conf"]
        if self._root == Path("/"):
            return asterisk
        # A mount namespace of its own: no mount is left behind in the chroot, whatever happens to us.
        mounts = (
            f"mount -t proc proc {self._root}/proc && mount --rbind /dev {self._root}/dev && "
            f"mount --bind /tmp {self._root}/tmp && exec chroot {self._root} {' '.join(asterisk)}"
        )
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts]

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if _fully_booted(self.settings):
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"Asterisk did not get ready; its last lines:\n{self.log()[-2000:]}")

    def _write_configuration(self) -> None:
        for name in ("etc", "run", "db", "spool/monitor", "log", "sounds"):
            (self.folder / name).mkdir(parents=True)
        settings = Settings(asterisk=(self.settings,))
        ours = {Path(path).name: text for path, text in config_files(settings, self._campaigns, self._agents).items()}
        for name, text in (self._own_files() | ours).items():
            (self.folder / "etc" / name).write_text(self._spoil(name, text), "utf-8")

    def _own_files(self) -> dict[str, str]:
        """What the owner of an Asterisk has written already: the trunk, the phones, and the includes of our files."""
        return {
            "asterisk.conf": self._directories(),
            "modules.conf": "[modules]\nautoload = yes\n"
            + "".join(f"noload = {module}\n" for module in self._noload()),
            "logger.conf": "[logfiles]\nconsole => notice,warning,error\n",
            "rtp.conf": f"[general]\nrtpstart={self.ports.rtp}\nrtpend={self.ports.rtp + 1999}\n",
            "manager.conf": f"[general]\nenabled = yes\nport = {self.ports.ami}\nbindaddr = 127.0.0.1\n"
            "#include dialer_manager.conf\n",
            "queues.conf": "[general]\npersistentmembers = no\n" + _INBOUND_QUEUES + "#include dialer_queues.conf\n",
            "agents.conf": "[general]\n#include dialer_agents.conf\n",
            "extensions.conf": "[general]\n" + _INBOUND_DIALPLAN + "#include dialer_extensions.conf\n",
            "pjsip.conf": self._endpoints(),
            "amd.conf": "[general]\n",
            "musiconhold.conf": "[general]\n",
        }

    def _noload(self) -> list[str]:
        folder = _first(self._root, _MODULE_FOLDERS)
        return sorted(file.name for pattern in _NOT_NEEDED.split() for file in folder.glob(f"{pattern}.so"))

    def _directories(self) -> str:
        inside = Path("/")
        modules = inside / _first(self._root, _MODULE_FOLDERS).relative_to(self._root)
        data = inside / _first(self._root, _DATA_FOLDERS).relative_to(self._root)
        return (
            f"[directories]\nastetcdir => {self.folder}/etc\nastrundir => {self.folder}/run\n"
            f"astdbdir => {self.folder}/db\nastvarlibdir => {data}\nastkeydir => {self.folder}/db\n"
            f"astspooldir => {self.folder}/spool\nastlogdir => {self.folder}/log\nastcachedir => {self.folder}/db\n"
            f"astdatadir => {data}\nastmoddir => {modules}\n[options]\ndocumentation_language = en_US\n"
        )

    def _endpoints(self) -> str:
        endpoint = "type=endpoint\ncontext=none\ndisallow=all\nallow=alaw\ndirect_media=no\n"
        phones = "".join(
            f"[{agent}]\n{endpoint}aors={agent}\n[{agent}]\ntype=aor\n"
            f"contact=sip:{agent}@127.0.0.1:{self.ports.phones}\n"
            for agent in (*(agent.id for agent in self._agents), DESK)
        )
        return (
            f"[transport]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{self.ports.sip}\n"
            f"[carrier]\n{endpoint}aors=carrier\n[carrier]\ntype=aor\ncontact=sip:127.0.0.1:{self.ports.carrier}\n"
            f"{phones}[callers]\n{endpoint.replace('context=none', 'context=inbound')}"
            "[callers]\ntype=identify\nendpoint=callers\nmatch=127.0.0.1\n"
        )


def free_ports() -> Ports:
    """Ports for one Asterisk and those around it, held until its end.

    They lie below those that the system gives to whoever asks for any: so none of them is given away before its server
    has started, or while it is started again.
    """
    for first in range(*_PORT_BLOCKS):
        held = _bound(socket.SOCK_DGRAM, first)
        if held is None:
            continue
        ports = Ports(first + 1, first + 2, first + 3, first + 4, rtp=first + 10, held=held)
        bound = [_bound(socket.SOCK_DGRAM, port) for port in (ports.sip, ports.carrier, ports.phones)]
        bound.append(_bound(socket.SOCK_STREAM, ports.ami))
        for one in bound:
            if one is not None:
                one.close()
        if None not in bound:
            return ports
        held.close()
    raise RuntimeError("no block of ports is free: too many tests are running, or servers on each of them")


def _bound(kind: socket.SocketKind, port: int) -> socket.socket | None:
    """None where someone has it."""
    bound = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:  # as servers do it: links of a former one may still be fading
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        return None
    return bound


def root_of_installation() -> Path:
    """Root folder of an installed Asterisk: the machine's own, or the chroot. NotToBeHad when there is none."""
    if not shutil.which("sipp"):
        raise NotToBeHad(f"no SIPp here to play the carrier: run {GET}")
    if shutil.which("asterisk"):
        return Path("/")
    chroot = chroot_folder()
    if not (chroot / "usr/sbin/asterisk").exists():
        raise NotToBeHad(f"no Asterisk here: run {GET}")
    if os.getuid() != 0:
        raise NotToBeHad("only root may use the Asterisk that deploy/asterisk/get made; or install asterisk")
    return chroot


def _first(root: Path, patterns: Sequence[str]) -> Path:
    for pattern in patterns:
        for folder in root.glob(pattern):
            return folder
    raise NotToBeHad(f"the Asterisk under {root} has none of {', '.join(patterns)}")


def _fully_booted(server: AsteriskSettings) -> bool:
    login = f"Action: Login\r\nUsername: {server.username}\r\nSecret: {server.secret}\r\n\r\n"
    try:
        with socket.create_connection((server.host, server.port), 1) as link:
            link.settimeout(1)
            link.sendall(login.encode())
            received = b""
            while b"FullyBooted" not in received:
                chunk = link.recv(4096)
                if not chunk:
                    return False
                received += chunk
            return True
    except OSError:
        return False
